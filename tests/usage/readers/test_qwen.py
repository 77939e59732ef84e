"""Qwen Code's chats: every trap alone."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.histories.lines import Line, write_lines
from support.histories.qwen import record
from support.histories.truth import FIRST_AT, Call, Tally, calls_of, indexed, reported

from clacky_tui.usage.report import By

AGENT = "qwen"
CALL = Call("s1", FIRST_AT, "qwen3-max", "/p", 5_000, 16_000, 0, 480, reasoning=120)
EXPECTED = Tally(entries=1, requests=1, input=5_000, cache_read=16_000, output=480, reasoning=120)
PLACE = ".qwen/projects/-p"


@pytest.mark.parametrize("native", [False, True])
def test_the_total_says_where_the_thoughts_are(native: bool, tmp_path: Path) -> None:
    write_lines(tmp_path / PLACE / "chats/s1.jsonl", [record(CALL, "u1", native=native)])
    assert calls_of(tmp_path, AGENT) == EXPECTED


def test_telemetry_repeats_and_a_branch_copies(tmp_path: Path) -> None:
    reply = record(CALL, "u1")
    telemetry = {**reply, "type": "system", "uuid": "u2", "subtype": "ui_telemetry"}
    write_lines(tmp_path / PLACE / "chats/s1.jsonl", [reply, telemetry])
    origin = {"sessionId": "s1", "messageUuid": "u1"}
    branch = {**reply, "sessionId": "s0", "forkedFrom": origin}
    write_lines(tmp_path / PLACE / "chats/s0.jsonl", [branch])
    with closing(indexed(tmp_path, AGENT)) as index:
        assert reported(index, (By.SESSION,), AGENT) == {("s1",): EXPECTED}


def test_a_subagents_file_beside_the_chats_counts(tmp_path: Path) -> None:
    write_lines(tmp_path / PLACE / "subagents/s1/agent-1.jsonl", [record(CALL, "u1")])
    assert calls_of(tmp_path, AGENT) == EXPECTED


def test_a_split_that_qwen_code_invented_is_marked(tmp_path: Path) -> None:
    usage = {"promptTokenCount": 700, "candidatesTokenCount": 300, "totalTokenCount": 1_000}
    line: Line = {**record(CALL, "u1"), "usageMetadata": usage}
    write_lines(tmp_path / PLACE / "chats/s1.jsonl", [line])
    with closing(indexed(tmp_path, AGENT)) as index:
        rows = index.connection.execute("SELECT input, output, confidence FROM usage").fetchall()
    assert rows == [(700, 300, "inferred")]


@pytest.mark.parametrize("how", ["QWEN_RUNTIME_DIR", "settings", "QWEN_HOME"])
def test_its_folder_can_be_moved(how: str, tmp_path: Path) -> None:
    write_lines(tmp_path / "else/projects/-p/chats/s1.jsonl", [record(CALL, "u1")])
    environ: dict[str, Any] = {}
    if how == "settings":
        (tmp_path / ".qwen").mkdir()
        settings = json.dumps({"runtimeOutputDir": str(tmp_path / "else")})
        (tmp_path / ".qwen/settings.json").write_text(settings)
    else:
        environ[how] = str(tmp_path / "else")
    assert calls_of(tmp_path, AGENT, environ) == EXPECTED
