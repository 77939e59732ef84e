"""Copilot CLI's events and telemetry: every trap alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from support.histories.copilot import said, shutdown, span, started
from support.histories.lines import write_lines
from support.histories.truth import (
    FIRST_AT,
    Call,
    Tally,
    calls_of,
    indexed,
    reader_of,
    reported,
)

from clacky_tui.usage.report import By

AGENT = "copilot"
CALL = Call(
    "s1", FIRST_AT, "gpt-5.4", "/p", 33_000, 202_100, 9_000, 2_380, reasoning=100, requests=14
)
EVENTS = ".copilot/session-state/s1/events.jsonl"


def run(number: int, output: int, *, kind: str = "session.resume") -> list[dict[str, object]]:
    at = FIRST_AT + number * 100
    return [started("s1", at, "/p", kind), said(at + 1, f"m{number}", output)]


def test_input_holds_all_of_the_cache_and_nothing_is_paid_in_dollars(tmp_path: Path) -> None:
    lines = [started("s1", FIRST_AT, "/p"), shutdown([CALL], FIRST_AT + 9, "e1")]
    write_lines(tmp_path / EVENTS, lines)
    with closing(indexed(tmp_path, AGENT)) as index:
        tally = reported(index, (By.PROJECT,), AGENT)["/p",]
        kinds = index.connection.execute(
            "SELECT kind, credits, credits_unit, precision FROM usage"
        ).fetchall()
    assert (tally.input, tally.cache_read, tally.cache_write) == (33_000, 202_100, 9_000)
    assert tally.requests == 14
    assert kinds == [(3, 2.0, "premium requests", "run")]


def test_counters_that_restart_are_added(tmp_path: Path) -> None:
    calls = [replace(CALL, output=output) for output in (50, 70)]
    lines = []
    for number, call in enumerate(calls):
        assert call.output is not None
        lines += [
            *run(number, call.output),
            shutdown([call], FIRST_AT + number * 100 + 9, f"e{number}"),
        ]
    write_lines(tmp_path / EVENTS, lines)
    assert calls_of(tmp_path, AGENT).output == 120


def test_counters_that_go_on_are_told_by_their_output_and_only_their_growth_counts(
    tmp_path: Path,
) -> None:
    second = replace(CALL, input=40_000, output=120, requests=20)
    lines = [
        *run(0, 50),
        shutdown([replace(CALL, output=50)], FIRST_AT + 9, "e0"),
        *run(1, 70),
        shutdown([second], FIRST_AT + 109, "e1"),
    ]
    write_lines(tmp_path / EVENTS, lines)
    with closing(indexed(tmp_path, AGENT)) as index:
        tally = reported(index, (), AGENT)[()]
        credits = index.connection.execute("SELECT sum(credits) FROM usage").fetchone()
    assert (tally.input, tally.output, tally.requests) == (40_000, 120, 20)
    assert credits == (2.0,)


def test_a_killed_run_has_its_output_and_an_unknown_input(tmp_path: Path) -> None:
    lines = [*run(0, 50), *run(1, 70), shutdown([replace(CALL, output=70)], FIRST_AT + 109, "e1")]
    write_lines(tmp_path / EVENTS, lines)
    with closing(indexed(tmp_path, AGENT)) as index:
        tally = reported(index, (), AGENT)[()]
        status, reason = reader_of(AGENT).coverage(index.found(AGENT))
    assert (tally.output, tally.unknown_input) == (120, 1)
    assert status == "partial"
    assert reason.startswith("1 replies of runs that were cut off")


def test_telemetry_of_a_session_takes_the_place_of_its_sums(tmp_path: Path) -> None:
    call = replace(CALL, requests=1)
    lines = [started("s1", FIRST_AT, "/p"), shutdown([CALL], FIRST_AT + 9, "e1")]
    write_lines(tmp_path / EVENTS, lines)
    turn = span(call, "x0", name="invoke_agent copilot")
    other = span(replace(call, session="s2"), "x9", name="invoke_agent copilot")
    spans = [span(call, "x1"), span(call, "x2"), turn, other]
    write_lines(tmp_path / ".copilot/otel/a.jsonl", spans)
    with closing(indexed(tmp_path, AGENT)) as index:
        sessions = reported(index, (By.SESSION, By.PROJECT), AGENT)
    assert sessions["s1", "/p"].requests == 2
    assert sessions["s1", "/p"].input == 66_000
    assert sessions["s2", None].output == 2_380


def test_the_exporters_file_is_found(tmp_path: Path) -> None:
    write_lines(tmp_path / "x/o.jsonl", [span(replace(CALL, requests=1), "x1")])
    environ = {"COPILOT_OTEL_FILE_EXPORTER_PATH": str(tmp_path / "x/o.jsonl")}
    expected = Tally(1, 1, 33_000, 202_100, 9_000, 2_380, 100)
    assert calls_of(tmp_path, AGENT, environ) == expected
