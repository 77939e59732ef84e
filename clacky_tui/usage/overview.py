"""Everything a page about one stretch of time says, read from the index at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

from clacky_tui.billing.summary import local_midnight
from clacky_tui.usage.entry import UsageEntry, to_usd
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.pricing import Pricer
from clacky_tui.usage.report import By, Query, ReportRow, Sums, heat_map, make_report, top_rows
from clacky_tui.usage.stretch import Period, Stretch, next_start, stretch_of

TABLES = (By.MODEL, By.AGENT, By.PROVIDER, By.PROJECT, By.SESSION)
"""What the tables of a page are by."""
MOST_ROWS = 200
"""Of a table; what is left out is summed up in its last line."""

Name = str | None
"""None is not known."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What one hour, day or month came to. `start` is its first instant, local time."""

    start: datetime
    sums: Sums
    by_model: Mapping[Name, Sums]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table."""

    name: Name
    sums: Sums


@dataclass(frozen=True, slots=True)
class Table:
    """The first `MOST_ROWS` rows in their order; `left_out` others are not in it."""

    by: By
    rows: tuple[TableRow, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Saving:
    """What the cache saved at list prices, in USD, and what all would have cost without it."""

    saved: Decimal
    full_price: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """The running month: USD spent so far, over how many of its days."""

    spent: Decimal
    days_so_far: int
    days: int

    @property
    def per_day(self) -> Decimal:
        return self.spent / self.days_so_far

    @property
    def projected(self) -> Decimal:
        """What the month comes to if it goes on so."""
        return self.per_day * self.days


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of a stretch. `bars` are oldest first, empty ones too, up to the present."""

    stretch: Stretch
    totals: Sums
    before: Sums | None
    """Of the stretch that `before_stretch` names."""
    before_stretch: Stretch | None
    saving: Saving | None
    """None where no price is known."""
    bars: tuple[Bar, ...]
    tables: Mapping[By, Table]
    """Those that follow from the same rows: by model and by provider."""
    heat: Mapping[tuple[int, int], tuple[int, int]]
    """Cost in 10**-12 USD and requests by weekday (0 is Monday) and hour; empty ones left out."""
    outlook: Outlook | None
    """None when the stretch does not hold the present, or nothing in the month has a price."""
    caveats: Mapping[str, int] = field(default_factory=dict)


def read_overview(
    index: UsageIndex,
    stretch: Stretch,
    *,
    agents: frozenset[str],
    order: str,
    now: datetime,
    pricer: Pricer,
) -> Overview:
    """Read what there is of `stretch`. Blocks on the disk; call it from a thread.

    Args:
        index: where it is read.
        stretch: which days.
        agents: whose; empty for all.
        order: what the tables are sorted by, a key of `report.ORDERS`.
        now: aware; decides what has not happened yet.
        pricer: list prices, for what the cache saved.
    """
    today = now.astimezone().date()
    query = query_of(stretch, agents)
    unit = stretch.unit
    report = make_report(index, _by(query, unit, By.MODEL, By.PROVIDER))
    previous = stretch.before(today)
    return Overview(
        stretch=stretch,
        totals=report.totals,
        before=None if previous is None else _totals(index, agents, previous),
        before_stretch=previous,
        saving=_saving(report.rows, stretch.first or today, pricer),
        bars=_bars(report.rows, stretch, unit, today),
        tables={
            By.MODEL: _table(By.MODEL, ((row.key[1], row.sums) for row in report.rows), order),
            By.PROVIDER: _table(
                By.PROVIDER, ((row.key[2], row.sums) for row in report.rows), order
            ),
        },
        heat=heat_map(index, query),
        outlook=_outlook(index, agents, stretch, report.totals, today),
        caveats=_caveats(index, agents),
    )


def read_table(
    index: UsageIndex, stretch: Stretch, agents: frozenset[str], by: By, order: str
) -> Table:
    """What `stretch` came to, by one of `TABLES`, in the order of `order`. Blocks on the disk."""
    found, number = top_rows(index, _by(query_of(stretch, agents), by), order, MOST_ROWS)
    rows = tuple(TableRow(_name(row.key[0]), row.sums) for row in found)
    return Table(by, rows, number - len(rows))


def query_of(stretch: Stretch, agents: frozenset[str]) -> Query:
    """What lets through the records of `stretch`.

    All time has no end: what comes from the future, of a clock that was wrong, is part of it.
    """
    until = None if stretch.first is None else stretch.last
    return Query(agents=agents, since=stretch.first, until=until)


_ORDERS: Mapping[str, Callable[[Sums], int | Decimal | None]] = {
    "cost": lambda sums: sums.cost,
    "requests": lambda sums: sums.requests,
    "input": lambda sums: sums.input_tokens,
    "output": lambda sums: sums.tokens["output"],
}
"""The orders of `report.ORDERS`."""


