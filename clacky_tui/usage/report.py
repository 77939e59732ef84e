"""Sums over the index: by agent, model, day and so on, within a range and a time zone.

A report reads the index and never a history. Sums leave out what is not known and say how often
that was; a cost is None where nothing in it has a price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any

from clacky_tui.usage.entry import to_usd
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.schema import CLASSES, ESTIMATED, INCLUDED, NAMES, RECORDED, UNKNOWN

_EPOCH = date(1970, 1, 1)


class By(StrEnum):
    """What rows can be told apart by."""

    AGENT = "agent"
    MODEL = "model"
    DAY = "day"
    WEEK = "week"
    """Named after its Monday."""
    MONTH = "month"
    HOUR = "hour"
    """Of the day, 0 to 23."""
    WEEKDAY = "weekday"
    """0 is Monday."""
    PROJECT = "project"
    SESSION = "session"
    PROTOCOL = "protocol"
    PROVIDER = "provider"


_TIMES = frozenset({By.DAY, By.WEEK, By.MONTH})
_SQL = {
    By.AGENT: "source.agent",
    By.MODEL: "model.text",
    By.HOUR: "hourly.hour % 24",
    By.WEEKDAY: "(hourly.hour / 24 + 3) % 7",
    By.PROJECT: "project.text",
    By.SESSION: "session.text",
    By.PROTOCOL: "protocol.text",
    By.PROVIDER: "provider.text",
}
_DAY_SQL = "hourly.hour / 24"
_MONDAY_HOURS = 3 * 24
"""The epoch began so many hours after a Monday did."""
_MONTH_SQL = (
    "CAST(strftime('%s', hourly.hour * 3600, 'unixepoch', 'start of month') AS INTEGER) / 86400"
)
"""The first day of the month: fewer rows for what asks for nothing finer."""

TOLD_UNKNOWN = ("input", "cache_read", "output")
"""Classes of which it is said how often they are not known; many providers have no cache writes."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to sum. Empty filters let everything through; days are local and inclusive."""

    by: tuple[By, ...] = ()
    agents: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()
    without_kinds: frozenset[str] = frozenset()
    """`Source.kind`s whose files do not count."""
    since: date | None = None
    until: date | None = None
    zone: tzinfo | None = None
    """None is the zone of the index."""


