"""Amounts and token counts as people read them."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.money import (
    compact_tokens,
    exact_sum,
    format_tokens,
    format_usd,
    is_plausible_cost,
)

plausible = st.decimals(min_value=0, max_value=10**11, places=40)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.0000"),
        ("0.0412", "$0.0412"),
        ("0.00005", "$0.0001"),
        ("0.00004", "<$0.0001"),
        ("1e-40", "<$0.0001"),
        ("0.99994", "$0.9999"),
        ("0.99995", "$1.00"),
        ("1", "$1.00"),
        ("1.005", "$1.01"),
        ("12.3456", "$12.35"),
        ("1234567.891", "$1,234,567.89"),
        ("-0.25", "-$0.2500"),
    ],
)
def test_usd_has_four_decimals_below_one_dollar_and_two_above(amount: str, text: str) -> None:
    assert format_usd(Decimal(amount)) == text


def test_an_unknown_amount_is_a_question_mark_also_when_estimated() -> None:
    assert format_usd(None) == "?"
    assert format_usd(None, estimated=True) == "?"


def test_an_estimated_amount_is_marked() -> None:
    assert format_usd(Decimal("0.5"), estimated=True) == "~$0.5000"
    assert format_usd(Decimal("0.00001"), estimated=True) == "~<$0.0001"


@given(plausible)
def test_an_amount_never_reads_as_nothing_unless_it_is_nothing(amount: Decimal) -> None:
    assert (format_usd(amount) == "$0.0000") == (amount == 0)


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1234, "1.2k"),
        (9949, "9.9k"),
        (9950, "10k"),
        (12_310, "12k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (1_234_567, "1.2M"),
        (4_812_330_000, "4.8B"),
        (10**15, "1,000,000B"),
    ],
)
def test_compact_tokens_stay_short(tokens: int, text: str) -> None:
    assert compact_tokens(tokens) == text


@given(st.integers(0, 10**12 - 10**9))
def test_compact_tokens_fit_five_cells(tokens: int) -> None:
    assert len(compact_tokens(tokens)) <= 5


def test_tokens_have_separators() -> None:
    assert format_tokens(4_812_330) == "4,812,330"


@given(st.lists(plausible))
def test_sums_are_exact_whatever_the_decimal_context(amounts: list[Decimal]) -> None:
    with localcontext() as context:
        context.prec = 5
        total = exact_sum(amounts)
    assert Fraction(total) == sum(map(Fraction, amounts), Fraction(0))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-0.01", "1e12", "1e-61", "1e999999"])
def test_nonsense_is_not_a_plausible_cost(text: str) -> None:
    assert not is_plausible_cost(Decimal(text))


@pytest.mark.parametrize("text", ["0", "0.00759", "999999999999.99", "1e-60"])
def test_ordinary_amounts_are_plausible_costs(text: str) -> None:
    assert is_plausible_cost(Decimal(text))
