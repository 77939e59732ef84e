"""Newer prices from a file or address that a person names."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from support.page_server import PageServer, reply

from clacky_tui.billing.price_overrides import overrides_file, read_overrides
from clacky_tui.billing.price_update import read_update, take_over, update_file
from clacky_tui.billing.prices import PriceBook, user_price_book
from clacky_tui.cli.pricing import pricing
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ConfigError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(days=1)
OURS = json.dumps({"claude-sonnet-4-6": {"input": 30, "output": 150}})
PER_TOKEN = json.dumps(
    {
        "sample_spec": {"input_cost_per_token": 0, "output_cost_per_token": 0},
        "vendor/nova-9": {
            "input_cost_per_token": 3e-06,
            "output_cost_per_token": 1.5e-05,
            "cache_read_input_token_cost": 3e-07,
            "cache_creation_input_token_cost": 3.75e-06,
            "input_cost_per_token_above_200k_tokens": 6e-06,
            "output_cost_per_token_above_200k_tokens": 2.25e-05,
        },
        "painter": {"input_cost_per_pixel": 1},
    }
)


def rate(book: PriceBook, model: str, at: datetime) -> Decimal:
    price = book.price(model, "", at)
    assert price is not None
    return price.base.input


def test_new_prices_hold_from_the_day_they_were_taken_over() -> None:
    assert take_over(OURS, "list.json", NOW).prices == 1
    book = user_price_book()
    assert rate(book, "claude-sonnet-4-6", BEFORE) == 3
    assert rate(book, "claude-sonnet-4-6", AFTER) == 30


def test_a_persons_own_price_goes_before() -> None:
    take_over(OURS, "list.json", NOW)
    overrides_file().write_text("claude-sonnet-4-6: {input: 1, output: 2}\n")
    assert rate(user_price_book(), "claude-sonnet-4-6", AFTER) == 1


def test_a_model_only_the_update_knows_has_its_price_before_that_day_too() -> None:
    take_over(PER_TOKEN, "list.json", NOW)
    assert rate(user_price_book(), "vendor/nova-9", BEFORE) == 3


def test_prices_per_token_are_understood_exactly() -> None:
    taken = take_over(PER_TOKEN, "list.json", NOW)
    assert (taken.prices, taken.problems) == (1, ())
    price = read_update().price_for("vendor/nova-9")
    assert price is not None
    long, short = Usage(cache_read_tokens=200_001), Usage(cache_read_tokens=200_000)
    assert price.cost(short) == Decimal("0.06")
    assert price.rates_for(long).output == Decimal("22.5")
    assert price.base.cache_write_1h == 6, "twice the input"


@given(st.decimals("0.000001", "999", places=6), st.decimals("0.000001", "999", places=6))
def test_every_rate_comes_back_as_it_was(input_rate: Decimal, output_rate: Decimal) -> None:
    entry = {
        "input_cost_per_token": format(input_rate / 10**6, "f"),
        "output_cost_per_token": format(output_rate / 10**6, "f"),
    }
    take_over(json.dumps({"m": entry}), "list.json", NOW)
    price = read_update().price_for("m")
    assert price is not None
    assert (price.base.input, price.base.output) == (input_rate, output_rate)


def test_yaml_of_the_own_form_is_a_price_list_too() -> None:
    take_over("m-1: {input: 0.5, output: 1.5}\n", "list.yml", NOW)
    assert rate(user_price_book(), "m-1", AFTER) == Decimal("0.5")


def test_bad_entries_are_left_out_and_said() -> None:
    text = json.dumps({"good": {"input": 1, "output": 2}, "bad": {"input": "much", "output": 2}})
    taken = take_over(text, "list.json", NOW)
    assert taken.prices == 1 and "bad" in taken.problems[0]
    assert user_price_book().problems == ()


@pytest.mark.parametrize("text", ["<html>", "[1, 2]", "{", "a: b: c", "{}", '{"m": {"input": 1}}'])
def test_what_is_no_price_list_changes_nothing(text: str) -> None:
    take_over(OURS, "list.json", NOW)
    before = update_file().read_bytes()
    with pytest.raises(ConfigError):
        take_over(text, "page", NOW)
    assert update_file().read_bytes() == before


def test_a_damaged_list_is_said_and_not_used() -> None:
    take_over(OURS, "list.json", NOW)
    update_file().write_text("{")
    book = user_price_book()
    assert "its prices are not used" in book.problems[0]
    assert rate(book, "claude-sonnet-4-6", AFTER) == 3


def test_own_prices_may_begin_on_a_day() -> None:
    file = overrides_file()
    file.parent.mkdir(parents=True)
    file.write_text("claude-sonnet-4-6: {input: 9, output: 9, valid_from: 2026-11-21}\n")
    book = PriceBook(read_overrides())
    assert rate(book, "claude-sonnet-4-6", datetime(2026, 11, 20, 23, 59, tzinfo=UTC)) == 3
    assert rate(book, "claude-sonnet-4-6", datetime(2026, 11, 21, tzinfo=UTC)) == 9


# --- the command line ------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(pricing, arguments)


async def test_an_address_is_asked_once_and_its_answer_kept() -> None:
    async with PageServer().running() as server:
        server.pages["/list.json"] = reply(PER_TOKEN.encode())
        result = await asyncio.to_thread(run, "update", f"{server.url}/list.json")
        missing = await asyncio.to_thread(run, "update", f"{server.url}/none.json")
    assert result.exit_code == 0 and len(server.requests) == 2
    assert isinstance(missing.exception, ConfigError) and "404" in str(missing.exception)
    assert json.loads(update_file().read_text())["about"]["origin"] == f"{server.url}/list.json"


def test_a_file_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(PER_TOKEN)
    result = run("update", str(tmp_path / "list.json"))
    assert result.exit_code == 0 and result.stdout.startswith("1 prices from ")
    assert "pricing-update.json" in run("show", "vendor/nova-9").stdout


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = run("update", str(tmp_path / "none.json"))
    assert isinstance(result.exception, ConfigError) and "cannot be read" in str(result.exception)


def test_the_currency_is_chosen_shown_and_kept(tmp_path: Path) -> None:
    assert run("currency").stdout == "USD: 1 USD = 1 USD\n"
    assert run("currency", "cny").stdout == "CNY: 1 USD = 6.7944 CNY\n"
    assert run("currency", "CNY", "--rate", "7.1").stdout == "CNY: 1 USD = 7.1 CNY\n"
    assert run("currency").stdout == "CNY: 1 USD = 7.1 CNY\n"
    assert run("currency", "EUR").stdout.startswith("EUR: 1 USD = 0.96")


@pytest.mark.parametrize(
    "arguments",
    [("SEK",), ("EUR", "--rate", "0"), ("EUR", "--rate", "x"), ("E",), ("USD", "--rate", "2")],
)
def test_a_currency_that_cannot_be_is_refused(arguments: tuple[str, ...]) -> None:
    assert run("currency", *arguments).exit_code == 2
    assert run("currency").stdout == "USD: 1 USD = 1 USD\n"


@pytest.mark.parametrize(
    "table",
    [
        {"base": "USD", "rates": {"SEK": 10, "USD": 1}},
        {"base": "EUR", "rates": {"USD": 1.1, "SEK": 11}},
        {"base_code": "GBP", "conversion_rates": {"USD": 1.25, "SEK": 12.5}},
        {"date": "2026-11-21", "usd": {"sek": 10, "eur": 0.9}},
    ],
)
def test_a_rate_is_taken_from_a_table(tmp_path: Path, table: dict[str, object]) -> None:
    (tmp_path / "rates.json").write_text(json.dumps(table))
    shown = run("currency", "SEK", "--from", str(tmp_path / "rates.json"))
    assert shown.stdout == "SEK: 1 USD = 10.000000 SEK\n"
    assert run("currency").stdout == shown.stdout


@pytest.mark.parametrize("text", ["<html>", "{}", '{"rates": {"EUR": 1}}', '{"rates": {"SEK": 0}}'])
def test_a_table_without_the_rate_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "rates.json").write_text(text)
    result = run("currency", "SEK", "--from", str(tmp_path / "rates.json"))
    assert isinstance(result.exception, ConfigError)
    assert run("currency").stdout == "USD: 1 USD = 1 USD\n"