def _table(by: By, parts: Iterable[tuple[object, Sums]], order: str) -> Table:
    grouped: dict[Name, Sums] = defaultdict(Sums)
    for part, sums in parts:
        grouped[_name(part)].add(sums)
    measure = _ORDERS[order]
    rows = [TableRow(name, sums) for name, sums in grouped.items()]
    rows.sort(
        key=lambda row: (
            measure(row.sums) is None,
            -(measure(row.sums) or 0),
            -row.sums.requests,
            row.name or "",
        )
    )
    return Table(by, tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _by(query: Query, *by: By) -> Query:
    return Query(by=by, agents=query.agents, since=query.since, until=query.until)


def _name(part: object) -> Name:
    return None if part is None else str(part)


def _totals(index: UsageIndex, agents: frozenset[str], stretch: Stretch) -> Sums:
    return make_report(index, Query(agents=agents, since=stretch.first, until=stretch.last)).totals


def _bars(rows: Sequence[ReportRow], stretch: Stretch, unit: By, today: date) -> tuple[Bar, ...]:
    grouped: dict[object, dict[Name, Sums]] = defaultdict(lambda: defaultdict(Sums))
    for row in rows:
        grouped[row.key[0]][_name(row.key[1])].add(row.sums)
    if unit is By.HOUR:
        day = stretch.first or today
        starts = (datetime.combine(day, time(hour)).astimezone() for hour in range(24))
        # Where clocks jump forward, an hour of the day does not exist.
        hours = (start for hour, start in enumerate(starts) if start.hour == hour)
        return tuple(_bar(start, grouped.get(start.hour, {})) for start in hours)
    days = [key for key in grouped if isinstance(key, date)]
    start = stretch.first or min(days, default=today)
    if unit is By.MONTH:
        start = start.replace(day=1)
    last = max([min(stretch.last, today), *days])
    bars = []
    while start <= last:
        bars.append(_bar(local_midnight(start), grouped.get(start, {})))
        start = next_start(start, unit)
    return tuple(bars)


def _bar(start: datetime, by_model: Mapping[Name, Sums]) -> Bar:
    total = Sums()
    for sums in by_model.values():
        total.add(sums)
    dearest = sorted(by_model.items(), key=lambda item: (-(item[1].cost or 0), str(item[0])))
    return Bar(start, total, dict(dearest))


def _saving(rows: Iterable[ReportRow], day: date, pricer: Pricer) -> Saving | None:
    """At the base prices in the middle of each month; what subscriptions paid for saved nobody money."""
    merged: dict[tuple[date, Name, Name], Sums] = defaultdict(Sums)
    for row in rows:
        unit, model, provider = row.key
        if row.sums.has_priced:
            month = (unit if isinstance(unit, date) else day).replace(day=15)
            merged[month, _name(model), _name(provider)].add(row.sums)
    saved = full = 0
    known = False
    for (month, model, provider), sums in merged.items():
        at = datetime.combine(month, time(12), UTC).timestamp()
        paid = pricer.estimate(_entry(sums, model, provider, at, cached=True))
        uncached = pricer.estimate(_entry(sums, model, provider, at, cached=False))
        if paid is not None and uncached is not None:
            known = True
            saved += uncached - paid
            full += uncached
    if not known:
        return None
    return Saving(to_usd(saved) or Decimal(0), to_usd(full) or Decimal(0))


def _entry(sums: Sums, model: Name, provider: Name, at: float, *, cached: bool) -> UsageEntry:
    entry = UsageEntry("", at, model, "", provider, confidence="aggregate")
    entry.output = sums.tokens["output"]
    if not cached:
        entry.input = sums.input_tokens
        return entry
    entry.input = sums.tokens["input"]
    entry.cache_read = sums.tokens["cache_read"]
    entry.cache_write_5m = sums.tokens["cache_write_5m"]
    entry.cache_write_1h = sums.tokens["cache_write_1h"]
    entry.cache_write_untimed = sums.tokens["cache_write_untimed"]
    return entry


def _outlook(
    index: UsageIndex, agents: frozenset[str], stretch: Stretch, totals: Sums, today: date
) -> Outlook | None:
    if stretch.last < today or (stretch.first or today) > today:
        return None
    month = stretch_of(Period.MONTH, today)
    spent = (totals if stretch == month else _totals(index, agents, month)).cost
    return None if spent is None else Outlook(spent, today.day, month.days)


def _caveats(index: UsageIndex, agents: frozenset[str]) -> Mapping[str, int]:
    total: dict[str, int] = defaultdict(int)
    for agent in sorted(agents):
        for caveat, times in index.caveats(agent).items():
            total[caveat] += times
    return total
