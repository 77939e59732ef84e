"""Five-hour windows, in which Claude's subscriptions are metered (spec/usage-sources.md 3.1).

A block begins with the hour (UTC) of its first request and is over after five hours, or when nothing
was asked for five hours; between blocks lie gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from clacky_tui.usage.entry import to_usd
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.records import select_records
from clacky_tui.usage.report import Query
from clacky_tui.usage.schema import ESTIMATED, RECORDED

WINDOW = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Request:
    """What a block is made of. Tokens are whole classes; the cost is in 10**-12 USD, None unknown."""

    at: datetime
    model: str | None
    input: int
    output: int
    cache_write: int
    cache_read: int
    cost_pico: int | None
    is_counted: bool = True
    """False where a history tells of no tokens at all."""


@dataclass(frozen=True, slots=True)
class BurnRate:
    """How fast a block is used up, over the time from its first to its last request."""

    tokens_per_minute: float
    tokens_per_minute_uncached: float
    """Input at full price and output only."""
    usd_per_hour: Decimal | None
    """None where nothing has a price."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What a block comes to if it goes on as it did."""

    total_tokens: int
    cost: Decimal | None
    remaining_minutes: int


@dataclass(slots=True)
class Block:
    """One window, or a gap between two; times are in UTC."""

    start: datetime
    end: datetime
    is_gap: bool = False
    is_active: bool = False
    last: datetime | None = None
    """The time of its last request."""
    first: datetime | None = None
    requests: int = 0
    unpriced_requests: int = 0
    uncounted_requests: int = 0
    """Of `requests`, those whose tokens are not known."""
    input: int = 0
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0
    cost_pico: int = 0
    models: dict[str, None] = field(default_factory=dict)
    """In the order they came."""

    @property
    def cost(self) -> Decimal | None:
        """USD of what has a price; None where nothing has."""
        if self.requests and self.unpriced_requests == self.requests:
            return None
        return to_usd(self.cost_pico)

    @property
    def total_tokens(self) -> int:
        return self.input + self.output + self.cache_write + self.cache_read

    @property
    def burn_rate(self) -> BurnRate | None:
        """None for a gap and for a block with no time between its requests."""
        if self.first is None or self.last is None or self.last <= self.first:
            return None
        minutes = (self.last - self.first).total_seconds() / 60
        hours = Decimal(str(minutes)) / 60
        return BurnRate(
            tokens_per_minute=self.total_tokens / minutes,
            tokens_per_minute_uncached=(self.input + self.output) / minutes,
            usd_per_hour=None if self.cost is None else self.cost / hours,
        )

    def projection(self, now: datetime) -> Projection | None:
        """None for a block that is over, and where no rate is known."""
        rate = self.burn_rate
        if not self.is_active or rate is None:
            return None
        remaining = max(0.0, (self.end - now).total_seconds() / 60)
        cost = None
        if self.cost is not None and rate.usd_per_hour is not None:
            more = rate.usd_per_hour * Decimal(str(remaining)) / 60
            cost = (self.cost + more).quantize(Decimal("0.01"))
        return Projection(
            total_tokens=round(self.total_tokens + rate.tokens_per_minute * remaining),
            cost=cost,
            remaining_minutes=round(remaining),
        )

    def add(self, request: Request) -> None:
        self.first = self.first or request.at
        self.last = request.at
        self.requests += 1
        self.input += request.input
        self.output += request.output
        self.cache_write += request.cache_write
        self.cache_read += request.cache_read
        self.uncounted_requests += not request.is_counted
        if request.cost_pico is None:
            self.unpriced_requests += 1
        else:
            self.cost_pico += request.cost_pico
        if request.model is not None:
            self.models[request.model] = None


def make_blocks(
    requests: Iterable[Request], now: datetime, window: timedelta = WINDOW
) -> list[Block]:
    """Part `requests`, oldest first, into blocks and gaps.

    Args:
        requests: in the order of their times (aware).
        now: aware; decides which block is active.
        window: how long a block lasts.
    """
    blocks: list[Block] = []
    current: Block | None = None
    for request in requests:
        if current is not None and current.last is not None:
            if request.at - current.last > window:
                blocks.append(Block(current.last + window, request.at, is_gap=True))
                current = None
            elif request.at - current.start > window:
                current = None
        if current is None:
            start = request.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            current = Block(start, start + window)
            blocks.append(current)
        current.add(request)
    if current is not None and current.last is not None:
        current.is_active = now - current.last < window and now < current.end
    return blocks


def active_block(blocks: Sequence[Block]) -> Block | None:
    """The block that time now runs in."""
    return next((block for block in reversed(blocks) if block.is_active), None)


def read_requests(index: UsageIndex, query: Query) -> Iterable[Request]:
    """The requests of `query` out of the index, oldest first. Blocks on the disk."""
    columns = (
        "hourly.at, model.text, coalesce(hourly.input, 0), coalesce(hourly.output, 0),"
        " coalesce(cache_write_5m, 0) + coalesce(cache_write_1h, 0) + coalesce(cache_write_untimed, 0),"
        f" coalesce(hourly.cache_read, 0), CASE hourly.kind WHEN {RECORDED} THEN recorded"
        f" WHEN {ESTIMATED} THEN estimated END,"
        " coalesce(hourly.input, hourly.output) IS NOT NULL"
    )
    for row in select_records(index, query, columns, "ORDER BY hourly.at, hourly.id"):
        yield Request(datetime.fromtimestamp(row[0] / 1000, UTC), *row[1:])