@dataclass(slots=True)
class Sums:
    """What a set of entries came to. Costs are in 10**-12 USD."""

    entries: int = 0
    requests: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    unknown: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    """Requests whose count of a class is not known."""
    counted: set[str] = field(default_factory=set)
    """Classes that are known of at least one entry."""
    recorded_pico: int = 0
    estimated_pico: int = 0
    """List prices of what no history priced; not of what is recorded or included."""
    included_pico: int = 0
    """What subscriptions paid for, at list prices; not spent."""
    priced_requests: int = 0
    included_requests: int = 0
    unpriced_requests: int = 0
    unpriced_tokens: int = 0
    credits: float = 0.0
    lower_bound_requests: int = 0
    first_at: int | None = None
    """Milliseconds since the epoch."""
    last_at: int | None = None
    has_priced: bool = False

    @property
    def cost(self) -> Decimal | None:
        """USD, recorded and estimated; None when there are entries and none of them is priced."""
        if self.entries and not self.has_priced:
            return None
        return to_usd(self.recorded_pico + self.estimated_pico)

    @property
    def included_cost(self) -> Decimal | None:
        """USD that what subscriptions paid for would have cost at list prices, as far as known."""
        return to_usd(self.included_pico)

    def known(self, name: str) -> int | None:
        """Tokens of a class; None where they are known of no request."""
        return self.tokens[name] if name in self.counted or not self.entries else None

    @property
    def known_requests(self) -> int | None:
        """`requests`; None where no history tells how many there were."""
        return self.requests if self.requests or not self.entries else None

    @property
    def known_cache_write(self) -> int | None:
        """Like `known`, for all lifetimes together."""
        found = [tokens for name in CLASSES[2:5] if (tokens := self.known(name)) is not None]
        return sum(found) if found else None

    @property
    def known_total(self) -> int | None:
        """Input of every class plus output; None where nothing of it is known."""
        is_known = any(self.known(name) is not None for name in CLASSES[:6])
        return self.total_tokens if is_known else None

    @property
    def input_tokens(self) -> int:
        """Everything the models were given: at full price, read from caches, written to them."""
        return sum(self.tokens[name] for name in CLASSES[:5])

    @property
    def cache_write_tokens(self) -> int:
        return sum(self.tokens[name] for name in CLASSES[2:5])

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.tokens["output"]

    @property
    def cache_hit_rate(self) -> float | None:
        """Share of the input that was read from a cache, 0 to 1; None without input."""
        given = self.input_tokens
        return self.tokens["cache_read"] / given if given else None

    def add(self, other: Sums) -> None:
        """Take `other` in."""
        for name in (
            "entries",
            "requests",
            "recorded_pico",
            "estimated_pico",
            "included_pico",
            "priced_requests",
            "included_requests",
            "unpriced_requests",
            "unpriced_tokens",
            "credits",
            "lower_bound_requests",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in CLASSES:
            self.tokens[name] += other.tokens[name]
            self.unknown[name] += other.unknown[name]
        self.counted |= other.counted
        self.has_priced |= other.has_priced
        self.first_at = _least(min, self.first_at, other.first_at)
        self.last_at = _least(max, self.last_at, other.last_at)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of a report: values of the query's `by`, in its order; None is not known."""

    key: tuple[str | int | date | None, ...]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Report:
    """Rows in the order of their keys, and what they come to."""

    query: Query
    rows: tuple[ReportRow, ...]
    totals: Sums


def make_report(index: UsageIndex, query: Query) -> Report:
    """Sum the index up. Blocks on the disk for some milliseconds; call it from a thread."""
    timed = any(by in _TIMES for by in query.by)
    columns = [_SQL[by] for by in query.by if by not in _TIMES]
    if timed:
        columns.append(_MONTH_SQL if _TIMES.intersection(query.by) == {By.MONTH} else _DAY_SQL)
    sql, values = _select(index, query, columns)
    rows: dict[tuple[Any, ...], Sums] = {}
    totals = Sums()
    for found in index.connection.execute(sql, values):
        parts, figures = found[: len(columns)], found[len(columns) :]
        key = _key(query.by, parts, timed=timed)
        sums = _sums(figures)
        totals.add(sums)
        if key in rows:
            rows[key].add(sums)
        else:
            rows[key] = sums
    ordered = sorted(rows, key=lambda key: tuple((part is None, str(part)) for part in key))
    return Report(query, tuple(ReportRow(key, rows[key]) for key in ordered), totals)


_COST_SQL = f"""sum(CASE hourly.kind WHEN {RECORDED} THEN hourly.recorded
    WHEN {ESTIMATED} THEN hourly.estimated END)"""
ORDERS = {
    "cost": _COST_SQL,
    "requests": "sum(hourly.requests)",
    "input": "sum(" + " + ".join(f"coalesce(hourly.{name}, 0)" for name in CLASSES[:5]) + ")",
    "output": "sum(hourly.output)",
}
"""What rows can be sorted by, the most first and what is not known last."""


def top_rows(
    index: UsageIndex, query: Query, order: str, limit: int
) -> tuple[tuple[ReportRow, ...], int]:
    """The first `limit` rows in an order of `ORDERS`, and how many there are in all.

    Blocks on the disk. The query is by anything but times.
    """
    columns = [_SQL[by] for by in query.by]
    sql, values = _select(index, query, columns)
    found = index.connection.execute(
        f"{sql} ORDER BY {ORDERS[order]} DESC NULLS LAST, {ORDERS['requests']} DESC, 1 LIMIT ?",
        (*values, limit),
    )
    rows = tuple(ReportRow(row[: len(columns)], _sums(row[len(columns) :])) for row in found)
    if len(rows) < limit:
        return rows, len(rows)
    used = [name for name in NAMES if f"{name}.text" in columns]
    source, values = from_and_where(query, "hourly", used)
    (number,) = index.connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(columns)} {source})", values
    ).fetchone()
    return rows, number


def heat_map(index: UsageIndex, query: Query) -> dict[tuple[int, int], tuple[int, int]]:
    """Cost in 10**-12 USD and requests by weekday (0 is Monday) and hour of the day.

    Blocks on the disk. Hours without a request are left out.
    """
    source, values = from_and_where(query, "hourly", ())
    # One number to group by is a third faster than two.
    hour_of_week = f"(hourly.hour + {_MONDAY_HOURS}) % {7 * 24}"
    found = index.connection.execute(
        f"SELECT {hour_of_week}, coalesce({_COST_SQL}, 0), sum(hourly.requests) {source} GROUP BY 1",
        values,
    )
    return {divmod(hour, 24): (cost, requests) for hour, cost, requests in found}


def unpriced_models(index: UsageIndex, query: Query) -> Mapping[str | None, int]:
    """Requests to models without a price, by model; None is an unknown model."""
    sql, values = _select(index, query, ["model.text"])
    unpriced = (
        (row[0], _sums(row[1:]).unpriced_requests) for row in index.connection.execute(sql, values)
    )
    return {model: requests for model, requests in unpriced if requests}


