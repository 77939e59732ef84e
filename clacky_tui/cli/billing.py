"""`clacky billing`: what was spent, from the ledger, as text or JSON (spec/tui-cli.md 5). USD unless
asked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from clacky_tui.cli.usage_options import footnotes, in_currency, print_json

if TYPE_CHECKING:
    from clacky_tui.billing.ledger import Ledger
    from clacky_tui.billing.summary import Span, Summary, Totals
    from clacky_tui.domain.money import Currency

PERIODS = ("day", "week", "month", "year", "all")
RULE = "─" * 50
BAR_CELLS = 24
MOST_DAYS = 90
_DAYS_IN_JSON = 30
_DAYS_IN_TEXT = 14


@click.command()
@click.option(
    "--period",
    type=click.Choice(PERIODS),
    default="month",
    show_default=True,
    help="The calendar period around now; a week starts on Monday.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    help=f"Length of the daily section [default: {_DAYS_IN_TEXT}; {_DAYS_IN_JSON} with --json].",
)
@click.option("--session", metavar="ID", help="Only requests of this session.")
@click.option("--model", metavar="NAME", help="Only requests to this model, by its exact name.")
@in_currency
def billing(
    period: str,
    as_json: bool,
    days: int | None,
    session: str | None,
    model: str | None,
    currency: Currency | None,
) -> None:
    """Show what was spent, by model and by day."""
    from clacky_tui.billing.ledger import default_ledger
    from clacky_tui.billing.summary import (
        Period,
        last_days,
        local_midnight,
        period_start,
        summarize,
    )
    from clacky_tui.domain.money import USD, convert

    now = datetime.now().astimezone()
    day_count = days or (_DAYS_IN_JSON if as_json else _DAYS_IN_TEXT)
    ledger = default_ledger()
    start = period_start(Period(period), now)
    first_day = local_midnight(now.date() - timedelta(days=day_count - 1))
    read = ledger.read(since=start and min(start, first_day))
    kept = [
        record
        for record in read.records
        if session in (None, record.session_id) and model in (None, record.model)
    ]
    read = replace(read, records=tuple(kept))
    summary = summarize(read, Period(period), now)
    daily = last_days(read.records, day_count, now)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a Latin-1 terminal has no bars, but has figures
    if as_json:
        found = summary.to_json_dict(daily)
        if currency is not None:
            found["currency"] = {"code": currency.code, "per_usd": currency.per_usd}
            found["total_cost_converted"] = convert(summary.total_cost, currency)
        print_json(found)
    else:
        lines = _text(summary, daily, ledger, currency or USD)
        click.echo("\n".join((*lines, *footnotes(currency))))
    for warning in _warnings(summary):
        click.echo(warning, err=True)


def _text(
    summary: Summary, daily: Sequence[Span], ledger: Ledger, currency: Currency
) -> Iterator[str]:
    totals, usage = summary.totals, summary.totals.usage
    yield f"📊 Billing Summary ({summary.period.value})"
    yield RULE
    rows = (
        ("💰", "Total cost", _amount(totals.cost, currency)),
        ("📝", "Total tokens", f"{usage.prompt_tokens + usage.output_tokens:,}"),
        ("📥", "Prompt tokens", f"{usage.prompt_tokens:,}"),
        ("📤", "Completion", f"{usage.output_tokens:,}"),
        ("🗄️", "Cache read", f"{usage.cache_read_tokens:,}"),
        ("📝", "Cache write", f"{usage.cache_creation_tokens:,}"),
        ("🔢", "API requests", f"{totals.requests:,}"),
    )
    for bullet, label, value in rows:
        yield f"{bullet} {label + ':':<15} {value:>16}"
    if totals.unpriced_requests:
        yield f"   {totals.unpriced_requests:,} of them without a known price, not in the sums"
    yield from ("", "By Model", RULE)
    yield from _model_lines(summary.by_model, currency)
    yield from ("", "Recent Daily Usage", RULE)
    yield from _day_lines(daily, currency)
    yield RULE
    yield f"Data stored in {_home_shortened(ledger)}"


def _model_lines(by_model: Iterable[tuple[str, Totals]], currency: Currency) -> Iterator[str]:
    from clacky_tui.billing.names import printable

    by_model = list(by_model)
    if not by_model:
        yield "no records"
    for model, totals in by_model:
        yield printable(model)
        yield f"  Cost: {_amount(totals.cost, currency)}  |  Requests: {totals.requests:,}"


def _day_lines(daily: Sequence[Span], currency: Currency) -> Iterator[str]:
    largest = max((day.totals.cost or Decimal(0) for day in daily), default=Decimal(0))
    for day in reversed(daily):
        cost = day.totals.cost
        cells = max(1, int(cost / largest * BAR_CELLS)) if cost else 0
        line = f"{day.start.date().isoformat()}  {_amount(cost, currency):>10}  {'█' * cells}"
        yield line.rstrip()


def _amount(usd: Decimal | None, currency: Currency) -> str:
    from clacky_tui.domain.money import format_money

    return format_money(usd, currency, precise=True)


def _home_shortened(ledger: Ledger) -> str:
    from clacky_tui.paths import shorten_home

    return shorten_home(ledger.folder) + "/"


def _warnings(summary: Summary) -> Iterator[str]:
    if summary.skipped_lines:
        count = summary.skipped_lines
        yield f"Warning: skipped {count} corrupt line{'s' if count > 1 else ''} in the ledger."
    for path in summary.unreadable:
        yield f"Warning: cannot read {path}; its requests are missing here."
