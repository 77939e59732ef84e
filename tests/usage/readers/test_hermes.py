"""Hermes' database: every trap alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from support.histories.hermes import (
    BY_DAY,
    BY_MODEL,
    SESSIONS,
    add_day,
    add_model_row,
    add_session,
    open_db,
)
from support.histories.truth import FIRST_AT, Call, calls_of, indexed, refresh_agent, reported

from clacky_tui.usage.report import By

AGENT = "hermes"
CALL = Call("s1", FIRST_AT, "hermes-5", "/p", 1_000, 400, 50, 300, reasoning=120, requests=5)


def test_rows_of_tasks_are_added_and_reasoning_is_not(tmp_path: Path) -> None:
    db = open_db(tmp_path, SESSIONS, BY_MODEL)
    add_session(db, CALL)
    add_model_row(db, CALL)
    add_model_row(db, replace(CALL, model="small", input=10, output=5), task="compression")
    db.close()
    tally = calls_of(tmp_path, AGENT)
    assert (tally.requests, tally.input, tally.output, tally.reasoning) == (10, 1_010, 305, 125)


def test_a_gateways_totals_are_what_its_model_rows_lack(tmp_path: Path) -> None:
    db = open_db(tmp_path, SESSIONS, BY_MODEL)
    add_session(db, CALL)
    add_model_row(db, replace(CALL, input=400, cache_read=0, cache_write=0, output=100))
    db.close()
    tally = calls_of(tmp_path, AGENT)
    assert (tally.input, tally.cache_read, tally.output) == (1_000, 400, 300)


def test_an_older_database_without_the_newer_tables_and_columns_counts(tmp_path: Path) -> None:
    db = open_db(
        tmp_path,
        "CREATE TABLE sessions(id TEXT, model TEXT, started_at REAL, input_tokens, output_tokens);",
    )
    db.execute("INSERT INTO sessions VALUES ('s1', 'm', ?, 70, 30)", (FIRST_AT,))
    db.close()
    tally = calls_of(tmp_path, AGENT)
    assert (tally.input, tally.output) == (70, 30)


def test_a_session_of_two_days_is_spread_over_them(tmp_path: Path) -> None:
    db = open_db(tmp_path, SESSIONS, BY_MODEL, BY_DAY)
    half = replace(CALL, input=500, cache_read=200, cache_write=25, output=150, reasoning=60)
    add_session(db, CALL)
    add_model_row(db, CALL)
    add_day(db, half)
    add_day(db, replace(half, at=FIRST_AT + 86_400))
    db.close()
    with closing(indexed(tmp_path, AGENT)) as index:
        days = reported(index, (By.DAY,), AGENT)
    assert [tally.input for tally in days.values()] == [500, 500]


def test_a_zero_cost_that_nobody_stands_by_is_unknown_and_a_subscription_included(
    tmp_path: Path,
) -> None:
    db = open_db(tmp_path, SESSIONS, BY_MODEL)
    add_session(db, CALL)
    add_model_row(db, CALL)
    add_model_row(db, replace(CALL, usd="0.5"), task="vision")
    add_model_row(db, CALL, task="title")
    db.execute("UPDATE session_model_usage SET cost_status = 'included' WHERE task = 'title'")
    db.close()
    with closing(indexed(tmp_path, AGENT)) as index:
        rows = index.connection.execute(
            "SELECT name.text, recorded, kind FROM usage LEFT JOIN name ON name.id = task"
        ).fetchall()
    assert set(rows) == {(None, None, 0), ("vision", 5 * 10**11, 1), ("title", None, 3)}


def test_a_row_that_changed_is_replaced_also_when_only_the_log_has(tmp_path: Path) -> None:
    db = open_db(tmp_path, SESSIONS, BY_MODEL)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA wal_autocheckpoint=0")
    add_session(db, CALL)
    add_model_row(db, CALL)
    main_file = tmp_path / ".hermes/state.db"
    before = main_file.stat().st_mtime_ns
    with closing(indexed(tmp_path, AGENT)) as index:
        for table in ("sessions", "session_model_usage"):
            db.execute(f"UPDATE {table} SET input_tokens = 1500")
        assert main_file.stat().st_mtime_ns == before
        refresh_agent(index, tmp_path, AGENT)
        assert reported(index, (), AGENT)[()].input == 1_500
    db.close()
