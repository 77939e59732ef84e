"""Copilot CLI's events and telemetry: every trap alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.histories.copilot import log_record, said, shutdown, span, started
from support.histories.lines import Line, write_lines
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


BEGAN = "copilot_chat.session.start"
INFERENCE = "gen_ai.client.inference.operation.details"
TURN = "copilot_chat.agent.turn"
ONE_CALL = Call("s1", FIRST_AT, "gpt-5.4", None, 100, 0, 0, 9)
NAMES = {"session.id": "s1", "gen_ai.request.model": "gpt-5.4"}


def records(*kinds: str) -> list[Line]:
    """What the exporter writes of two calls in two turns; a trace begins with its session."""
    lines = [log_record(BEGAN, FIRST_AT, **NAMES)]
    for number in (1, 2):
        at = FIRST_AT + number
        if "chat" in kinds:
            lines.append(span(replace(ONE_CALL, at=at), f"x{number}"))
        if INFERENCE in kinds:
            more = {"gen_ai.response.id": f"r{number}", "gen_ai.response.model": "gpt-5.4-mini"}
            lines.append(log_record(INFERENCE, at, replace(ONE_CALL, input=200), **more))
        if TURN in kinds:
            named = {"turn.index": number}
            lines.append(log_record(TURN, at, replace(ONE_CALL, input=300), **named))
    return lines


@pytest.mark.parametrize(
    ("kinds", "model", "given", "requests"),
    [
        (("chat", INFERENCE, TURN), "gpt-5.4", 200, 2),
        ((INFERENCE, TURN), "gpt-5.4-mini", 400, 2),
        ((TURN,), "gpt-5.4", 600, 0),
    ],
)
def test_spans_go_before_log_records_of_calls_and_these_before_those_of_turns(
    tmp_path: Path, kinds: tuple[str, ...], model: str, given: int, requests: int
) -> None:
    write_lines(tmp_path / ".copilot/otel/a.jsonl", records(*kinds))
    with closing(indexed(tmp_path, AGENT)) as index:
        ((key, tally),) = reported(index, (By.SESSION, By.MODEL), AGENT).items()
    assert key == ("s1", model)
    assert (tally.input, tally.output, tally.requests) == (given, 18, requests)


def test_the_sums_of_a_run_know_more_than_records_of_turns(tmp_path: Path) -> None:
    lines = [started("s1", FIRST_AT, "/p"), shutdown([CALL], FIRST_AT + 9, "e1")]
    write_lines(tmp_path / EVENTS, lines)
    write_lines(tmp_path / ".copilot/otel/a.jsonl", records(TURN))
    assert calls_of(tmp_path, AGENT).input == CALL.input
    write_lines(tmp_path / ".copilot/otel/a.jsonl", records(TURN, INFERENCE))
    assert calls_of(tmp_path, AGENT).input == 400


def test_a_record_whose_session_only_the_resource_names(tmp_path: Path) -> None:
    by_pairs = log_record(
        INFERENCE, FIRST_AT, ONE_CALL, span_id="b", **{"gen_ai.request.model": "m"}
    )
    by_name = log_record(
        INFERENCE, FIRST_AT, ONE_CALL, span_id="c", **{"gen_ai.request.model": "m"}
    )
    by_pairs["resource"] = {"_rawAttributes": [["service.name", "c"], ["session.id", "s7"]]}
    by_name["resource"] = {"attributes": {"session.id": "s8"}}
    nobody = log_record(INFERENCE, FIRST_AT, ONE_CALL, span_id="d")
    write_lines(tmp_path / ".copilot/otel/a.jsonl", [by_pairs, by_name, nobody])
    with closing(indexed(tmp_path, AGENT)) as index:
        assert sorted(key[0] for key in reported(index, (By.SESSION,), AGENT)) == ["s7", "s8"]
