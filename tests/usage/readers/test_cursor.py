"""Cursor: what can be known, and that the rest is said to be unknown."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from support.histories.cursor import bubble, ide_store, write_bubbles, write_chat
from support.histories.truth import FIRST_AT, Call, indexed, reader_of, refresh_agent, reported

from clacky_tui.errors import ConfigError
from clacky_tui.usage.imports import import_cursor_csv
from clacky_tui.usage.report import By

AGENT = "cursor-agent"
NEW = (
    "Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,"
    "Output Tokens,Total Tokens,Cost\n"
)
OLD = (
    "Date,Model,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,"
    "Total Tokens,Cost,Cost to you\n"
)


def test_a_session_has_no_tokens_and_the_reason_is_said(tmp_path: Path) -> None:
    meta = {"agentId": "c0", "createdAt": FIRST_AT * 1000, "lastUsedModel": "composer-2"}
    write_chat(tmp_path / ".cursor/chats/w/c0/store.db", meta)
    with closing(indexed(tmp_path, AGENT)) as index:
        sql = "SELECT model, input, output, requests FROM usage JOIN name ON name.id = model"
        assert index.connection.execute("SELECT input, output, requests FROM usage").fetchall() == [
            (None, None, 0)
        ], sql
        status, reason = reader_of(AGENT).coverage(index.found(AGENT))
    assert status == "partial"
    assert "dashboard" in reason


def test_the_editors_counts_are_a_lower_bound(tmp_path: Path) -> None:
    call = Call("c1", FIRST_AT, None, None, 18_200, None, None, 640)
    write_bubbles(ide_store(tmp_path), {"bubbleId:c1:b9": bubble(call, "b9")})
    with closing(indexed(tmp_path, AGENT)) as index:
        sql = "SELECT input, output, model, confidence FROM usage"
        rows = index.connection.execute(sql).fetchall()
        _, reason = reader_of(AGENT).coverage(index.found(AGENT))
    assert rows == [(18_200, 640, None, "lower-bound")]
    assert "lower bound" in reason


def test_days_that_an_export_covers_are_taken_from_it_alone(tmp_path: Path) -> None:
    bubbles = {
        f"bubbleId:c1:b{day}": bubble(
            Call("c1", FIRST_AT + day * 86_400, None, None, 100, 0, 0, 9), "b"
        )
        for day in (0, 5)
    }
    write_bubbles(ide_store(tmp_path), bubbles)
    export = tmp_path / "usage.csv"
    export.write_text(
        NEW
        + '"2026-09-03T21:00:00.000Z",On-Demand,claude-4.6-sonnet,No,200,300,4000,50,4550,$0.12\n'
        + "2026-09-03T21:01:00.000Z,Included,auto,No,0,10,20,30,60,Included\n"
        + "2026-09-03T21:02:00.000Z,Free,auto,No,0,1,2,3,6,NaN\n"
    )
    with closing(indexed(tmp_path, AGENT)) as index:
        import_cursor_csv(export)
        import_cursor_csv(export)
        refresh_agent(index, tmp_path, AGENT)
        days = reported(index, (By.DAY,), AGENT)
        rows = index.connection.execute(
            "SELECT cache_write_untimed, recorded, kind FROM usage WHERE grp_rank = 1 ORDER BY at"
        ).fetchall()
    covered, later = days.values()
    assert (covered.requests, covered.input, covered.cache_read, covered.output) == (
        3,
        311,
        4_022,
        83,
    )
    assert (later.requests, later.input) == (1, 100)
    assert rows[0] == (200, 120 * 10**9, 1)
    assert rows[1][1:] == (None, 3)
    assert rows[2][1] is None


def test_an_older_export_in_which_one_input_holds_the_other(tmp_path: Path) -> None:
    export = tmp_path / "usage.csv"
    export.write_text(OLD + "2026-09-03T21:00:00Z,gpt-5.4,500,300,1000,50,1550,$0.10,$0\n")
    import_cursor_csv(export)
    with closing(indexed(tmp_path, AGENT)) as index:
        sql = "SELECT input, cache_write_untimed, cache_read, output FROM usage"
        assert index.connection.execute(sql).fetchall() == [(300, 200, 1_000, 50)]


def test_a_file_that_is_no_export_is_refused_with_a_reason(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="no usage export of Cursor"):
        import_cursor_csv(other)
    with pytest.raises(ConfigError, match="cannot be read"):
        import_cursor_csv(tmp_path / "none.csv")
