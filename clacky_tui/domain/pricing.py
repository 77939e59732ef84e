"""What a request costs: the price table, the names it answers to, and exact arithmetic on it.

The figures live in `pricing.csv` beside this file (USD per million tokens; spec/agent-core.md 5.1).
A model the table does not know has no price: None, never zero and never a guess.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import resources
from typing import Literal

from clacky_tui.domain.money import EXACT, exact_sum, is_plausible_cost
from clacky_tui.domain.usage import Usage

_OUR_SET = "octo-0.11.2"
_LATER_SET = "upstream-later"

_ONE_HOUR_WRITE_PER_INPUT = 2
"""Anthropic asks twice the input rate for a one-hour cache write (1.25 times for five minutes)."""


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens, by token class."""

    input: Decimal
    output: Decimal
    cache_write: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one model.

    A request whose input (uncached, read and written) exceeds `threshold_tokens` is priced at `over`
    as a whole. `source` names the table and the set the figures come from.
    """

    model: str
    base: Rates
    over: Rates
    threshold_tokens: int
    source: str

    def rates_for(self, usage: Usage) -> Rates:
        """The tier that decides the whole request."""
        return self.over if usage.total_input_tokens > self.threshold_tokens else self.base

    def cost(self, usage: Usage) -> Decimal:
        """Exact cost of one request in USD."""
        rates = self.rates_for(usage)
        short_lived_writes = usage.cache_creation_tokens - usage.cache_creation_1h_tokens
        parts = (
            (usage.input_tokens, rates.input),
            (usage.cache_read_tokens, rates.cache_read),
            (short_lived_writes, rates.cache_write),
            (usage.cache_creation_1h_tokens, rates.cache_write_1h),
            (usage.output_tokens, rates.output),
        )
        times_million = exact_sum(EXACT.multiply(tokens, rate) for tokens, rate in parts)
        return EXACT.scaleb(times_million, -6)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request came to: `amount` in USD or None, and where the figure is from.

    `estimated` is a table price on tokens that were partly estimated.
    """

    amount: Decimal | None
    source: Literal["api", "price", "estimated", "unknown"]
    price_source: str = ""


class _Tariff(Enum):
    """When a row of the table applies."""

    ALWAYS = ""
    FLAT = "flat until 2026-08-16T16:00Z"
    PEAK = "peak"
    OFF_PEAK = "off_peak"


_FLAT_UNTIL = datetime(2026, 8, 16, 16, tzinfo=UTC)
_BEIJING = timezone(timedelta(hours=8))
_PEAK_HOURS_UTC = frozenset({1, 2, 3, 6, 7, 8, 9})
_SATURDAY = 5

_ANOTHER_RATE = re.compile(r":(?!\d+$)|[-.](?:fast|batch)$")
"""Variants billed at a rate of their own, such as `:batch`, `:free` and `-fast`."""

_BEDROCK_PREFIX = re.compile(r"^(?:[a-z]{2,6}\.)?anthropic\.")
_BEDROCK_VERSION = re.compile(r"(?:-v\d+)?:\d+$")

_NAME_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        # The digit guards keep dates out: `claude-sonnet-4-20250514` is not a 4.5.
        (r"claude.*opus.*(?<!\d)4[.-]?[5-9](?!\d)", "claude-opus-4.5"),
        (r"claude.*sonnet.*(?<!\d)4[.-]?[5-9](?!\d)", "claude-sonnet-4.5"),
        (r"claude.*haiku.*(?<!\d)4[.-]?[5-9](?!\d)", "claude-haiku-4.5"),
        (r"claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022"),
        (r"claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20240620"),
        (r"claude-3-5-haiku-20241022", "claude-3-5-haiku-20241022"),
        (r"deepseek.*v4.*pro", "deepseek-v4-pro"),
        (r"deepseek.*v4.*flash|^deepseek-chat$|^deepseek-reasoner$", "deepseek-v4-flash"),
        (r"^kimi-k2\.?5$", "kimi-k2.5"),
        (r"^kimi-k2\.?6$", "kimi-k2.6"),
        (r"^gpt-?5[.-]?5$", "gpt-5.5"),
        (r"^gpt-?5\.?4[^.]*mini$|^gpt-?5\.?4[.-]?mini$", "gpt-5.4-mini"),
        (r"^gpt-?5\.?4[^.]*nano$|^gpt-?5\.?4[.-]?nano$", "gpt-5.4-nano"),
        (r"^gpt-?5[.-]?4$", "gpt-5.4"),
        (r"^o4[.-]?mini$", "o4-mini"),
    )
)
"""First match wins, after the exact name (spec/agent-core.md 5.3)."""


