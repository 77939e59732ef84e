"""`clacky usage daily` and its like: reports with the options and the JSON of ccusage."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from clacky_tui.cli.usage_options import (
    UNKNOWN,
    bring_up_to_date,
    footnotes,
    in_currency,
    money,
    open_index,
    print_json,
    query_of,
    report_options,
)

if TYPE_CHECKING:
    from clacky_tui.domain.money import Currency
    from clacky_tui.usage.blocks import Block
    from clacky_tui.usage.compat import Period
    from clacky_tui.usage.index import UsageIndex
    from clacky_tui.usage.report import Query

STATUS_IS_FRESH_SECONDS = 60.0
STATUS_PATIENCE_SECONDS = 1.0
_CLAUDE = "claude"
"""Whose subscriptions are metered in five-hour blocks."""
_RECENT = timedelta(days=3)
_CHAIN = timedelta(days=7)
"""Where blocks follow each other without a gap each one's start hangs on the one before."""

_OUTPUT = (
    click.option("-j", "--json", "as_json", is_flag=True, help="Print ccusage's JSON."),
    click.option(
        "-o",
        "--order",
        type=click.Choice(("asc", "desc")),
        default="asc",
        show_default=True,
        help="Oldest or latest first.",
    ),
    click.option("-O", "--offline", is_flag=True, hidden=True, help="It always is."),
)


