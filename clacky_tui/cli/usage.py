"""`clacky usage`: tokens and cost of every coding agent on this machine."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from clacky_tui.errors import ConfigError

if TYPE_CHECKING:
    from clacky_tui.usage.index import UsageIndex
    from clacky_tui.usage.refresh import Progress
    from clacky_tui.usage.report import Query, Report, Sums

_BY_DEFAULT = "agent,model"
_TITLES = ("Requests", "Input", "Cache read", "Cache write", "Output", "Cost")


@click.group(invoke_without_command=True)
@click.option(
    "--by",
    "by_text",
    default=_BY_DEFAULT,
    show_default=True,
    metavar="A,B",
    help="agent, model, day, week, month, hour, project, session, protocol, provider.",
)
@click.option("--agent", "agents", multiple=True, metavar="A", help="Only this agent; repeatable.")
@click.option("--model", "models", multiple=True, metavar="M", help="Only this model; repeatable.")
@click.option("--project", "projects", multiple=True, metavar="DIR", help="Only this project.")
@click.option("--since", metavar="DAY", help="First day, YYYY-MM-DD.")
@click.option("--until", metavar="DAY", help="Last day.")
@click.option("--tz", metavar="ZONE", help="Days of this zone, such as UTC or Europe/Berlin.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
@click.option("--sources", is_flag=True, help="Show where it looked and what it found.")
@click.option("--no-refresh", is_flag=True, help="Report what is known, look for nothing new.")
@click.option(
    "--rebuild", metavar="AGENT", help="Forget an agent's records, or `all`, and read anew."
)
@click.pass_context
def usage(
    ctx: click.Context,
    /,
    by_text: str,
    as_json: bool,
    as_csv: bool,
    sources: bool,
    no_refresh: bool,
    rebuild: str | None,
    **filters: Any,
) -> None:
    """Show tokens and cost of every coding agent on this machine. Always USD."""
    if ctx.invoked_subcommand is not None:
        return
    from clacky_tui.usage.report import make_report

    query = _query(by_text, **filters)
    index = open_index(refresh=not no_refresh, rebuild=rebuild)
    if sources:
        _print_sources(index, as_json=as_json)
        return
    report = make_report(index, query)
    if as_json:
        from clacky_tui.billing.exact_json import encode
        from clacky_tui.usage.envelope import envelope

        now = datetime.now().astimezone()
        click.echo(encode(envelope(index, report, now=now, prices=_prices()), indent=2))
    elif as_csv:
        from clacky_tui.usage.envelope import csv_rows

        csv.writer(sys.stdout, lineterminator="\n").writerows(csv_rows(report))
    else:
        click.echo("\n".join(_text(report)))


def open_index(*, refresh: bool = True, rebuild: str | None = None) -> UsageIndex:
    """The index, brought up to date; progress goes to a terminal on standard error.

    Raises:
        ConfigError: `rebuild` names no agent.
    """
    from clacky_tui.usage.index import UsageIndex, default_index_path
    from clacky_tui.usage.readers.registry import READERS
    from clacky_tui.usage.refresh import refresh as bring_up_to_date

    index = UsageIndex(default_index_path())
    if rebuild is not None:
        known = [reader.agent for reader in READERS]
        chosen = known if rebuild == "all" else [rebuild]
        if not set(chosen) <= set(known):
            raise ConfigError(
                f"There is no agent {rebuild!r}.", hint=f"Agents: {', '.join(known)}."
            )
        with index.writing():
            for agent in chosen:
                index.forget(agent)
    if refresh or rebuild is not None:
        bring_up_to_date(index, told=_tell if sys.stderr.isatty() else lambda _: None)
    return index


def _tell(progress: Progress) -> None:
    if progress.files:
        end = "\r" if progress.share < 1 else "\r\x1b[K"
        click.echo(
            f"\x1b[Kindexing {progress.share:4.0%} of {progress.files:,} files{end}",
            err=True,
            nl=False,
        )


def _query(
    by_text: str,
    *,
    agents: Sequence[str],
    models: Sequence[str],
    projects: Sequence[str],
    since: str | None,
    until: str | None,
    tz: str | None,
) -> Query:
    from clacky_tui.usage.envelope import parse_by
    from clacky_tui.usage.report import By, Query
    from clacky_tui.usage.zones import zone_of

    try:
        by = parse_by(by_text)
    except ValueError:
        raise click.BadParameter(
            f"{by_text!r}: choose among {', '.join(each.value for each in By)}.", param_hint="--by"
        ) from None
    return Query(
        by=by,
        agents=frozenset(agents),
        models=frozenset(models),
        projects=frozenset(projects),
        since=day_of(since, "--since"),
        until=day_of(until, "--until"),
        zone=zone_of(tz) if tz else None,
    )


def day_of(text: str | None, option: str) -> date | None:
    """A day written as YYYY-MM-DD or YYYYMMDD."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no day; write YYYY-MM-DD.", param_hint=option
        ) from None


def _prices() -> dict[str, str | None]:
    from clacky_tui.billing.price_catalogue import catalogue_version

    return {"source": f"own table, then {catalogue_version()}", "date": None}


def _text(report: Report) -> list[str]:
    from clacky_tui.cli.table import aligned
    from clacky_tui.usage.envelope import project_name
    from clacky_tui.usage.report import By

    if not report.rows:
        return ["Nothing yet. Where it looked: clacky usage --sources"]
    by = report.query.by
    rows = [
        (
            *(
                project_name(str(part)) if each is By.PROJECT and part else str(part or "(unknown)")
                for each, part in zip(by, row.key, strict=True)
            ),
            *_cells(row.sums),
        )
        for row in sorted(
            report.rows, key=lambda row: -(row.sums.cost or 0) if not _is_timed(by) else 0
        )
    ]
    head = (*(each.value.capitalize() for each in by), *_TITLES)
    totals = report.totals
    lines = aligned([head, *rows, ("total", *("" for _ in by[1:]), *_cells(totals))])
    if totals.unpriced_requests:
        lines.append(
            f"{totals.unpriced_requests:,} requests with {totals.unpriced_tokens:,} tokens have no"
            " known price and are not in the sums."
        )
    return lines


def _is_timed(by: Sequence[Any]) -> bool:
    return any(each.value in ("day", "week", "month", "hour") for each in by)


def _cells(sums: Sums) -> tuple[str, ...]:
    from clacky_tui.domain.money import format_usd

    return (
        f"{sums.requests:,}",
        f"{sums.tokens['input']:,}",
        f"{sums.tokens['cache_read']:,}",
        f"{sums.cache_write_tokens:,}",
        f"{sums.tokens['output']:,}",
        format_usd(sums.cost, estimated=bool(sums.estimated_pico)),
    )


def _print_sources(index: UsageIndex, *, as_json: bool) -> None:
    from clacky_tui.billing.exact_json import encode
    from clacky_tui.usage.envelope import coverage
    from clacky_tui.usage.reader import Machine
    from clacky_tui.usage.readers.registry import READERS

    found = coverage(index, READERS, Machine.this())
    if as_json:
        click.echo(encode(found, indent=2))
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
