"""`clacky pricing`: where the price of a model comes from, newer prices, and what they are shown in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from clacky_tui.domain.pricing import Price, Rates

_MOST_PROBLEMS = 10


@click.group()
def pricing() -> None:
    """Explain what models cost, take newer prices over, choose a currency."""


@pricing.command()
@click.argument("model")
@click.option("--provider", default="", metavar="HOST", help="Who sells it, where several do.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(model: str, provider: str, as_json: bool) -> int:
    """Show the price of MODEL now: source, rates, tiers and validity."""
    from clacky_tui.billing.exact_json import encode
    from clacky_tui.billing.prices import user_price_book

    now = datetime.now().astimezone()
    book = user_price_book()
    price = book.price(model, provider, now)
    if as_json:
        click.echo(encode(_json(model, price), indent=2))
    else:
        click.echo("\n".join(_text(model, price)))
    for problem in book.problems:
        click.echo(f"Warning: {problem}", err=True)
    return 0 if price is not None else 1


@pricing.command()
@click.argument("source", metavar="FILE|URL")
def update(source: str) -> None:
    """Take newer prices over from FILE or URL.

    It may have the form of pricing.yml, or be LiteLLM's model_prices_and_context_window.json. The
    prices hold from now on, after those in your own pricing.yml.
    """
    from clacky_tui.billing.price_update import take_over, update_file
    from clacky_tui.cli.named_text import read_named
    from clacky_tui.paths import shorten_home

    taken = take_over(read_named(source), source, datetime.now().astimezone())
    click.echo(f"{taken.prices:,} prices from {source} hold from now on.")
    click.echo(f"They are in {shorten_home(update_file())}; delete it to go back.")
    for problem in taken.problems[:_MOST_PROBLEMS]:
        click.echo(f"Warning: {problem}", err=True)
    if (more := len(taken.problems) - _MOST_PROBLEMS) > 0:
        click.echo(f"Warning: {more:,} more prices were ignored.", err=True)


@pricing.command()
@click.argument("code", required=False)
@click.option("--rate", metavar="RATE", help="How much of it one USD buys.")
@click.option(
    "--from", "source", metavar="FILE|URL", help="Take the rate from a table of rates in JSON."
)
def currency(code: str | None, rate: str | None, source: str | None) -> None:
    """Show or choose the currency the app shows amounts in.

    The command line stays with USD unless asked by --currency.
    """
    from clacky_tui.billing.exchange_rates import rate_in
    from clacky_tui.cli.named_text import read_named
    from clacky_tui.config.preferences import load_preferences, save_preference
    from clacky_tui.domain.money import currency_of

    if rate is not None and source is not None:
        raise click.UsageError("Give --rate or --from, not both.")
    chosen = load_preferences()
    wanted = code or chosen.currency
    if source is not None:
        rate = str(rate_in(read_named(source), wanted, source))
    keeps_rate = wanted.upper() == chosen.currency.upper() and rate is None
    try:
        found = currency_of(wanted, chosen.exchange_rate if keeps_rate else rate or "")
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if code is not None or rate is not None:
        save_preference("currency", found.code)
        if not keeps_rate:
            save_preference("exchange_rate", rate)
    click.echo(f"{found.code}: 1 USD = {found.per_usd:f} {found.code}")


def _json(model: str, price: Price | None) -> dict[str, Any]:
    if price is None:
        return {"model": model, "known": False}
    return {
        "model": model,
        "known": True,
        "source": price.source,
        "entry": price.model,
        "unit": "USD per million tokens",
        "rates": _rates_json(price.base),
        "tiers": [
            {"above_tokens": tier.above_tokens, "rates": _rates_json(tier.rates)}
            for tier in price.tiers
        ],
        "valid_from": price.valid_from and price.valid_from.isoformat(),
        "valid_until": price.valid_until and price.valid_until.isoformat(),
        "hours": price.hours.value or "all",
        "note": price.note,
    }


def _rates_json(rates: Rates) -> dict[str, Decimal]:
    from clacky_tui.billing.price_words import RATE_CLASSES

    return {key: getattr(rates, key) for _, key in RATE_CLASSES}


def _text(model: str, price: Price | None) -> Iterator[str]:
    from clacky_tui.billing.price_words import explain_price

    words = explain_price(model, price)
    yield words.model
    yield from (f"  {label:<9} {text}" for label, text in words.facts)
    if words.rates:
        yield ""
    for title, *cells in words.rates:
        yield f"  {title:<24}" + "".join(f"{cell:>15}" for cell in cells)
    yield from (f"  {note}" for note in words.notes)
