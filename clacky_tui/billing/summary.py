"""What the ledger adds up to over a period: totals, by model, by hour, day and month.

Days are those of the machine's time zone. Every sum is exact; a cost is None where requests were
made and none of them has a price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from clacky_tui.billing.ledger import LedgerRead
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.money import exact_sum
from clacky_tui.domain.usage import Usage

_Key = TypeVar("_Key", date, int)


class Period(StrEnum):
    """The calendar period that `now` lies in."""

    DAY = "day"
    WEEK = "week"
    """Since Monday."""
    MONTH = "month"
    YEAR = "year"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a set of requests came to.

    `cost` is in USD over the priced requests: None when there are requests and none is priced.
    """

    usage: Usage
    cost: Decimal | None
    requests: int
    unpriced_requests: int


@dataclass(frozen=True, slots=True)
class Span:
    """What one hour, day or month came to. `start` is its first instant, local time."""

    start: datetime
    totals: Totals
    by_model: tuple[tuple[str, Totals], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The ledger over one period, from `start` (None for all time) to `end`.

    `by_model` is dearest first, unknown cost last. `by_day` holds every day, oldest first, empty ones
    too; `bars` is what a chart shows: hours of a day, days of a week or month, else months.
    """

    period: Period
    start: datetime | None
    end: datetime
    totals: Totals
    by_model: tuple[tuple[str, Totals], ...]
    by_day: tuple[Span, ...]
    bars: tuple[Span, ...]
    skipped_lines: int
    unreadable: tuple[Path, ...]

    @property
    def total_cost(self) -> Decimal:
        """USD over the requests that have a price."""
        return self.totals.cost or Decimal(0)

    def to_json_dict(self, daily: Sequence[Span] | None = None) -> dict[str, Any]:
        """The keys of spec/agent-core.md 6.4; costs are Decimal, unknown ones None.

        Args:
            daily: the days under ``daily``, oldest first; None takes those of the period.
        """
        usage = self.totals.usage
        return {
            "period": self.period.value,
            "from": self.start and self.start.isoformat(timespec="seconds"),
            "to": self.end.isoformat(timespec="seconds"),
            "total_cost": self.total_cost,
            **_token_keys(usage),
            "record_count": self.totals.requests,
            "unpriced_requests": self.totals.unpriced_requests,
            "skipped_lines": self.skipped_lines,
            "unreadable_files": [str(path) for path in self.unreadable],
            "by_model": {
                model: {
                    "cost": totals.cost,
                    "requests": totals.requests,
                    "unpriced_requests": totals.unpriced_requests,
                    **_token_keys(totals.usage),
                }
                for model, totals in self.by_model
            },
            "by_day": {_iso_day(day): day.totals.cost for day in self.by_day},
            "daily": [
                {
                    "date": _iso_day(day),
                    "cost": day.totals.cost,
                    "tokens": day.totals.usage.prompt_tokens + day.totals.usage.output_tokens,
                    "requests": day.totals.requests,
                    "unpriced_requests": day.totals.unpriced_requests,
                    **_token_keys(day.totals.usage),
                }
                for day in (self.by_day if daily is None else daily)
            ],
        }


def period_start(period: Period, now: datetime) -> datetime | None:
    """The first instant of the calendar `period` around `now`, local time; None for all time."""
    today = now.astimezone().date()
    match period:
        case Period.DAY:
            return local_midnight(today)
        case Period.WEEK:
            return local_midnight(today - timedelta(days=today.weekday()))
        case Period.MONTH:
            return local_midnight(today.replace(day=1))
        case Period.YEAR:
            return local_midnight(today.replace(month=1, day=1))
        case Period.ALL:
            return None


def local_midnight(day: date) -> datetime:
    """The first instant of `day` in the machine's zone, with the offset that holds then."""
    midnight = datetime.combine(day, time.min)
    start = midnight.astimezone()
    # Where clocks jump over midnight, the plain reading lands in the evening before.
    return start if start.date() == day else midnight.replace(fold=1).astimezone()


def summarize(read: LedgerRead, period: Period, now: datetime) -> Summary:
    """Add up the records of `read` that fall into `period`.

    A record from the future (a clock that was wrong) counts, on its own day.
    """
    start = period_start(period, now)
    records = [r for r in read.records if start is None or r.timestamp >= start]
    first_day = start.date() if start else min(map(_day_of, records), default=None)
    days = _days(records, first_day, now)
    return Summary(
        period=period,
        start=start,
        end=now.astimezone(),
        totals=_totals(records),
        by_model=_by_model(records),
        by_day=days,
        bars=_bars(period, records, days, now),
        skipped_lines=read.skipped_lines,
        unreadable=read.unreadable,
    )


def last_days(records: Iterable[UsageRecord], count: int, now: datetime) -> tuple[Span, ...]:
    """The `count` days that end today, oldest first, empty ones included."""
    first = now.astimezone().date() - timedelta(days=count - 1)
    recent = [record for record in records if _day_of(record) >= first]
    return _days(recent, first, now)[:count]


def _bars(
    period: Period, records: Sequence[UsageRecord], days: tuple[Span, ...], now: datetime
) -> tuple[Span, ...]:
    if period is Period.DAY:
        return _hours(records, now)
    return days if period in (Period.WEEK, Period.MONTH) else _months(days)


def _months(days: Iterable[Span]) -> tuple[Span, ...]:
    months: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for day in days:
        months[day.start.year, day.start.month].append(day)
    return tuple(_merged(spans) for spans in months.values())


def _merged(spans: Sequence[Span]) -> Span:
    by_model: dict[str, _Tally] = defaultdict(_Tally)
    total = _Tally()
    for span in spans:
        total.add_totals(span.totals)
        for model, totals in span.by_model:
            by_model[model].add_totals(totals)
    first = spans[0].start.date().replace(day=1)
    return Span(local_midnight(first), total.totals(), _dearest_first(by_model))


def _days(records: Sequence[UsageRecord], first: date | None, now: datetime) -> tuple[Span, ...]:
    today = now.astimezone().date()
    first = today if first is None else first
    grouped = _group(records, _day_of)
    last = max([today, *grouped])
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return tuple(_span(local_midnight(day), grouped.get(day, [])) for day in days)


def _hours(records: Sequence[UsageRecord], now: datetime) -> tuple[Span, ...]:
    today = now.astimezone().date()
    of_today = [record for record in records if _day_of(record) == today]
    grouped = _group(of_today, lambda record: record.timestamp.astimezone().hour)
    starts = (datetime.combine(today, time(hour)).astimezone() for hour in range(24))
    exist = (start for hour, start in enumerate(starts) if start.hour == hour)
    return tuple(_span(start, grouped.get(start.hour, [])) for start in exist)


def _day_of(record: UsageRecord) -> date:
    return record.timestamp.astimezone().date()


def _group(
    records: Iterable[UsageRecord], key: Callable[[UsageRecord], _Key]
) -> dict[_Key, list[UsageRecord]]:
    grouped: dict[_Key, list[UsageRecord]] = defaultdict(list)
    for record in records:
        grouped[key(record)].append(record)
    return grouped


def _span(start: datetime, records: Sequence[UsageRecord]) -> Span:
    return Span(start, _totals(records), _by_model(records))


def _totals(records: Iterable[UsageRecord]) -> Totals:
    tally = _Tally()
    for record in records:
        tally.add(record)
    return tally.totals()


def _by_model(records: Iterable[UsageRecord]) -> tuple[tuple[str, Totals], ...]:
    by_model: dict[str, _Tally] = defaultdict(_Tally)
    for record in records:
        by_model[record.model].add(record)
    return _dearest_first(by_model)


def _dearest_first(by_model: Mapping[str, _Tally]) -> tuple[tuple[str, Totals], ...]:
    rows = [(model, tally.totals()) for model, tally in by_model.items()]
    rows.sort(key=lambda row: (row[1].cost is None, -(row[1].cost or 0), row[0]))
    return tuple(rows)


class _Tally:
    """Totals in the making; plain integers, because a year holds many records."""

    def __init__(self) -> None:
        self._tokens = [0] * 6
        self._costs: list[Decimal] = []
        self._requests = 0
        self._unpriced_requests = 0

    def add(self, record: UsageRecord) -> None:
        self._add_usage(record.usage)
        if record.cost is not None:
            self._costs.append(record.cost)
        self._requests += 1
        self._unpriced_requests += record.cost is None

    def add_totals(self, totals: Totals) -> None:
        self._add_usage(totals.usage)
        if totals.cost is not None:
            self._costs.append(totals.cost)
        self._requests += totals.requests
        self._unpriced_requests += totals.unpriced_requests

    def totals(self) -> Totals:
        nothing_priced = self._requests > 0 and self._unpriced_requests == self._requests
        cost = None if nothing_priced else exact_sum(self._costs)
        return Totals(Usage(*self._tokens), cost, self._requests, self._unpriced_requests)

    def _add_usage(self, usage: Usage | None) -> None:
        if usage is None:
            return
        tokens = self._tokens
        tokens[0] += usage.input_tokens
        tokens[1] += usage.cache_read_tokens
        tokens[2] += usage.cache_creation_tokens
        tokens[3] += usage.cache_creation_1h_tokens
        tokens[4] += usage.output_tokens
        tokens[5] += usage.reasoning_tokens


def _iso_day(span: Span) -> str:
    return span.start.date().isoformat()


def _token_keys(usage: Usage) -> dict[str, int]:
    """`total_tokens` is prompt and completion: reads are inside the prompt, writes are not added."""
    return {
        "total_tokens": usage.prompt_tokens + usage.output_tokens,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_creation_tokens,
    }
