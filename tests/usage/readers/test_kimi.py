"""Both Kimi programs: every trap alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from support.histories.kimi import at_time, record, status
from support.histories.lines import write_lines
from support.histories.truth import FIRST_AT, Call, calls_of, indexed, refresh_agent, reported

from clacky_tui.usage.report import By

AGENT = "kimi"
CALL = Call("s1", FIRST_AT, "kimi-k2.5", "/p", 2_200, 52_000, 10, 310)


def test_the_model_is_pinned_when_a_line_is_first_read(tmp_path: Path) -> None:
    config = tmp_path / ".kimi/config.toml"
    path = tmp_path / ".kimi/sessions/abc/s1/wire.jsonl"
    lines = [at_time(CALL, status(CALL, "m1"))]
    write_lines(path, lines)
    config.write_text('default_model = "kimi-k2.5"')
    with closing(indexed(tmp_path, AGENT)) as index:
        config.write_text('default_model = "kimi-k3"')
        later = replace(CALL, at=FIRST_AT + 9)
        write_lines(path, [*lines, at_time(later, status(later, "m2"))])
        refresh_agent(index, tmp_path, AGENT)
        models = reported(index, (By.MODEL,), AGENT)
        confidences = index.connection.execute("SELECT DISTINCT confidence FROM usage").fetchall()
    assert {key[0]: tally.requests for key, tally in models.items()} == {
        "kimi-k2.5": 1,
        "kimi-k3": 1,
    }
    assert confidences == [("inferred-model",)]


def test_a_subagent_in_its_parents_wire_is_its_own_wire_again(tmp_path: Path) -> None:
    folder = tmp_path / ".kimi/sessions/abc/s1"
    said = status(CALL, "m1")
    wrapped = {"type": "SubagentEvent", "payload": {"agent_id": "a", "event": said}}
    write_lines(folder / "wire.jsonl", [at_time(CALL, wrapped)])
    write_lines(folder / "subagents/a/wire.jsonl", [at_time(CALL, said)])
    assert calls_of(tmp_path, AGENT).requests == 1


def test_kimi_code_counts_records_and_names_the_real_model(tmp_path: Path) -> None:
    said = record(CALL)
    step = {"type": "step.end", "usage": said["usage"], "time": said["time"]}
    asked = {"type": "llm.request", "model": "kimi-k3"}
    path = tmp_path / ".kimi-code/sessions/wd_p_0/session_1/agents/main/wire.jsonl"
    write_lines(path, [asked, step, said, {**said, "usage": {}}])
    with closing(indexed(tmp_path, AGENT)) as index:
        models = reported(index, (By.MODEL,), AGENT)
    assert {key: (tally.input, tally.output) for key, tally in models.items()} == {
        ("kimi-k3",): (2_200, 310)
    }
