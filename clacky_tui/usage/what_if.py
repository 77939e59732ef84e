"""What the same tokens would have cost: at another model's prices, and without any cache.

The price of a request can depend on its size, so tokens are summed by size first, as far as any of
the compared prices needs it; then every price is plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from clacky_tui.billing.prices import PriceBook
from clacky_tui.domain.money import exact_sum
from clacky_tui.domain.pricing import Price, table_key, table_models
from clacky_tui.domain.usage import Usage
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.records import IS_SUM, WHOLE_INPUT, select_records
from clacky_tui.usage.report import By, Query, Sums, make_report


@dataclass(frozen=True, slots=True)
class Bracket:
    """Tokens of the requests whose whole input exceeded `above_tokens`, and no higher bracket's."""

    above_tokens: int
    usage: Usage
    requests: int = 1


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a model would have cost, in USD. All None where nobody knows its price."""

    model: str
    price: Price | None
    cost: Decimal | None
    """With the cache used as it was: the same reads and writes at this model's rates."""
    cost_without_cache: Decimal | None
    """Every token that was read from a cache or written to it at the rate of plain input."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What there is to compare."""

    brackets: tuple[Bracket, ...]
    unknown_requests: int = 0
    """Requests that are left out because neither their input nor their output is known."""


def thresholds(prices: Iterable[Price | None]) -> tuple[int, ...]:
    """Every size of a request above which one of `prices` changes, ascending."""
    return tuple(sorted({tier.above_tokens for price in prices if price for tier in price.tiers}))


def brackets_of(usages: Iterable[Usage], limits: Sequence[int]) -> tuple[Bracket, ...]:
    """Single requests, such as those of the running session, summed by size.

    Args:
        usages: one per request.
        limits: ascending, from `thresholds`.
    """
    sums: dict[int, tuple[Usage, int]] = {}
    for usage in usages:
        above = max((limit for limit in limits if usage.total_input_tokens > limit), default=0)
        total, requests = sums.get(above, (Usage(), 0))
        sums[above] = (total + usage, requests + 1)
    return tuple(Bracket(above, *sums[above]) for above in sorted(sums))


def tokens_of(index: UsageIndex, query: Query, limits: Sequence[int]) -> Tokens:
    """The same out of the index; what stands for several requests is taken to be in no tier.

    Blocks on the disk.
    """
    cases = " ".join(
        f"WHEN {WHOLE_INPUT} > {limit} THEN {limit}" for limit in sorted(limits, reverse=True)
    )
    above = f"CASE WHEN {IS_SUM} THEN 0 {cases} ELSE 0 END"
    known = "(hourly.input IS NOT NULL OR hourly.output IS NOT NULL)"
    sums = ", ".join(
        f"coalesce(sum({column}), 0)"
        for column in (
            "hourly.input",
            "cache_read",
            "coalesce(cache_write_5m, 0) + coalesce(cache_write_1h, 0)"
            " + coalesce(cache_write_untimed, 0)",
            "cache_write_1h",
            "output",
            "min(coalesce(reasoning, 0), output)",
        )
    )
    columns = f"{known}, {above}, {sums}, sum(requests)"
    rows = list(select_records(index, query, columns, "GROUP BY 1, 2 ORDER BY 1, 2"))
    return Tokens(
        brackets=tuple(Bracket(row[1], Usage(*row[2:8]), row[8]) for row in rows if row[0]),
        unknown_requests=sum(row[8] for row in rows if not row[0]),
    )


def alternative(model: str, price: Price | None, brackets: Iterable[Bracket]) -> Alternative:
    """What `brackets` would have cost at `price`.

    Args:
        model: what it is called.
        price: None where it is not known.
        brackets: summed by at least the `thresholds` of `price`.
    """
    if price is None:
        return Alternative(model, None, None, None)
    cached, uncached = [], []
    for bracket in brackets:
        rates = price.base
        for tier in price.tiers:
            if bracket.above_tokens >= tier.above_tokens:
                rates = tier.rates
        flat = replace(price, base=rates, tiers=())
        usage = bracket.usage
        plain = Usage(input_tokens=usage.total_input_tokens, output_tokens=usage.output_tokens)
        cached.append(flat.cost(usage))
        uncached.append(flat.cost(plain))
    return Alternative(model, price, exact_sum(cached), exact_sum(uncached))


def compare(
    index: UsageIndex, query: Query, models: Sequence[str], book: PriceBook, now: datetime
) -> tuple[Tokens, tuple[Alternative, ...]]:
    """What `query` used, and what each of `models` would have taken for it, at prices of `now`.

    Blocks on the disk. The tokens are those that were used: another model's tokenizer would count
    others.
    """
    prices = [book.price(model, "", now) for model in models]
    tokens = tokens_of(index, query, thresholds(prices))
    found = [
        alternative(model, price, tokens.brackets)
        for model, price in zip(models, prices, strict=True)
    ]
    return tokens, tuple(found)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a query came to, and what it would have come to, the cheapest first."""

    actual: Sums
    tokens: Tokens
    alternatives: tuple[Alternative, ...]
    """Those of an unknown price last."""
    used: frozenset[str]
    """The models that were used."""


def compare_with_all(
    index: UsageIndex, query: Query, configured: Iterable[str], book: PriceBook, now: datetime
) -> Comparison:
    """Compare `query` with every model it used, those `configured`, and all that our table prices.

    Blocks on the disk.
    """
    report = make_report(index, replace(query, by=(By.MODEL,)))
    used = {str(row.key[0]) for row in report.rows if row.key[0] is not None}
    own = {*used, *filter(None, configured)}
    known = {table_key(model) for model in own}
    models = sorted(own) + [model for model in table_models() if model not in known]
    tokens, found = compare(index, query, models, book, now)
    ordered = sorted(found, key=lambda each: (each.cost is None, each.cost or 0, each.model))
    return Comparison(report.totals, tokens, tuple(ordered), frozenset(used))
