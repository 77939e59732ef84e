"""Amounts of USD in other currencies."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.money import (
    DEFAULT_RATES,
    USD,
    Currency,
    convert,
    currency_of,
    format_money,
    format_usd,
    show_amounts_in,
    shown_currency,
)


@pytest.fixture(autouse=True)
def usd_again() -> Iterator[None]:
    yield
    show_amounts_in(USD)


def test_without_a_word_it_is_usd() -> None:
    assert currency_of("") == currency_of("usd") == USD == shown_currency()


def test_the_renminbi_has_the_rate_of_the_original() -> None:
    assert currency_of("CNY") == Currency("CNY", "¥", Decimal("6.7944"))
    assert format_money(Decimal(10), currency_of("cny")) == "¥67.94"


@pytest.mark.parametrize("code", sorted(DEFAULT_RATES))
def test_known_currencies_need_no_rate(code: str) -> None:
    assert currency_of(code).per_usd > 0


def test_any_other_needs_one() -> None:
    with pytest.raises(ValueError, match="rate of SEK is not known"):
        currency_of("SEK")
    assert format_money(Decimal(2), currency_of("SEK", "10.5")) == "SEK 21.00"


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "much", "1e-12", "1e12"])
def test_an_impossible_rate_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="no exchange rate"):
        currency_of("EUR", rate)


@pytest.mark.parametrize("code", ["E", "EURO", "12X", "€€€", "../"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="three letters"):
        currency_of(code, "2")


def test_a_usd_is_a_usd() -> None:
    assert currency_of("USD", "1") == USD
    with pytest.raises(ValueError, match="One USD is one USD"):
        currency_of("USD", "2")


def test_unknown_stays_unknown_and_tiny_says_so() -> None:
    yen = currency_of("JPY", "150")
    assert format_money(None, yen) == "?"
    assert format_money(Decimal("1e-9"), yen) == "<JP¥0.0001"
    assert format_money(Decimal("0.001"), yen, estimated=True) == "~JP¥0.1500"
    assert format_money(Decimal("-1"), yen) == "-JP¥150.00"


def test_what_is_shown_follows_the_choice() -> None:
    show_amounts_in(currency_of("EUR", "0.5"))
    assert format_usd(Decimal(3)) == "€1.50"
    show_amounts_in(USD)
    assert format_usd(Decimal(3)) == "$3.00"


@given(st.decimals(0, 10**9, places=12), st.decimals("0.0001", "100000", places=6))
def test_converting_loses_nothing(amount: Decimal, rate: Decimal) -> None:
    assert convert(amount, currency_of("XTS", f"{rate:f}")) / rate == amount
