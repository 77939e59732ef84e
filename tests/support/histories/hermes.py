"""Hermes' database, with the traps of spec/usage-sources.md 3.8."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from support.histories.truth import Call, Dice, Truth, total

AGENT = "hermes"
MODELS = ("hermes-5-405b", "gpt-5.4")
COUNTERS = "input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens"
_COUNTER_COLUMNS = ", ".join(f"{name} INTEGER DEFAULT 0" for name in COUNTERS.split(", "))
_COST_COLUMNS = "estimated_cost_usd REAL, actual_cost_usd REAL, cost_status TEXT"
SESSIONS = f"""
CREATE TABLE sessions(id TEXT PRIMARY KEY, source TEXT, model TEXT, parent_session_id TEXT,
    started_at REAL, ended_at REAL, {_COUNTER_COLUMNS}, cwd TEXT, billing_provider TEXT,
    billing_base_url TEXT, billing_mode TEXT, {_COST_COLUMNS}, api_call_count INTEGER DEFAULT 0);
"""
BY_MODEL = f"""
CREATE TABLE session_model_usage(session_id TEXT, model TEXT, billing_provider TEXT,
    billing_base_url TEXT, billing_mode TEXT, task TEXT, api_call_count INTEGER,
    {_COUNTER_COLUMNS}, {_COST_COLUMNS}, first_seen REAL, last_seen REAL,
    PRIMARY KEY(session_id, model, billing_provider, billing_base_url, billing_mode, task));
"""
BY_DAY = f"""
CREATE TABLE session_daily_usage(session_id TEXT, day TEXT, {_COUNTER_COLUMNS},
    estimated_cost_usd REAL, actual_cost_usd REAL, api_call_count INTEGER);
"""


def open_db(home: Path, *tables: str, profile: str | None = None) -> sqlite3.Connection:
    folder = home / ".hermes"
    if profile is not None:
        folder = folder / "profiles" / profile
    folder.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(folder / "state.db", isolation_level=None)
    for table in tables:
        db.executescript(table)
    return db


def add_session(db: sqlite3.Connection, call: Call, *, parent: str | None = None) -> None:
    """The session's own row: the sums of its main loop."""
    db.execute(
        f"INSERT INTO sessions(id, model, parent_session_id, started_at, cwd, {COUNTERS},"
        " api_call_count, billing_provider, cost_status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'nous', 'unknown')",
        (call.session, call.model, parent, call.at, call.project, *_counters(call), call.requests),
    )


def add_model_row(db: sqlite3.Connection, call: Call, *, task: str = "") -> None:
    usd = float(call.usd) if call.usd else 0.0
    db.execute(
        f"INSERT INTO session_model_usage(session_id, model, billing_provider, billing_base_url,"
        f" billing_mode, task, api_call_count, {COUNTERS}, estimated_cost_usd, actual_cost_usd,"
        " cost_status, first_seen, last_seen)"
        " VALUES (?, ?, 'nous', '', 'api', ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
        (
            call.session,
            call.model,
            task,
            call.requests,
            *_counters(call),
            usd,
            "estimated" if usd else "unknown",
            call.at,
            call.at + 60,
        ),
    )


def add_day(db: sqlite3.Connection, call: Call) -> None:
    day = datetime.fromtimestamp(call.at).astimezone().date()
    db.execute(
        f"INSERT INTO session_daily_usage(session_id, day, {COUNTERS}, api_call_count)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (call.session, str(day), *_counters(call), call.requests),
    )


def _counters(call: Call) -> tuple[int | None, ...]:
    return call.input, call.cache_read, call.cache_write, call.output, call.reasoning


def write(home: Path, seed: int) -> Truth:
    """Sessions with one model or two, of one day or two, with tasks, of a gateway, of a profile."""
    dice, truth = Dice(seed), Truth()
    db = open_db(home, SESSIONS, BY_MODEL, BY_DAY)
    parent: str | None = None
    for number in range(6):
        session, project = dice.uuid(), f"/home/dev/src/{dice.pick(('alpha', 'beta'))}"
        match number % 3:
            case 0:  # switched its model: the session's row knows only the last one
                calls = [dice.call(session, project, model) for model in MODELS]
                for call in calls:
                    add_model_row(db, call)
                    truth.add(call)
                add_session(db, total(calls, MODELS[1]), parent=parent)
            case 1:  # went on over midnight
                days = [dice.call(session, project, MODELS[0]) for _ in range(2)]
                dice.at += 86_400
                days[1] = dice.call(session, project, MODELS[0])
                whole = total(days, MODELS[0])
                add_model_row(db, whole)
                add_session(db, whole, parent=parent)
                for call in days:
                    add_day(db, call)
                    truth.add(call)
            case _:  # a gateway writes totals and no rows by model
                call = truth.add(dice.call(session, project, MODELS[0]))
                add_session(db, call, parent=parent)
        task = dice.call(session, project, "title-model", usd="0.000125")
        add_model_row(db, task, task="title_generation")
        truth.add(task)
        parent = session  # compression goes on in a child session
    db.close()
    other = open_db(home, SESSIONS, BY_MODEL, BY_DAY, profile="work")
    add_session(other, truth.add(dice.call(dice.uuid(), "/home/dev/work", MODELS[0])))
    other.close()
    return truth
