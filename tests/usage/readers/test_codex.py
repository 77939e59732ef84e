"""Codex's rollouts: every trap alone."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from support.histories.codex import Rollout, compress
from support.histories.lines import write_lines
from support.histories.truth import (
    FIRST_AT,
    Tally,
    calls_of,
    indexed,
    refresh_agent,
    reported,
)

from clacky_tui.usage.report import By

AGENT = "codex"
PLACE = ".codex/sessions/2026/09/03"
USED = (9_000, 7_000, 310, 128)


def rollout(session: str = "t1", model: str | None = "gpt-5.4") -> Rollout:
    made = Rollout(session, "/p")
    made.open(FIRST_AT)
    if model is not None:
        made.turn(FIRST_AT + 1, model)
    return made


def write(home: Path, made: Rollout) -> Path:
    return write_lines(home / PLACE / f"rollout-{made.session}.jsonl", made.lines)


def test_cached_input_and_reasoning_lie_inside(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED)
    write(tmp_path, made)
    expected = Tally(
        entries=1, requests=1, input=2_000, cache_read=7_000, output=310, reasoning=128
    )
    assert calls_of(tmp_path, AGENT) == expected


def test_a_counter_said_again_counts_once(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED)
    made.count(FIRST_AT + 10, USED)
    made.count(FIRST_AT + 11, None)
    write(tmp_path, made)
    assert calls_of(tmp_path, AGENT).requests == 1


def test_without_the_last_usage_the_growth_of_the_total_counts(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED, last=False)
    made.call(FIRST_AT + 19, (100, 0, 10, 0), last=False)
    write(tmp_path, made)
    tally = calls_of(tmp_path, AGENT)
    assert (tally.requests, tally.input, tally.output) == (2, 2_100, 320)


def test_a_counter_that_restarts_counts_what_was_used_last(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED)
    made.totals = [0, 0, 0, 0]
    made.call(FIRST_AT + 19, (100, 40, 10, 0))
    write(tmp_path, made)
    assert calls_of(tmp_path, AGENT).input == 2_060


def test_a_model_that_was_never_named_stays_unknown(tmp_path: Path) -> None:
    made = rollout(model=None)
    made.call(FIRST_AT + 9, USED)
    write(tmp_path, made)
    with closing(indexed(tmp_path, AGENT)) as index:
        assert list(reported(index, (By.MODEL,), AGENT)) == [(None,)]


def test_what_a_fork_copies_does_not_count_and_is_its_baseline(tmp_path: Path) -> None:
    parent = rollout()
    parent.call(FIRST_AT + 9, USED)
    write(tmp_path, parent)
    fork = Rollout("t2", "/p", totals=list(parent.totals))
    fork.open(FIRST_AT + 100, forked_from_id="t1")
    for number, line in enumerate(parent.lines):
        assert isinstance(line, dict)
        copied = {**line, "timestamp": f"2026-09-03T23:00:00.{number:03d}Z"}
        fork.lines.append(copied)
    fork.call(FIRST_AT + 9_000, (100, 0, 10, 0), last=False)
    write(tmp_path, fork)
    with closing(indexed(tmp_path, AGENT)) as index:
        sessions = reported(index, (By.SESSION,), AGENT)
    assert {key[0]: tally.input for key, tally in sessions.items()} == {"t1": 2_000, "t2": 100}


def test_an_imported_session_of_another_agent_is_not_codex(tmp_path: Path) -> None:
    made = rollout(model=None)
    context = {"model": "claude", "turn_id": "external-import-turn-1"}
    made.say(FIRST_AT + 1, "turn_context", context)
    made.call(FIRST_AT + 9, USED)
    made.say(FIRST_AT + 20, "turn_context", {"model": "gpt-5.4", "turn_id": "t-2"})
    made.call(FIRST_AT + 29, (100, 0, 10, 0))
    write(tmp_path, made)
    assert calls_of(tmp_path, AGENT).input == 100


def test_a_quoted_counter_is_none(tmp_path: Path) -> None:
    made = rollout()
    made.say(FIRST_AT + 2, "response_item", {"type": "token_count", "info": {"x": "token_count"}})
    made.say(FIRST_AT + 3, "event_msg", {"type": "agent_message", "message": '"token_count"'})
    made.say(FIRST_AT + 4, "event_msg", {"type": "token_count", "info": None})
    made.say(FIRST_AT + 5, "event_msg", {"type": "token_count", "info": [1]})
    write(tmp_path, made)
    assert calls_of(tmp_path, AGENT).entries == 0


def test_a_rollout_that_is_compressed_stays_counted_once(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED)
    path = write(tmp_path, made)
    with closing(indexed(tmp_path, AGENT)) as index:
        before = reported(index, (By.SESSION,), AGENT)
        compress(path)
        refresh_agent(index, tmp_path, AGENT)
        assert reported(index, (By.SESSION,), AGENT) == before
        states = {known.path[-9:]: known.state for known in index.sources(AGENT).values()}
    assert states == {"jsonl.zst": "read"}


def test_a_rollout_that_was_never_seen_before_it_was_compressed_counts(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED)
    compress(write(tmp_path, made))
    assert calls_of(tmp_path, AGENT).input == 2_000


def test_a_damaged_compressed_rollout_keeps_what_was_known(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED)
    path = write(tmp_path, made)
    with closing(indexed(tmp_path, AGENT)) as index:
        packed = compress(path)
        packed.write_bytes(b"no zstd at all")
        refresh_agent(index, tmp_path, AGENT)
        assert reported(index, (), AGENT)[()].input == 2_000
        assert any("damaged" in caveat for caveat in index.caveats(AGENT))


def test_an_archived_copy_counts_once(tmp_path: Path) -> None:
    made = rollout()
    made.call(FIRST_AT + 9, USED)
    path = write(tmp_path, made)
    write_lines(tmp_path / ".codex/archived_sessions" / path.name, made.lines)
    assert calls_of(tmp_path, AGENT).requests == 1


def test_saved_output_is_understood_under_every_name_it_has_had(tmp_path: Path) -> None:
    usages = [
        {"type": "turn.completed", "usage": {"input_tokens": 10, "output_tokens": 1}},
        {"usage": {"prompt_tokens": 10, "completion_tokens": 1}, "model": "gpt-5.4"},
        {"data": {"usage": {"input": 10, "output": 1, "cached_tokens": 4}}},
        {"response": {"usage": {"input": 10, "output": 1, "reasoning_tokens": 1}}},
    ]
    path = write_lines(tmp_path / "saved/run.jsonl", usages[:2])
    environ = {"CODEX_HOME": str(tmp_path / "saved")}
    with closing(indexed(tmp_path, AGENT, environ=environ)) as index:
        write_lines(path, usages)
        refresh_agent(index, tmp_path, AGENT, environ=environ)
        tally = reported(index, (), AGENT)[()]
    assert (tally.requests, tally.input, tally.cache_read, tally.output) == (4, 36, 4, 4)