def price_for(model: str, at: datetime) -> Price | None:
    """The price of `model` for a request sent at `at` (aware), or None when it is not known."""
    key = table_key(model)
    if key is None:
        return None
    prices = _table()[key]
    return prices.get(_Tariff.ALWAYS) or prices.get(_tariff_at(at))


def cost_of(
    model: str, usage: Usage | None, at: datetime, *, api_cost: Decimal | None = None
) -> Cost:
    """The cost of one request: what the provider says it was, else by the table, else unknown.

    Args:
        model: the name the request was sent with.
        usage: tokens used, or None when the provider never reported them.
        at: when the request was sent, timezone-aware; some prices depend on the hour.
        api_cost: the provider's own figure in USD; a nonsensical one (negative, not finite) is ignored.
    """
    if api_cost is not None and is_plausible_cost(api_cost):
        return Cost(api_cost, "api", "api")
    price = price_for(model, at) if usage is not None else None
    if price is None or usage is None:
        return Cost(None, "unknown")
    return Cost(price.cost(usage), "price", price.source)


def table_key(model: str) -> str | None:
    """The table's name for `model`, or None when the table has no price for it."""
    name = model.strip().lower()
    if not name or _ANOTHER_RATE.search(name):
        return None
    name = _BEDROCK_VERSION.sub("", name.split("/", 1)[-1])
    for exact in (name, _BEDROCK_PREFIX.sub("", name)):
        if exact in _table():
            return exact
    return next((key for pattern, key in _NAME_RULES if pattern.search(name)), None)


def _tariff_at(at: datetime) -> _Tariff:
    """DeepSeek's time tiers (spec/agent-core.md 5.1)."""
    if at < _FLAT_UNTIL:
        return _Tariff.FLAT
    if at.astimezone(_BEIJING).weekday() >= _SATURDAY:
        return _Tariff.OFF_PEAK
    in_peak = at.astimezone(UTC).hour in _PEAK_HOURS_UTC
    return _Tariff.PEAK if in_peak else _Tariff.OFF_PEAK


@cache
def _table() -> Mapping[str, Mapping[_Tariff, Price]]:
    text = resources.files("clacky_tui.domain").joinpath("pricing.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    ours = {row["model"] for row in rows if row["price_set"] == _OUR_SET}
    table: dict[str, dict[_Tariff, Price]] = {}
    for row in rows:
        added_later = row["price_set"] == _LATER_SET and row["model"] not in ours
        if row["price_set"] == _OUR_SET or added_later:
            table.setdefault(row["model"], {})[_tariff_of(row)] = _price_of(row)
    return table


def _tariff_of(row: Mapping[str, str]) -> _Tariff:
    timed = (_Tariff.FLAT, _Tariff.PEAK, _Tariff.OFF_PEAK)
    return next((tariff for tariff in timed if row["note"] == tariff.value), _Tariff.ALWAYS)


def _price_of(row: Mapping[str, str]) -> Price:
    return Price(
        model=row["model"],
        base=_rates_of(row, ""),
        over=_rates_of(row, "_over"),
        threshold_tokens=int(row["vendor_threshold_tokens"] or row["tier_threshold_tokens"]),
        source=f"table:{row['price_set']}",
    )


def _rates_of(row: Mapping[str, str], tier: str) -> Rates:
    input_rate, write = Decimal(row["input" + tier]), Decimal(row["cache_write" + tier])
    by_anthropic = row["provider"] == "anthropic"
    return Rates(
        input=input_rate,
        output=Decimal(row["output" + tier]),
        cache_write=write,
        cache_write_1h=_ONE_HOUR_WRITE_PER_INPUT * input_rate if by_anthropic else write,
        cache_read=Decimal(row["cache_read" + tier]),
    )