def _report(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options every one of these reports has."""
    for option in reversed(_OUTPUT):
        command = option(command)
    return report_options(command)


Row = dict[str, Any]


def _listing(
    name: str,
    about: str,
    heads: tuple[str, ...],
    find: Callable[[UsageIndex, Query], tuple[dict[str, Any], list[Row]]],
    cells: Callable[[Row], tuple[str, ...]],
) -> click.Command:
    """A command that prints a report row by row.

    Args:
        name: of the command.
        about: its help.
        heads: over the columns before the figures.
        find: the report, and its rows with the oldest first.
        cells: what stands under `heads`.
    """

    def run(
        as_json: bool,
        order: str,
        offline: bool,
        wait: bool,
        no_refresh: bool,
        currency: Currency | None,
        **filtered: Any,
    ) -> None:
        query = query_of(**filtered)
        found, rows = find(open_index(wait=wait, no_refresh=no_refresh), query)
        if order == "desc":
            rows.reverse()
        if as_json:
            print_json(found)
        else:
            _print(heads, [cells(row) for row in rows], rows, found["totals"], currency)

    return click.command(name, help=about)(_report(run))


def _period(period: Period, adjective: str) -> click.Command:
    def find(index: UsageIndex, query: Query) -> tuple[dict[str, Any], list[Row]]:
        from clacky_tui.usage.compat import period_report

        found = period_report(index, query, period)
        return found, found[period]

    def cells(row: Row) -> tuple[str, ...]:
        return row["period"], ", ".join(row["metadata"]["agents"]), _models(row["modelsUsed"])

    about = f"{adjective} by {adjective.lower()}."
    return _listing(period, about, (adjective, "Agents", "Models"), find, cells)


def _sessions(index: UsageIndex, query: Query) -> tuple[dict[str, Any], list[Row]]:
    from clacky_tui.usage.compat import session_report

    found = session_report(index, query)
    return found, found["sessions"]


def _session_cells(row: Row) -> tuple[str, ...]:
    from clacky_tui.usage.envelope import project_name

    last_day = (row["lastActivity"] or "")[:10]
    return row["sessionId"][:13], row["agent"], project_name(row["projectPath"]), last_day


daily = _period("daily", "Day")
weekly = _period("weekly", "Week")
monthly = _period("monthly", "Month")
session = _listing(
    "session",
    "Session by session, by the time of the last request.",
    ("Session", "Agent", "Project", "Last"),
    _sessions,
    _session_cells,
)


@click.command()
@_report
@click.option("--active", is_flag=True, help="Only the block that time runs in.")
@click.option("--recent", is_flag=True, help="Only the last three days.")
@click.option(
    "-n",
    "--session-length",
    "hours",
    type=click.FloatRange(0, 168, min_open=True),
    default=5.0,
    show_default=True,
    help="Hours of a block.",
)
@click.option("--token-limit", metavar="N|max", help="Warn of it; max is the largest block so far.")
def blocks(
    as_json: bool,
    order: str,
    offline: bool,
    wait: bool,
    no_refresh: bool,
    currency: Currency | None,
    active: bool,
    recent: bool,
    hours: float,
    token_limit: str | None,
    **filtered: Any,
) -> None:
    """The five-hour blocks of a subscription: Claude Code's, or those of --agent."""
    from clacky_tui.usage.blocks import make_blocks, read_requests
    from clacky_tui.usage.compat import blocks_report

    filtered["agents"] = filtered["agents"] or (_CLAUDE,)
    query = query_of(**filtered)
    index = open_index(wait=wait, no_refresh=no_refresh)
    now = datetime.now().astimezone()
    found = make_blocks(read_requests(index, query), now, timedelta(hours=hours))
    limit = _limit(token_limit, found)
    if recent:
        found = [block for block in found if block.is_active or block.end > now - _RECENT]
    if active:
        found = [block for block in found if block.is_active]
    if order == "desc":
        found.reverse()
    if as_json:
        print_json(blocks_report(found, now, limit))
    else:
        click.echo("\n".join(_block_lines(found, now, limit, currency)))


def _limit(text: str | None, found: Sequence[Block]) -> int | None:
    if text is None:
        return None
    if text == "max":
        return max((block.total_tokens for block in found if not block.is_active), default=None)
    if not text.isdecimal() or not int(text):
        raise click.BadParameter(
            f"{text!r} is neither a number of tokens nor max.", param_hint="--token-limit"
        )
    return int(text)


def _block_lines(
    found: Sequence[Block], now: datetime, limit: int | None, currency: Currency | None
) -> list[str]:
    from clacky_tui.cli.table import aligned

    if not found:
        return ["No blocks. Where it looked: clacky usage --sources"]
    rows: list[tuple[str, ...]] = [("Block", "Requests", "Tokens", "Cost", "")]
    for block in found:
        start = block.start.astimezone().strftime("%Y-%m-%d %H:%M")
        if block.is_gap:
            rows.append((start, "", "", "", f"nothing for {_hours(block.end - block.start)}"))
            continue
        rows.append(
            (
                start,
                f"{block.requests:,}",
                _tokens(block),
                money(block.cost, currency),
                _outlook(block, now, limit, currency),
            )
        )
    return aligned(rows) + footnotes(currency)


def _tokens(block: Block) -> str:
    is_known = block.uncounted_requests < block.requests
    return f"{block.total_tokens:,}" if is_known else UNKNOWN


def _outlook(block: Block, now: datetime, limit: int | None, currency: Currency | None) -> str:
    words = []
    if block.is_active:
        words.append(f"{_hours(block.end - now)} left")
    if (projection := block.projection(now)) is not None:
        cost = money(projection.cost, currency)
        words.append(f"heading for {projection.total_tokens:,} tokens, {cost}")
        if limit is not None:
            words.append(f"{projection.total_tokens / limit:.0%} of the limit")
    if block.unpriced_requests:
        words.append(f"without a known price: {block.unpriced_requests:,}")
    if block.uncounted_requests:
        words.append(f"without known tokens: {block.uncounted_requests:,}")
    return ", ".join(words)


def _hours(span: timedelta) -> str:
    minutes = max(0, round(span.total_seconds() / 60))
    return f"{minutes // 60}h {minutes % 60:02}m"


@click.command()
@in_currency
@click.option("--agent", "agents", multiple=True, default=(_CLAUDE,), help="Whose usage.")
def statusline(currency: Currency | None, agents: tuple[str, ...]) -> None:
    """One line for a status bar; reads what Claude Code sends on standard input.

    In its settings: "statusLine": {"type": "command", "command": "clacky usage statusline"}
    """
    import time

    from clacky_tui.usage.blocks import active_block, make_blocks, read_requests
    from clacky_tui.usage.report import make_report
    from clacky_tui.usage.statusline import parse_hook, status_line

    hook = parse_hook("" if sys.stdin.isatty() else sys.stdin.read())
    index = open_index(no_refresh=True)
    if (index.refreshed_at() or 0.0) < time.time() - STATUS_IS_FRESH_SECONDS:
        bring_up_to_date(index, STATUS_PATIENCE_SECONDS, frozenset(agents), quiet=True)
    now = datetime.now().astimezone()
    query = query_of(agents=agents)
    today = replace(query, since=now.date(), until=now.date())
    recent = replace(query, since=now.date() - _CHAIN)
    of_session = replace(query, sessions=frozenset({hook.session}))
    click.echo(
        status_line(
            hook,
            session=make_report(index, of_session).totals.cost if hook.session else None,
            today=make_report(index, today).totals.cost,
            block=active_block(make_blocks(read_requests(index, recent), now)),
            now=now,
            money=lambda amount: money(amount, currency),
        )
    )


def _print(
    titles: tuple[str, ...],
    names: Sequence[tuple[str, ...]],
    rows: Sequence[Mapping[str, Any]],
    totals: Mapping[str, Any],
    currency: Currency | None,
) -> None:
    from clacky_tui.cli.table import aligned

    if not rows:
        click.echo("Nothing yet. Where it looked: clacky usage --sources")
        return
    head = (*titles, "Input", "Output", "Cache write", "Cache read", "Cost")
    body = [(*name, *_cells(row, currency)) for name, row in zip(names, rows, strict=True)]
    foot = ("total", *("" for _ in titles[1:]), *_cells(totals, currency))
    notes = footnotes(
        currency,
        unpriced_requests=totals["unpricedRequests"],
        unknown=totals["unknownRequests"],
    )
    click.echo("\n".join(aligned([head, *body, foot]) + notes))


def _cells(figures: Mapping[str, Any], currency: Currency | None) -> tuple[str, ...]:
    keys = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
    cost = figures["totalCost"]
    is_unknown = not cost and figures["unpricedRequests"]
    return (
        *(UNKNOWN if key in figures["unknown"] else f"{figures[key]:,}" for key in keys),
        money(None if is_unknown else cost, currency),
    )


def _models(names: Sequence[str]) -> str:
    return names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "") if names else ""
