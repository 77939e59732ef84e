"""What a request costs: the price table, the names it answers to, and exact arithmetic on it.

The figures live in `pricing.csv` beside this file: USD per million tokens, each row with the time it
holds for. Sets: `octo-0.11.2` and `upstream-later` are those of spec/agent-core.md 5.1;
`vendor-2026-11` are vendors' list prices as of November 2026, where they differ from the former.
A row of that set which starts on 2026-11-01 was seen then; the day of the change is not known.
A model the table does not know has no price: None, never zero and never a guess.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Literal

from clacky_tui.domain.money import EXACT, exact_sum
from clacky_tui.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens, by token class."""

    input: Decimal
    output: Decimal
    cache_write: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates of a request whose whole input exceeds `above_tokens`."""

    above_tokens: int
    rates: Rates


class Hours(StrEnum):
    """When in the week a price holds. Peak is DeepSeek's: 01:00-03:59 and 06:00-09:59 UTC on working
    days; a Chinese public holiday is off-peak for DeepSeek and peak here, so never under-promised."""

    ALWAYS = ""
    PEAK = "peak"
    OFF_PEAK = "off_peak"


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one model.

    A request is priced as a whole at the highest of `tiers` (ascending) its input exceeds, else at
    `base`; input counts uncached, read and written tokens. `source` names the origin of the figures,
    `model` the entry there. The price holds from `valid_from` up to but not including `valid_until`
    (aware, None is open).
    """

    model: str
    base: Rates
    source: str
    tiers: tuple[Tier, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    hours: Hours = Hours.ALWAYS
    note: str = ""

    def rates_for(self, usage: Usage) -> Rates:
        """The rates that decide the whole request."""
        rates = self.base
        for tier in self.tiers:
            if usage.total_input_tokens > tier.above_tokens:
                rates = tier.rates
        return rates

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

    def fees(self, usage: Usage) -> Decimal | None:
        """What comes on top of the tokens, exact, in USD; None when the vendor's fee is not known."""
        if not usage.web_searches:
            return Decimal(0)
        each = next((fee for name, fee in _WEB_SEARCH_USD.items() if name in self.model), None)
        return None if each is None else EXACT.multiply(usage.web_searches, each)

    def holds_at(self, at: datetime) -> bool:
        """Whether this is the price of a request sent at `at` (aware)."""
        if self.valid_from is not None and at < self.valid_from:
            return False
        if self.valid_until is not None and at >= self.valid_until:
            return False
        return self.hours in (Hours.ALWAYS, _hours_at(at))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request came to: `amount` in USD or None, and where the figure is from.

    `estimated` is a price on tokens that were partly estimated.
    """

    amount: Decimal | None
    source: Literal["api", "price", "estimated", "unknown"]
    price_source: str = ""


_WEB_SEARCH_USD = {"claude": Decimal("0.01")}
"""What vendors ask for a search made by their own tool, by a part of the model's name: Anthropic lists
10 USD for 1,000."""
TABLE_MONTH = "2026-11"
"""When the table's list prices were last looked up."""

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
        (r"claude.*sonnet.*(?<!\d)4[.-]?6(?!\d)", "claude-sonnet-4.6"),
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
    """The table's price of `model` for a request sent at `at` (aware), or None when it has none."""
    return next((price for price in table_prices(model) if price.holds_at(at)), None)


def table_prices(model: str) -> tuple[Price, ...]:
    """Every price the table holds for `model`, oldest first; empty when it does not know it."""
    key = table_key(model)
    return _table()[key] if key is not None else ()


def table_models() -> tuple[str, ...]:
    """Every model the table has a price for, by its name there."""
    return tuple(_table())


def table_key(model: str) -> str | None:
    """The table's name for `model`, or None when the table has no price for it."""
    name = model.strip().lower()
    if not name or has_another_rate(name):
        return None
    name = _BEDROCK_VERSION.sub("", name.split("/", 1)[-1])
    for exact in (name, _BEDROCK_PREFIX.sub("", name)):
        if exact in _table():
            return exact
    return next((key for pattern, key in _NAME_RULES if pattern.search(name)), None)


def has_another_rate(model: str) -> bool:
    """Whether the name says that a variant (batch, free, fast) is billed unlike its model."""
    return _ANOTHER_RATE.search(model.strip().lower()) is not None


def _hours_at(at: datetime) -> Hours:
    """DeepSeek's time tiers (spec/agent-core.md 5.1)."""
    if at.astimezone(_BEIJING).weekday() >= _SATURDAY:
        return Hours.OFF_PEAK
    in_peak = at.astimezone(UTC).hour in _PEAK_HOURS_UTC
    return Hours.PEAK if in_peak else Hours.OFF_PEAK


@cache
def _table() -> Mapping[str, tuple[Price, ...]]:
    text = resources.files("clacky_tui.domain").joinpath("pricing.csv").read_text("utf-8")
    table: dict[str, tuple[Price, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        table[row["model"]] = (*table.get(row["model"], ()), _price_of(row))
    return table


def _price_of(row: Mapping[str, str]) -> Price:
    above = row["above_tokens"]
    return Price(
        model=row["model"],
        base=_rates_of(row, ""),
        source=f"table:{row['price_set']}",
        tiers=(Tier(int(above), _rates_of(row, "_above")),) if above else (),
        valid_from=_instant(row["valid_from"]),
        valid_until=_instant(row["valid_until"]),
        hours=Hours(row["hours"]),
        note=row["note"],
    )


def _instant(text: str) -> datetime | None:
    """A day means its first instant, UTC."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _rates_of(row: Mapping[str, str], tier: str) -> Rates:
    write = row["cache_write" + tier]
    return Rates(
        input=Decimal(row["input" + tier]),
        output=Decimal(row["output" + tier]),
        cache_write=Decimal(write),
        cache_write_1h=Decimal(row["cache_write_1h" + tier] or write),
        cache_read=Decimal(row["cache_read" + tier]),
    )