_FIGURES = (
    "sum(hourly.entries)",
    "sum(hourly.requests)",
    *(f"sum(hourly.{name})" for name in CLASSES),
    *(f"sum(hourly.unknown_{name})" for name in CLASSES),
    f"sum(CASE WHEN hourly.kind = {RECORDED} THEN hourly.recorded END)",
    f"sum(CASE WHEN hourly.kind = {ESTIMATED} THEN hourly.estimated END)",
    f"sum(CASE WHEN hourly.kind = {INCLUDED} THEN hourly.estimated END)",
    f"sum(CASE WHEN hourly.kind IN ({RECORDED}, {ESTIMATED}) THEN hourly.requests ELSE 0 END)",
    f"sum(CASE WHEN hourly.kind = {INCLUDED} THEN hourly.requests ELSE 0 END)",
    f"sum(CASE WHEN hourly.kind = {UNKNOWN} THEN hourly.requests ELSE 0 END)",
    f"sum(CASE WHEN hourly.kind = {UNKNOWN} THEN "
    + " + ".join(f"coalesce(hourly.{name}, 0)" for name in CLASSES[:6])
    + " ELSE 0 END)",
    "sum(hourly.credits)",
    "sum(CASE WHEN hourly.confidence = 'lower-bound' THEN hourly.requests ELSE 0 END)",
    "min(hourly.first_at)",
    "max(hourly.last_at)",
    f"max(hourly.kind IN ({RECORDED}, {ESTIMATED}))",
)


def _select(index: UsageIndex, query: Query, columns: list[str]) -> tuple[str, list[str | int]]:
    table = "hourly" if query.zone is None else f"({index.hourly_sql(query.zone)})"
    used = [name for name in NAMES if f"{name}.text" in columns]
    source, values = from_and_where(query, table, used)
    group = f" GROUP BY {', '.join(map(str, range(1, len(columns) + 1)))}" if columns else ""
    return f"SELECT {', '.join([*columns, *_FIGURES])} {source}{group}", values


def from_and_where(
    query: Query, table: str, names: Iterable[str] = NAMES
) -> tuple[str, list[str | int]]:
    """What selects the rows of `query` from `table`, called ``hourly``, with the names beside it.

    Args:
        query: its filters; `by` and `zone` are the caller's.
        table: the table `hourly`, or a select in brackets that has its `hour`, `source` and names.
        names: those of its names that are read, the filtered ones aside; each takes its time.
    """
    values: list[str | int] = []
    joined = set(names)
    conditions = ["1"]
    for column, wanted in (
        ("source.agent", query.agents),
        ("model.text", query.models),
        ("project.text", query.projects),
        ("session.text", query.sessions),
    ):
        if wanted:
            joined.add(column.removesuffix(".text"))
            conditions.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += sorted(wanted)
    if query.without_kinds:
        conditions.append(f"source.kind NOT IN ({', '.join('?' * len(query.without_kinds))})")
        values += sorted(query.without_kinds)
    joins = [
        f"LEFT JOIN name AS {name} ON {name}.id = hourly.{name}" for name in NAMES if name in joined
    ]
    if query.since is not None:
        conditions.append("hourly.hour >= ?")
        values.append((query.since - _EPOCH).days * 24)
    if query.until is not None:
        conditions.append("hourly.hour < ?")
        values.append(((query.until - _EPOCH).days + 1) * 24)
    # Of few hours SQLite would still read all of a source; told to begin with them it takes a fiftieth.
    by_hour = table == "hourly" and (query.since is not None or query.until is not None)
    join = "CROSS JOIN" if by_hour else "JOIN"
    sql = (
        f"FROM {table} AS hourly {join} source ON source.id = hourly.source {' '.join(joins)}"
        f" WHERE {' AND '.join(conditions)}"
    )
    return sql, values


def _key(by: Iterable[By], parts: tuple[Any, ...], *, timed: bool) -> tuple[Any, ...]:
    day = _EPOCH + timedelta(days=parts[-1]) if timed else _EPOCH
    others = iter(parts)
    return tuple(_TIME_OF[each](day) if each in _TIMES else next(others) for each in by)


_TIME_OF: Mapping[By, Callable[[date], date]] = {
    By.DAY: lambda day: day,
    By.WEEK: lambda day: day - timedelta(days=day.weekday()),
    By.MONTH: lambda day: day.replace(day=1),
}


def _sums(figures: tuple[Any, ...]) -> Sums:
    many = len(CLASSES)
    if not figures[0]:
        return Sums()
    tokens, unknown = figures[2 : 2 + many], figures[2 + many : 2 + 2 * many]
    rest = figures[2 + 2 * many :]
    return Sums(
        entries=figures[0],
        requests=figures[1],
        tokens={name: value or 0 for name, value in zip(CLASSES, tokens, strict=True)},
        unknown=dict(zip(CLASSES, unknown, strict=True)),
        counted={name for name, value in zip(CLASSES, tokens, strict=True) if value is not None},
        recorded_pico=rest[0] or 0,
        estimated_pico=rest[1] or 0,
        included_pico=rest[2] or 0,
        priced_requests=rest[3],
        included_requests=rest[4],
        unpriced_requests=rest[5],
        unpriced_tokens=rest[6],
        credits=rest[7] or 0.0,
        lower_bound_requests=rest[8],
        first_at=rest[9],
        last_at=rest[10],
        has_priced=bool(rest[11]),
    )


def _least(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
