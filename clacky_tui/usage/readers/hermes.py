"""Hermes: sums per session, model and task in ``state.db`` (spec/usage-sources.md 3.8)."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count, to_pico
from clacky_tui.usage.instants import instant
from clacky_tui.usage.reader import Carry, Found, Machine, Reader, Reading, Source, Status
from clacky_tui.usage.readers.database import beside, columns_of, opened
from clacky_tui.usage.readers.files import text_of

_COUNTERS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)
_Row = dict[str, Any]


class HermesReader(Reader):
    """Rows that are written over as a session goes on; the whole database is read when it changed."""

    agent: ClassVar[str] = "hermes"
    title: ClassVar[str] = "Hermes"
    strategy: ClassVar[str] = "its sums per session, model and task, spread over its days"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (machine.folder("HERMES_HOME", ".hermes"),)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            for path in (place / "state.db", *sorted(place.glob("profiles/*/state.db"))):
                if path.is_file():
                    yield Source(path, "database", can_grow=False, companions=beside(path))

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading()
        with opened(source.path) as db:
            sessions = {row["id"]: row for row in _rows(db, "sessions")}
            by_session: dict[str, list[_Row]] = defaultdict(list)
            for row in _rows(db, "session_model_usage"):
                by_session[row["session_id"]].append(row)
            days: dict[str, list[_Row]] = defaultdict(list)
            for row in _rows(db, "session_daily_usage"):
                days[row["session_id"]].append(row)
        for identity, session in sessions.items():
            for row in _with_rest(session, by_session.get(identity, [])):
                reading.entries += _entries(session, row, days.get(identity, []))
        return reading

    def coverage(self, found: Found) -> tuple[Status, str]:
        return "supported", "sums per session and day, not single requests" if found.sources else ""


def _rows(db: sqlite3.Connection, table: str) -> list[_Row]:
    """Every row; older databases lack a table or some of its columns."""
    if not columns_of(db, table):
        return []
    return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]


def _with_rest(session: _Row, rows: list[_Row]) -> list[_Row]:
    """The rows per model, and what the session counts beyond them: gateways write only totals.

    Rows of a task (titles, compression) are not in the session's own counters.
    """
    main = [row for row in rows if not row.get("task")]
    rest: _Row = {
        name: max(0, _number(session, name) - sum(_number(row, name) for row in main))
        for name in (*_COUNTERS, "api_call_count")
    }
    if not any(rest[name] for name in _COUNTERS):
        return rows
    costs = {} if main else session
    rest |= {
        name: costs.get(name)
        for name in ("actual_cost_usd", "estimated_cost_usd", "cost_status", "billing_mode")
    }
    rest |= {"model": session.get("model"), "task": "", "rest": True}
    rest["billing_provider"] = session.get("billing_provider")
    return [*rows, rest]


def _entries(session: _Row, row: _Row, days: list[_Row]) -> list[UsageEntry]:
    """The row as it is, or its share of each day where the days are known and add up to it."""
    main = not row.get("task")
    whole = {name: _number(row, name) for name in _COUNTERS}
    if main and days and all(sum(_number(day, n) for day in days) == whole[n] for n in _COUNTERS):
        return [
            _entry(session, row, {name: _number(day, name) for name in _COUNTERS}, day=day)
            for day in days
        ]
    return [_entry(session, row, whole, day=None)]


def _entry(session: _Row, row: _Row, counters: dict[str, int], *, day: _Row | None) -> UsageEntry:
    identity = str(session["id"])
    at = _noon(day.get("day")) if day is not None else None
    if at is None:
        at = next(filter(None, map(instant, _times(session, row))), 0.0)
    output = counters["output_tokens"]
    figures = row if day is None else day
    cost = _cost(row, figures)
    return UsageEntry(
        session=identity,
        at=at,
        model=text_of(row.get("model")),
        key="|".join(
            str(part)
            for part in (
                identity,
                row.get("model"),
                row.get("billing_provider"),
                row.get("billing_base_url"),
                row.get("billing_mode"),
                row.get("task"),
                row.get("rest"),
                day and day.get("day"),
            )
        ),
        provider=text_of(row.get("billing_provider")),
        project=text_of(session.get("cwd")),
        parent_session=text_of(session.get("parent_session_id")),
        task=text_of(row.get("task")),
        input=counters["input_tokens"],
        cache_read=counters["cache_read_tokens"],
        cache_write_untimed=counters["cache_write_tokens"],
        output=output,
        reasoning=min(output, counters["reasoning_tokens"]),
        requests=_number(figures, "api_call_count"),
        recorded_pico=cost,
        included=row.get("cost_status") == "included",
        precision="session" if day is None else "day",
        confidence="aggregate",
    )


def _times(session: _Row, row: _Row) -> tuple[object, ...]:
    return row.get("first_seen"), session.get("started_at"), session.get("ended_at")


def _cost(row: _Row, figures: _Row) -> int | None:
    """The actual cost, else Hermes' own estimate where it stands by it; zero means not priced."""
    actual = to_pico(figures.get("actual_cost_usd"))
    if actual:
        return actual
    if row.get("cost_status") in ("estimated", "actual"):
        return to_pico(figures.get("estimated_cost_usd")) or None
    return None


def _number(row: _Row, name: str) -> int:
    return count(row.get(name)) or 0


def _noon(day: object) -> float | None:
    """The middle of a local day, as near as its sums can be placed."""
    try:
        return datetime.fromisoformat(f"{day}T12:00:00").astimezone().timestamp()
    except (ValueError, OverflowError):
        return None
