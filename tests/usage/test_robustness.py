"""Damaged, locked, endless and misdated histories: caveats, never a failed report."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.histories.claude import reply_lines
from support.histories.every import HISTORIES
from support.histories.lines import write_lines
from support.histories.truth import (
    FIRST_AT,
    Call,
    assert_reported,
    calls_of,
    indexed,
    reader_of,
    refresh_agent,
    reported,
)

from clacky_tui.usage.lines import LONG_CAVEAT, TORN_CAVEAT
from clacky_tui.usage.reader import Machine
from clacky_tui.usage.readers import database
from clacky_tui.usage.reading import FUTURE_CAVEAT

BY_LINES = ("claude", "codex", "gemini", "copilot", "kimi", "qwen", "pi")
DATABASES = {
    "hermes": ".hermes/state.db",
    "opencode": ".local/share/opencode/opencode.db",
    "cursor-agent": ".config/Cursor/User/globalStorage/state.vscdb",
}
MARKS = b'"usage" "token_count" "token_usage" "usage.record" "usageMetadata" gen_ai.usage'
DAMAGE = (
    b'{"type":"assistant",' + MARKS,
    b"\0" * 4_096,
    b"\0" + MARKS + b"\0",
    b"\xff\xfe\x00" + MARKS,
    b"[" * 5_000 + MARKS,
    b'["usage", "token_count"]',
    b'"usage token_count"',
    b"null",
    b"",
    b"\r",
    b'{"type":"assistant","message":{"usage":7,"id":[]},"usageMetadata":[],"tokens":-1}',
    b'{"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":"x"}}}',
    b'{"type":"assistant","timestamp":NaN,"message":"usage","usage":1e999}',
)


def _lines(agent: str, home: Path) -> Iterator[Path]:
    for source in reader_of(agent).find(Machine({}, home)):
        if source.path.suffix == ".jsonl":
            yield source.path


@pytest.mark.parametrize("agent", BY_LINES)
def test_damaged_lines_are_passed_over_and_said(agent: str, tmp_path: Path) -> None:
    truth = HISTORIES[agent](tmp_path, 4)
    for number, path in enumerate(sorted(_lines(agent, tmp_path))):
        lines = path.read_bytes().split(b"\n")
        middle = len(lines) // 2
        lines[middle:middle] = DAMAGE
        if number == 0:
            long = b'{"x":"' + MARKS.replace(b'"', b"'") + b"x" * 50_000_000 + b'"}'
            lines.insert(middle, long)
        path.write_bytes(b"\n".join(lines))
    with closing(indexed(tmp_path, agent)) as index:
        assert_reported(index, truth, agent)
        caveats = index.caveats(agent)
        assert index.found(agent).unreadable == 0
    assert caveats[LONG_CAVEAT] == 1
    assert caveats[TORN_CAVEAT] >= 1


def test_texts_that_are_no_unicode_do_not_hide_the_counts_beside_them(tmp_path: Path) -> None:
    call = Call("s1", FIRST_AT, "claude-sonnet-4-6", "/p", 7, 0, 0, 9)
    lines = [
        line
        for number in range(3)
        for line in reply_lines(call, identity=f"m{number}", request=None, steps=(9,))
    ]
    path = write_lines(tmp_path / ".claude/projects/-p/s1.jsonl", lines)
    half, raw, model = path.read_bytes().splitlines()
    half = half.replace(b"it said", b"\\ud83d it said")
    raw = raw.replace(b"it said", b"\xff\xfe it said").replace(b'"cwd":"/p"', b'"cwd":"/p\xff"')
    model = model.replace(b"sonnet", b"\\ud83d")
    path.write_bytes(b"\n".join((half, raw, model, b"")))
    tally = calls_of(tmp_path, "claude")
    assert (tally.requests, tally.output) == (3, 27)


@pytest.mark.parametrize("agent", HISTORIES)
def test_links_in_circles_pipes_and_unreadable_files_are_left_out(
    agent: str, tmp_path: Path
) -> None:
    truth = HISTORIES[agent](tmp_path, 4)
    source = next(iter(reader_of(agent).find(Machine({}, tmp_path)))).path
    folder = source.parent
    (folder / "around").symlink_to(tmp_path, target_is_directory=True)
    (folder / "self.jsonl").symlink_to(folder / "self.jsonl")
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "broken.jsonl").symlink_to("/proc/self/mem")  # opens, and cannot be read
    with closing(indexed(tmp_path, agent)) as index:
        assert_reported(index, truth, agent)


def test_a_file_that_cannot_be_read_is_a_caveat(tmp_path: Path) -> None:
    truth = HISTORIES["claude"](tmp_path, 4)
    (tmp_path / ".claude/projects/broken.jsonl").symlink_to("/proc/self/mem")
    with closing(indexed(tmp_path, "claude")) as index:
        assert_reported(index, truth, "claude")
        assert index.found("claude").unreadable == 1
        assert any("Input/output error" in caveat for caveat in index.caveats("claude"))


@pytest.mark.parametrize("agent", DATABASES)
def test_a_locked_database_is_a_caveat_until_it_is_free(
    agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    truth = HISTORIES[agent](tmp_path, 4)
    other = sqlite3.connect(tmp_path / DATABASES[agent], isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with closing(indexed(tmp_path, agent)) as index:
        assert index.found(agent).unreadable == 1
        assert index.caveats(agent)["database is locked"] == 1
        other.execute("ROLLBACK")
        other.close()
        refresh_agent(index, tmp_path, agent)
        assert_reported(index, truth, agent)
        assert index.found(agent).unreadable == 0


@pytest.mark.parametrize("agent", DATABASES)
@pytest.mark.parametrize("damage", ["garbage", "cut", "empty"])
def test_a_damaged_database_is_a_caveat_and_keeps_what_was_known(
    agent: str, damage: str, tmp_path: Path
) -> None:
    truth = HISTORIES[agent](tmp_path, 4)
    path = tmp_path / DATABASES[agent]
    with closing(indexed(tmp_path, agent)) as index:
        content = path.read_bytes()
        damaged = {"garbage": b"no database" * 999, "cut": content[: len(content) // 2]}
        path.write_bytes(damaged.get(damage, b""))
        refresh_agent(index, tmp_path, agent)
        if damage != "empty":  # an empty file is a database without tables
            assert index.found(agent).unreadable == 1
            assert_reported(index, truth, agent)


@pytest.mark.parametrize("agent", BY_LINES)
def test_requests_without_a_time_are_placed_where_the_file_was_written(
    agent: str, tmp_path: Path
) -> None:
    HISTORIES[agent](tmp_path, 4)
    for path in _lines(agent, tmp_path):
        text = re.sub(r'"(timestamp|time)":("[^"]*"|[\d.]+)', r'"\1":null', path.read_text())
        text = re.sub(r'"(startTime|endTime)":\[[^]]*\]', r'"\1":null', text)
        path.write_text(text)
        os.utime(path, (FIRST_AT, FIRST_AT))
    for path in tmp_path.glob(".gemini/tmp/*/chats/*.json"):
        path.unlink()
    for path in tmp_path.rglob("*.zst"):
        path.unlink()
    with closing(indexed(tmp_path, agent)) as index:
        rows = index.connection.execute("SELECT at, precision FROM usage WHERE counts").fetchall()
        assert len(rows) >= 10
        assert set(rows) == {(round(FIRST_AT * 1000), "file-mtime")}


def test_times_in_the_future_count_and_are_said_impossible_ones_do_not_count(
    tmp_path: Path,
) -> None:
    ahead = Call("s1", FIRST_AT + 10 * 365 * 86_400, "claude-sonnet-4-6", "/p", 7, 0, 0, 9)
    lines = reply_lines(ahead, identity="m1", request=None, steps=(9,))
    mad = [
        {**line, "timestamp": "9999-12-31T23:59:59Z"}
        for line in reply_lines(replace(ahead), identity="m2", request=None, steps=(9,))
    ]
    path = write_lines(tmp_path / ".claude/projects/-p/s1.jsonl", [*lines, *mad])
    os.utime(path, (2**40, 2**40))
    with closing(indexed(tmp_path, "claude")) as index:
        assert index.caveats("claude")[FUTURE_CAVEAT] == 2
        assert reported(index, (), "claude")[()].requests == 2


def test_settings_beside_the_histories_may_be_damaged(tmp_path: Path) -> None:
    for agent in ("gemini", "kimi", "qwen"):
        truth = HISTORIES[agent](tmp_path / agent, 4)
        for name in (".gemini/settings.json", ".qwen/settings.json", ".kimi/config.toml"):
            path = tmp_path / agent / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\xff{[not readable")
        with closing(indexed(tmp_path / agent, agent)) as index:
            assert reported(index, (), agent)[()].requests == sum(
                call.requests for call in truth.calls
            )


def test_numbers_that_are_none_are_unknown(tmp_path: Path) -> None:
    usage = {"input_tokens": "12", "output_tokens": -4, "cache_read_input_tokens": 10**30}
    line = {
        "type": "assistant",
        "timestamp": "2026-09-03T08:00:00Z",
        "message": {"id": "m", "model": "x", "usage": usage},
    }
    write_lines(tmp_path / ".claude/projects/-p/s1.jsonl", [json.dumps(line)])
    tally = calls_of(tmp_path, "claude")
    assert (tally.requests, tally.unknown_input, tally.unknown_output) == (1, 1, 1)
