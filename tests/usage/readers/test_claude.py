"""Claude Code's transcripts: every trap alone."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

from support.histories.claude import reply_lines
from support.histories.lines import Line, write_lines
from support.histories.truth import (
    FIRST_AT,
    Call,
    calls_of,
    indexed,
    reader_of,
    refresh_agent,
    reported,
)

from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.report import By

AGENT = "claude"
CALL = Call("s1", FIRST_AT, "claude-sonnet-4-6", "/p", 7, 38_400, 1_200, 412)
PLACE = ".claude/projects/-p"


def reply(call: Call = CALL, *, identity: str = "msg_01", **extra: Any) -> list[Line]:
    assert call.output is not None
    return reply_lines(call, identity=identity, request="req_01", steps=(11, call.output), **extra)


def test_a_reply_in_several_lines_counts_once_with_its_last_output(tmp_path: Path) -> None:
    write_lines(tmp_path / PLACE / "s1.jsonl", reply())
    tally = calls_of(tmp_path, AGENT)
    assert (tally.requests, tally.input, tally.output) == (1, 7, 412)
    assert (tally.cache_read, tally.cache_write) == (38_400, 1_200)


def test_cache_writes_are_kept_by_their_lifetime(tmp_path: Path) -> None:
    write_lines(tmp_path / PLACE / "s1.jsonl", reply())
    with closing(indexed(tmp_path, AGENT)) as index:
        row = index.connection.execute(
            "SELECT cache_write_5m, cache_write_1h, cache_write_untimed FROM usage"
        ).fetchone()
    assert row == (400, 800, 0)


def test_a_replay_in_a_sidechain_under_another_request_id_counts_once(tmp_path: Path) -> None:
    write_lines(tmp_path / PLACE / "s1.jsonl", reply())
    replay = [{**line, "isSidechain": True, "requestId": "req_99"} for line in reply()]
    own = reply(identity="msg_02", isSidechain=True)
    write_lines(tmp_path / PLACE / "s1/subagents/agent-a.jsonl", [*replay, *own])
    assert calls_of(tmp_path, AGENT).requests == 2


def test_a_line_of_the_main_chain_is_preferred_to_a_longer_one_of_a_sidechain(
    tmp_path: Path,
) -> None:
    write_lines(tmp_path / PLACE / "s1.jsonl", reply())
    longer = reply_lines(
        CALL, identity="msg_01", request="r", steps=(9_000,), isSidechain=True, agentId="a1"
    )
    write_lines(tmp_path / PLACE / "s1/subagents/agent-a1.jsonl", longer)
    assert calls_of(tmp_path, AGENT).output == 412


def test_a_reply_of_which_only_a_part_was_saved_is_a_lower_bound_and_said(tmp_path: Path) -> None:
    path = write_lines(tmp_path / PLACE / "s1.jsonl", reply(final=False))
    with closing(indexed(tmp_path, AGENT)) as index:
        _, reason = reader_of(AGENT).coverage(index.found(AGENT))
        assert reason.startswith("1 replies were saved only in part")
        with path.open("a") as file:  # it was only being written
            file.write(path.read_text().replace('"stop_reason":null', '"stop_reason":"end_turn"'))
        refresh_agent(index, tmp_path, AGENT)
        assert reader_of(AGENT).coverage(index.found(AGENT)) == ("supported", "")


def test_nested_progress_and_synthetic_messages_are_no_requests(tmp_path: Path) -> None:
    (nested,) = reply_lines(CALL, identity="msg_9", request=None, steps=(5,))
    synthetic = {**nested, "message": {**nested["message"], "model": "<synthetic>"}}
    progress = {"type": "progress", "data": {"message": nested}}
    quoted = {"type": "user", "message": {"role": "user", "content": str(nested)}}
    write_lines(tmp_path / PLACE / "s1.jsonl", [synthetic, progress, quoted])
    assert calls_of(tmp_path, AGENT).entries == 0


def test_the_same_tree_under_both_homes_counts_once(tmp_path: Path) -> None:
    for root in (".claude", ".config/claude"):
        write_lines(tmp_path / root / "projects/-p/s1.jsonl", reply())
    assert calls_of(tmp_path, AGENT).requests == 1


def test_a_list_of_homes_and_of_their_projects_is_understood(tmp_path: Path) -> None:
    write_lines(tmp_path / "a/projects/-p/s1.jsonl", reply())
    write_lines(tmp_path / "b/projects/-p/s2.jsonl", reply(identity="msg_02"))
    environ = {"CLAUDE_CONFIG_DIR": f"{tmp_path}/a, {tmp_path}/b/projects"}
    assert calls_of(tmp_path, AGENT, environ).requests == 2


def test_its_statistics_tell_of_transcripts_that_are_gone(tmp_path: Path) -> None:
    write_lines(tmp_path / PLACE / "s1.jsonl", reply())
    days = [
        {"date": date, "tokensByModel": {"claude-sonnet-4-6": 1_000, "claude-opus-4-6": 500}}
        for date in ("2026-07-01", "2026-07-02", "2026-09-04")
    ]
    statistics = tmp_path / ".claude/stats-cache.json"
    statistics.write_text(json.dumps({"version": 1, "dailyModelTokens": days}))
    with closing(indexed(tmp_path, AGENT)) as index:
        assert reported(index, (), AGENT)[()].requests == 1
        status, reason = reader_of(AGENT).coverage(index.found(AGENT))
    assert status == "supported"
    assert reason.startswith("transcripts of 2 days before 2026-09-0")
    assert reason.endswith("its statistics tell of about 3,000 tokens in them")


def test_a_recorded_cost_is_kept_as_it_is(tmp_path: Path) -> None:
    write_lines(tmp_path / PLACE / "s1.jsonl", reply(costUSD=0.0123))
    assert str(calls_of(tmp_path, AGENT).usd) == "0.012300000000"


def test_a_proxy_that_gives_every_reply_one_id_loses_none(tmp_path: Path) -> None:
    calls = [
        Call(session, FIRST_AT + n, "glm-4.7", "/p", 10 + n, 100 * n, 0, 50)
        for n, session in enumerate(("s1", "s1", "s1", "s2"))
    ]
    for session in ("s1", "s2"):
        own = [call for call in calls if call.session == session]
        lines = [line for call in own for line in reply(call, identity="constant")]
        write_lines(tmp_path / PLACE / f"{session}.jsonl", lines)
    tally = calls_of(tmp_path, AGENT)
    assert (tally.requests, tally.input, tally.output) == (4, 46, 200)


def test_a_proxy_that_tells_the_input_only_at_the_end_counts_once_wherever_the_file_was_cut(
    tmp_path: Path,
) -> None:
    begun = Call("s1", FIRST_AT, "glm-4.7", "/p", 0, 0, 0, 0)
    done = Call("s1", FIRST_AT, "glm-4.7", "/p", 500, 0, 0, 60)
    first = reply_lines(begun, identity="m", request=None, steps=(0,), final=False)
    path = write_lines(tmp_path / PLACE / "s1.jsonl", first)
    with closing(indexed(tmp_path, AGENT)) as index:
        write_lines(path, [*first, *reply_lines(done, identity="m", request=None, steps=(60,))])
        refresh_agent(index, tmp_path, AGENT)
        tally = reported(index, (), AGENT)[()]
    assert (tally.requests, tally.input, tally.output) == (1, 500, 60)


def test_the_provider_of_another_companys_model_is_not_known(tmp_path: Path) -> None:
    other = Call("s1", FIRST_AT, "glm-4.7", "/p", 1, 0, 0, 1)
    write_lines(tmp_path / PLACE / "s1.jsonl", [*reply(), *reply(other, identity="msg_02")])
    with closing(indexed(tmp_path, AGENT)) as index:
        assert set(reported(index, (By.PROVIDER,), AGENT)) == {("anthropic",), (None,)}


def test_a_session_over_midnight_is_split_by_day(tmp_path: Path) -> None:
    later = Call("s1", FIRST_AT + 7_200, CALL.model, "/p", 1, 0, 0, 1)
    write_lines(tmp_path / PLACE / "s1.jsonl", [*reply(), *reply(later, identity="msg_02")])
    with closing(indexed(tmp_path, AGENT)) as index:
        days = reported(index, (By.DAY,), AGENT)
    assert [str(key[0]) for key in days] == ["2026-09-03", "2026-09-04"]


def test_a_line_without_a_time_is_placed_where_the_file_was_written(tmp_path: Path) -> None:
    lines = [{**line, "timestamp": None} for line in reply()]
    path = write_lines(tmp_path / PLACE / "s1.jsonl", lines)
    os.utime(path, (FIRST_AT, FIRST_AT))
    with closing(indexed(tmp_path, AGENT)) as index:
        assert _stored(index) == [(FIRST_AT * 1000, "file-mtime")]


def _stored(index: UsageIndex) -> list[tuple[Any, ...]]:
    return index.connection.execute("SELECT at, precision FROM usage").fetchall()
