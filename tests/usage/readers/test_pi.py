"""Pi's sessions: every trap alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from support.histories.lines import write_lines
from support.histories.pi import entry, header
from support.histories.truth import FIRST_AT, Call, calls_of, indexed, reported

from clacky_tui.usage.report import By

AGENT = "pi"
CALL = Call("s1", FIRST_AT, "claude-sonnet-4-5", "/p", 12, 30_500, 900, 410, usd="0.018")
PLACE = ".pi/agent/sessions/--p--"


def test_recorded_cost_counts_and_zero_beside_tokens_is_unknown(tmp_path: Path) -> None:
    free = replace(CALL, at=FIRST_AT + 5, usd=None)
    lines = [header("s1", FIRST_AT, "/p"), entry(CALL, "a1"), entry(free, "a2")]
    write_lines(tmp_path / PLACE / "a_s1.jsonl", lines)
    with closing(indexed(tmp_path, AGENT)) as index:
        rows = index.connection.execute("SELECT recorded FROM usage ORDER BY at").fetchall()
    assert rows == [(18 * 10**9,), (None,)]


def test_a_fork_copies_and_its_parent_keeps_what_is_its_own(tmp_path: Path) -> None:
    lines = [header("s1", FIRST_AT, "/p"), entry(CALL, "a1")]
    write_lines(tmp_path / PLACE / "b_s1.jsonl", lines)
    copied = [header("s2", FIRST_AT + 9, "/p", "b_s1.jsonl"), entry(CALL, "a1")]
    write_lines(tmp_path / PLACE / "a_s2.jsonl", copied)
    with closing(indexed(tmp_path, AGENT)) as index:
        assert list(reported(index, (By.SESSION,), AGENT)) == [("s1",)]


def test_equal_short_ids_at_other_times_are_other_messages(tmp_path: Path) -> None:
    later = replace(CALL, at=FIRST_AT + 60)
    lines = [header("s1", FIRST_AT, "/p"), entry(CALL, "a1"), entry(later, "a1")]
    write_lines(tmp_path / PLACE / "a_s1.jsonl", lines)
    assert calls_of(tmp_path, AGENT).requests == 2


def test_cache_writes_of_an_hour_are_apart(tmp_path: Path) -> None:
    lines = [header("s1", FIRST_AT, "/p"), entry(CALL, "a1", long=300)]
    write_lines(tmp_path / PLACE / "a_s1.jsonl", lines)
    with closing(indexed(tmp_path, AGENT)) as index:
        sql = "SELECT cache_write_5m, cache_write_1h FROM usage"
        assert index.connection.execute(sql).fetchall() == [(600, 300)]
