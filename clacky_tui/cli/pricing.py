"""`clacky pricing`: where the price of a model comes from, newer prices, and what they are shown in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from clacky_tui.domain.pricing import Price, Rates

_CLASSES = (
    ("Input", "input"),
    ("Output", "output"),
    ("Cache read", "cache_read"),
    ("Cache write", "cache_write"),
    ("Cache write 1h", "cache_write_1h"),
)

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
    return {key: getattr(rates, key) for _, key in _CLASSES}


def _text(model: str, price: Price | None) -> Iterator[str]:
    from clacky_tui.billing.names import printable
    from clacky_tui.billing.price_overrides import overrides_file
    from clacky_tui.paths import shorten_home

    yield printable(model)
    if price is None:
        yield "  No source knows its price; its requests count as unknown, not as free."
        yield f"  Give your own in {shorten_home(overrides_file())}."
        return
    yield f"  Source    {price.source}, entry {printable(price.model)}"
    yield f"  Valid     {_validity(price)}"
    if price.note:
        yield f"  Note      {price.note}"
    yield ""
    heads = ["base", *(f"above {tier.above_tokens:,}" for tier in price.tiers)]
    columns = [price.base, *(tier.rates for tier in price.tiers)]
    yield f"  {'USD per million tokens':<24}" + "".join(f"{head:>15}" for head in heads)
    for label, key in _CLASSES:
        cells = "".join(f"{format(getattr(rates, key), 'f'):>15}" for rates in columns)
        yield f"  {label:<24}{cells}"
    if price.tiers:
        yield "  A tier decides the whole request, by all of its input tokens."


def _validity(price: Price) -> str:
    start = price.valid_from and f"from {_instant(price.valid_from)}"
    end = price.valid_until and f"until {_instant(price.valid_until)}"
    words = " ".join(part for part in (start, end) if part) or "without a known end"
    hours = {"peak": ", peak hours", "off_peak": ", off-peak hours"}.get(price.hours.value, "")
    return words + hours


def _instant(at: datetime) -> str:
    local = at.astimezone()
    return local.strftime("%Y-%m-%d %H:%M %z")
