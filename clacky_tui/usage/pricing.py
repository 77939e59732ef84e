"""What an entry would cost at list prices, exact in 10**-12 USD.

As for our own requests: the whole request at one tier, prices by date, five-minute and one-hour
writes apart, unknown never zero (spec/usage-sources.md 4.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from clacky_tui.billing.prices import PriceBook, user_price_book
from clacky_tui.domain.pricing import Hours, Price, Rates
from clacky_tui.usage.entry import MOST_PICO, UsageEntry

_HOUR_SECONDS = 3600
_DAY_SECONDS = 86_400
_PICO_PER_TOKEN = 10**6
"""One USD per million tokens is this many 10**-12 USD per token."""


@dataclass(frozen=True, slots=True)
class _PicoRates:
    """Parts of 10**-12 USD per token."""

    input: int
    output: int
    write: int
    write_1h: int
    read: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a model between two instants, in seconds since the epoch."""

    since: float
    until: float
    base: _PicoRates | None
    """None where nobody knows a price."""
    tiers: tuple[tuple[int, _PicoRates], ...] = ()


class Pricer:
    """Prices entries; remembers each model's price, so that a history costs one look-up per model.

    Args:
        book: the prices; None takes this user's.
    """

    def __init__(self, book: PriceBook | None = None) -> None:
        self._book = book or user_price_book()
        self._known: dict[tuple[str, str], _Found] = {}

    def estimate(self, entry: UsageEntry) -> int | None:
        """The list price of `entry`; None when its model or its tokens are not known.

        Of a sum of several requests none is known to have crossed a tier, so the base holds.
        """
        model, at = entry.model, entry.at
        if model is None or (entry.input is None and entry.output is None):
            return None
        provider = entry.provider or ""
        price = self._known.get((model, provider))
        if price is None or not price.since <= at < price.until:
            book_price = self._book.price(model, provider, datetime.fromtimestamp(at, UTC))
            price = self._known[model, provider] = _found(book_price, at)
        if price.base is None:
            return None
        given, read = entry.input or 0, entry.cache_read or 0
        long = entry.cache_write_1h or 0
        short = (entry.cache_write_5m or 0) + (entry.cache_write_untimed or 0)
        rates = price.base
        if price.tiers and not entry.is_aggregate:
            whole = given + read + long + short
            for above, dearer in price.tiers:
                if whole > above:
                    rates = dearer
        cost = (
            given * rates.input
            + read * rates.read
            + short * rates.write
            + long * rates.write_1h
            + (entry.output or 0) * rates.output
        )
        return cost if cost < MOST_PICO else None


def _found(price: Price | None, at: float) -> _Found:
    """`price` with the time around `at` for which it certainly holds."""
    since = at // _DAY_SECONDS * _DAY_SECONDS
    until = since + _DAY_SECONDS
    if price is None:
        return _Found(since, until, None)
    if price.hours is not Hours.ALWAYS:
        since = at // _HOUR_SECONDS * _HOUR_SECONDS
        until = since + _HOUR_SECONDS
    if price.valid_from is not None:
        since = max(since, price.valid_from.timestamp())
    if price.valid_until is not None:
        until = min(until, price.valid_until.timestamp())
    tiers = tuple((tier.above_tokens, _rates(tier.rates)) for tier in price.tiers)
    return _Found(since, until, _rates(price.base), tiers)


def _rates(rates: Rates) -> _PicoRates:
    return _PicoRates(
        input=_per_token(rates.input),
        output=_per_token(rates.output),
        write=_per_token(rates.cache_write),
        write_1h=_per_token(rates.cache_write_1h),
        read=_per_token(rates.cache_read),
    )


def _per_token(usd_per_million: Decimal) -> int:
    return int((usd_per_million * _PICO_PER_TOKEN).to_integral_value())
