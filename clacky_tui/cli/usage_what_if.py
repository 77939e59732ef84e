"""`clacky usage whatif`: what the same tokens would have cost with other models, without a cache."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from clacky_tui.cli.usage_options import (
    filters_except_model,
    footnotes,
    freshness,
    in_currency,
    money,
    open_index,
    print_json,
    query_of,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from clacky_tui.domain.money import Currency
    from clacky_tui.usage.report import Sums
    from clacky_tui.usage.what_if import Alternative, Tokens


@click.command()
@click.option(
    "--model",
    "others",
    required=True,
    metavar="A,B",
    help="Models to compare with, at their prices of today.",
)
@filters_except_model
@freshness
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@in_currency
def whatif(
    others: str,
    wait: bool,
    no_refresh: bool,
    as_json: bool,
    currency: Currency | None,
    **filtered: Any,
) -> None:
    """What the same tokens would have cost with other models, and without a cache."""
    from clacky_tui.billing.prices import user_price_book
    from clacky_tui.usage.report import make_report
    from clacky_tui.usage.what_if import compare

    models = [name.strip() for name in others.split(",") if name.strip()]
    if not models:
        raise click.BadParameter("name at least one model.", param_hint="--model")
    query = query_of(**filtered)
    index = open_index(wait=wait, no_refresh=no_refresh)
    now = datetime.now().astimezone()
    tokens, found = compare(index, query, models, user_price_book(), now)
    actual = make_report(index, query).totals
    if as_json:
        print_json(_json(actual, tokens, found))
    else:
        click.echo("\n".join(_text(actual, tokens, found, currency)))


def _json(actual: Sums, tokens: Tokens, found: tuple[Alternative, ...]) -> dict[str, Any]:
    return {
        "schema": 1,
        "requests": sum(bracket.requests for bracket in tokens.brackets),
        "unknown_requests": tokens.unknown_requests,
        "actual_cost_usd": actual.cost,
        "alternatives": [
            {
                "model": each.model,
                "price_source": each.price and each.price.source,
                "cost_usd": each.cost,
                "cost_without_cache_usd": each.cost_without_cache,
            }
            for each in found
        ],
    }


def _text(
    actual: Sums, tokens: Tokens, found: tuple[Alternative, ...], currency: Currency | None
) -> list[str]:
    from clacky_tui.cli.table import aligned

    rows = [
        ("Model", "Cost", "Against actual", "Without cache"),
        ("(actual)", money(actual.cost, currency, estimated=bool(actual.estimated_pico)), "", ""),
    ]
    rows += [
        (
            each.model,
            money(each.cost, currency),
            _share(each.cost, actual.cost),
            money(each.cost_without_cache, currency),
        )
        for each in found
    ]
    lines = aligned(rows)
    if tokens.unknown_requests:
        lines.append(f"Requests left out, their tokens not known: {tokens.unknown_requests:,}")
    lines.append("The same tokens at prices of today; another model may need more or fewer.")
    return lines + footnotes(currency, unpriced_requests=actual.unpriced_requests)


def _share(cost: Decimal | None, actual: Decimal | None) -> str:
    return f"{cost / actual:.0%}" if cost is not None and actual else ""
