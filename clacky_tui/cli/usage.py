"""`clacky usage`: tokens and cost of every coding agent on this machine."""

from __future__ import annotations

import csv
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from clacky_tui.cli.usage_exchange import export, import_
from clacky_tui.cli.usage_options import (
    PATIENCE_SECONDS,
    UNKNOWN,
    bring_up_to_date,
    footnotes,
    money,
    open_index,
    print_json,
    query_of,
    report_options,
)
from clacky_tui.cli.usage_periods import blocks, daily, monthly, session, statusline, weekly
from clacky_tui.cli.usage_what_if import whatif

if TYPE_CHECKING:
    from clacky_tui.domain.money import Currency
    from clacky_tui.usage.index import UsageIndex
    from clacky_tui.usage.report import By, Query, Report, Sums

_BY_DEFAULT = "agent,model"
_TITLES = ("Requests", "Input", "Cache read", "Cache write", "Output", "Cost")
_TIMES = ("day", "week", "month", "hour")


@click.group(invoke_without_command=True)
@click.option(
    "--by",
    "by_text",
    default=_BY_DEFAULT,
    show_default=True,
    metavar="A,B",
    help="agent, model, day, week, month, hour, project, session, protocol, provider.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
@click.option("--sources", is_flag=True, help="Show where it looked and what it found.")
@click.option(
    "--rebuild",
    is_flag=False,
    flag_value="all",
    metavar="[AGENT]",
    help="Forget an agent's records, or all, and read anew what is still on disk.",
)
@click.option("--watch", is_flag=True, help="Show the report until Ctrl+C, always up to date.")
@click.option(
    "--every", type=click.FloatRange(0.1), default=5.0, metavar="SECONDS", help="Of --watch."
)
@report_options
@click.pass_context
def usage(
    ctx: click.Context,
    /,
    by_text: str,
    as_json: bool,
    as_csv: bool,
    sources: bool,
    wait: bool,
    no_refresh: bool,
    rebuild: str | None,
    watch: bool,
    every: float,
    currency: Currency | None,
    **filtered: Any,
) -> None:
    """Show tokens and cost of every coding agent on this machine."""
    if ctx.invoked_subcommand is not None:
        return
    query = query_of(_by(by_text), **filtered)
    index = open_index(wait=wait, no_refresh=no_refresh, rebuild=rebuild)
    if sources:
        _print_sources(index, as_json=as_json)
    elif watch:
        _watch(index, query, currency, every)
    elif as_json:
        from clacky_tui.usage.envelope import envelope
        from clacky_tui.usage.report import make_report

        now = datetime.now().astimezone()
        report = make_report(index, query)
        print_json(envelope(index, report, now=now, prices=_prices(), currency=currency))
    elif as_csv:
        from clacky_tui.usage.envelope import csv_rows
        from clacky_tui.usage.report import make_report

        rows = csv_rows(make_report(index, query), currency)
        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
    else:
        click.echo("\n".join(_text(index, query, currency)))


for command in (daily, weekly, monthly, session, blocks, statusline, whatif, export, import_):
    usage.add_command(command)


def _by(text: str) -> tuple[By, ...]:
    from clacky_tui.usage.envelope import parse_by
    from clacky_tui.usage.report import By

    try:
        by = parse_by(text)
    except ValueError:
        by = ()
    if not by:
        raise click.BadParameter(
            f"{text!r}: choose among {', '.join(each.value for each in By)}.", param_hint="--by"
        )
    return by


def _prices() -> dict[str, str | None]:
    """Which list prices estimates are made of, and from when our own table is."""
    from clacky_tui.billing.price_catalogue import catalogue_version
    from clacky_tui.domain.pricing import TABLE_MONTH

    return {
        "source": f"pricing.yml, own table, {catalogue_version()}",
        "date": TABLE_MONTH,
    }


def _watch(index: UsageIndex, query: Query, currency: Currency | None, seconds: float) -> None:
    """Draw the report again and again; on a terminal beside what it showed before."""
    on_terminal = sys.stdout.isatty()
    if on_terminal:
        click.echo("\x1b[?1049h\x1b[?25l", nl=False)
    try:
        while True:
            lines = _text(index, query, currency)
            if on_terminal:
                lines = lines[: shutil.get_terminal_size().lines - 1]
                click.echo("\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J")
            else:
                click.echo("\n".join((*lines, "")))
            time.sleep(seconds)
            bring_up_to_date(index, PATIENCE_SECONDS)
    except KeyboardInterrupt:
        return
    finally:
        if on_terminal:
            click.echo("\x1b[?25h\x1b[?1049l", nl=False)


def _text(index: UsageIndex, query: Query, currency: Currency | None) -> list[str]:
    from clacky_tui.domain.money import compact_tokens, format_tokens
    from clacky_tui.usage.report import TOLD_UNKNOWN, make_report

    report = make_report(index, query)
    if not report.rows:
        return ["Nothing yet. Where it looked: clacky usage --sources"]
    lines = _table(report, currency, format_tokens)
    if sys.stdout.isatty() and max(map(len, lines)) > shutil.get_terminal_size().columns:
        lines = _table(report, currency, compact_tokens)
    totals = report.totals
    lines += footnotes(
        currency,
        unpriced_requests=totals.unpriced_requests,
        unpriced_tokens=totals.unpriced_tokens,
        unknown={name: totals.unknown[name] for name in TOLD_UNKNOWN},
    )
    if totals.included_requests:
        worth = money(totals.included_cost, currency)
        lines.append(
            f"Requests a subscription paid for: {totals.included_requests:,},"
            f" at list prices {worth}"
        )
    lines += [f"{each['title']}: {each['reason']}." for each in _partly_known(index, query)]
    return lines


def _table(report: Report, currency: Currency | None, tokens: Any) -> list[str]:
    from clacky_tui.cli.table import aligned
    from clacky_tui.usage.envelope import project_name
    from clacky_tui.usage.report import By

    def cells(sums: Sums) -> tuple[str, ...]:
        given = (sums.known("input"), sums.known("cache_read"), sums.known_cache_write)
        requests = sums.known_requests
        return (
            UNKNOWN if requests is None else f"{requests:,}",
            *(UNKNOWN if n is None else tokens(n) for n in (*given, sums.known("output"))),
            money(sums.cost, currency, estimated=bool(sums.estimated_pico)),
        )

    by = report.query.by
    ordered: Sequence[Any] = report.rows
    if not any(each.value in _TIMES for each in by):
        ordered = sorted(report.rows, key=lambda row: -(row.sums.cost or 0))
    rows = [
        (
            *(
                project_name(str(part)) if each is By.PROJECT and part else _named(part)
                for each, part in zip(by, row.key, strict=True)
            ),
            *cells(row.sums),
        )
        for row in ordered
    ]
    head = (*(each.value.capitalize() for each in by), *_TITLES)
    total = ("total", *("" for _ in by[1:]), *cells(report.totals))
    return aligned([head, *rows, total])


def _named(part: object) -> str:
    return "(unknown)" if part in (None, "") else str(part)


def _partly_known(index: UsageIndex, query: Query) -> list[dict[str, Any]]:
    """Agents of the report whose figures cannot be trusted all the way."""
    from clacky_tui.usage.envelope import coverage
    from clacky_tui.usage.reader import Machine
    from clacky_tui.usage.readers.registry import READERS

    readers = [each for each in READERS if not query.agents or each.agent in query.agents]
    found = coverage(index, readers, Machine.this())
    return [each for each in found if each["files"] and each["reason"]]


def _print_sources(index: UsageIndex, *, as_json: bool) -> None:
    from clacky_tui.usage.envelope import coverage
    from clacky_tui.usage.reader import Machine
    from clacky_tui.usage.readers.registry import READERS

    found = coverage(index, READERS, Machine.this())
    if as_json:
        print_json(found)
        return
    for each in found:
        reason = f": {each['reason']}" if each["reason"] else ""
        click.echo(f"{each['title']} ({each['agent']})  {each['status']}{reason}")
        click.echo(
            f"  {each['files']:,} files, {each['entries']:,} records, {each['retained']:,} files no"
            f" longer on disk, {each['unreadable']:,} unreadable"
        )
        for place in each["places"]:
            click.echo(f"  {'looked in' if place['exists'] else 'not there:'} {place['path']}")
        for caveat, times in each["caveats"].items():
            click.echo(f"  {times:,} x {caveat}")
