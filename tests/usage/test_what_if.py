"""The same tokens at other prices: equal to what was paid where the model is the same."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from support.usage_home import HAIKU, SONNET, UsageHome

from clacky_tui.billing.prices import PriceBook
from clacky_tui.domain.money import exact_sum
from clacky_tui.domain.pricing import Price, Rates, Tier
from clacky_tui.domain.usage import Usage
from clacky_tui.usage.report import Query, make_report
from clacky_tui.usage.what_if import (
    Bracket,
    alternative,
    brackets_of,
    compare,
    thresholds,
    tokens_of,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def rates(factor: int) -> Rates:
    return Rates(*(Decimal(n * factor) for n in (3, 15, 4, 6, 1)))


TIERED = Price("m", rates(1), "test", (Tier(200, rates(2)), Tier(900, rates(5))))
counts = st.integers(0, 1_000)
usages = st.builds(
    lambda given, read, short, long, out: Usage(given, read, short + long, long, out),
    *([counts] * 5),
)


@given(st.lists(usages, max_size=30))
def test_tokens_summed_by_size_cost_what_the_single_requests_cost(many: list[Usage]) -> None:
    brackets = brackets_of(many, thresholds([TIERED]))
    found = alternative("m", TIERED, brackets)
    assert found.cost == exact_sum(TIERED.cost(usage) for usage in many)


def test_without_a_cache_every_token_is_plain_input() -> None:
    usage = Usage(10, 70, 20, 5, 7)
    found = alternative("m", TIERED, [Bracket(0, usage)])
    assert found.cost_without_cache == (100 * 3 + 7 * Decimal(15)) / 1_000_000


def test_the_same_model_costs_what_was_paid(person: UsageHome) -> None:
    for number in range(5):
        person.reply(NOON, given=number * 1_000, read=90_000, wrote=333, generated=77)
    index = person.index()
    tokens, (same, other, nobodys) = compare(
        index, Query(), [SONNET, HAIKU, "nobody-knows"], PriceBook(), NOON
    )
    assert same.cost == make_report(index, Query()).totals.cost
    assert same.cost is not None and other.cost is not None and other.cost < same.cost
    assert same.cost_without_cache is not None and same.cost_without_cache > same.cost
    assert (nobodys.price, nobodys.cost, nobodys.cost_without_cache) == (None, None, None)
    assert sum(bracket.requests for bracket in tokens.brackets) == 5


def test_the_index_sums_by_size_as_single_requests_are(person: UsageHome) -> None:
    sizes = (100, 200, 201, 900, 901, 5_000)
    for size in sizes:
        person.reply(NOON, given=size, generated=1)
    found = tokens_of(person.index(), Query(), thresholds([TIERED]))
    assert found.brackets == brackets_of([Usage(size, output_tokens=1) for size in sizes],
                                         (200, 900))  # fmt: skip


def test_only_what_the_query_lets_through_is_compared(person: UsageHome) -> None:
    person.reply(NOON, session="mine", generated=5)
    person.reply(NOON, session="other", generated=7)
    found = tokens_of(person.index(), Query(sessions=frozenset({"mine"})), ())
    assert [bracket.usage.output_tokens for bracket in found.brackets] == [5]
