"""What the commands under `clacky usage` share: filters, the index, amounts in a chosen currency."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clacky_tui.errors import ConfigError

if TYPE_CHECKING:
    from decimal import Decimal

    from clacky_tui.domain.money import Currency
    from clacky_tui.usage.index import UsageIndex
    from clacky_tui.usage.refresh import Progress
    from clacky_tui.usage.report import By, Query

PATIENCE_SECONDS = 30.0
"""How long a report waits for new histories to be read; the rest is read the next time."""

UNKNOWN = "?"
"""What stands where nothing is known, as for an unknown amount."""

_CommandT = TypeVar("_CommandT")

_MODEL_FILTER = (
    click.option("--model", "models", multiple=True, metavar="M", help="Only this model."),
)
_FILTERS = (
    click.option("--agent", "agents", multiple=True, metavar="A", help="Only this agent."),
    click.option("--project", "projects", multiple=True, metavar="DIR", help="Only this folder."),
    click.option("--session", "sessions", multiple=True, metavar="ID", help="Only this session."),
    click.option("-s", "--since", metavar="DAY", help="First day, YYYY-MM-DD."),
    click.option("-u", "--until", metavar="DAY", help="Last day."),
    click.option(
        "-z", "--tz", "--timezone", "tz", metavar="ZONE", help="Whose days, e.g. Europe/Berlin."
    ),
)
_FRESHNESS = (
    click.option("--refresh", "wait", is_flag=True, help="Read all that is new, however long."),
    click.option("--no-refresh", is_flag=True, help="Report what is known, read nothing new."),
)


def filters(command: _CommandT) -> _CommandT:
    """Give `command` the options `query_of` takes."""
    return _with(_MODEL_FILTER + _FILTERS, command)


def filters_except_model(command: _CommandT) -> _CommandT:
    """The same for a command that means something else by ``--model``."""
    return _with(_FILTERS, command)


def freshness(command: _CommandT) -> _CommandT:
    """Give `command` the options ``wait`` and ``no_refresh`` that `open_index` takes."""
    return _with(_FRESHNESS, command)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options of a report: filters, freshness and ``currency``."""
    return filters(freshness(in_currency(command)))


def _with(options: Sequence[Callable[[Any], Any]], command: _CommandT) -> _CommandT:
    for option in reversed(options):
        command = option(command)
    return command


def query_of(
    by: tuple[By, ...] = (),
    *,
    agents: Sequence[str] = (),
    models: Sequence[str] = (),
    projects: Sequence[str] = (),
    sessions: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    tz: str | None = None,
) -> Query:
    """The query that the options of `filters` describe."""
    from clacky_tui.usage.report import Query
    from clacky_tui.usage.zones import zone_of

    return Query(
        by=by,
        agents=frozenset(agents),
        models=frozenset(models),
        projects=frozenset(map(_folder, projects)),
        sessions=frozenset(sessions),
        since=day_of(since, "--since"),
        until=day_of(until, "--until"),
        zone=zone_of(tz) if tz else None,
    )


def _folder(text: str) -> str:
    """A folder that exists by its whole path; else the text, for folders that are gone."""
    path = Path(text).expanduser().absolute()
    return str(path.resolve()) if path.is_dir() else text


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


def open_index(
    *, wait: bool = False, no_refresh: bool = False, rebuild: str | None = None
) -> UsageIndex:
    """The index, brought up to date as far as `PATIENCE_SECONDS` allow, or wholly if `wait`.

    Progress goes to a terminal on standard error, and so does what is left over.

    Raises:
        ConfigError: `rebuild` names no agent, or the index cannot be opened.
    """
    import sqlite3

    from clacky_tui.usage.index import UsageIndex, default_index_path

    path = default_index_path()
    try:
        index = UsageIndex(path)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(
            f"The index of usage {path} cannot be opened: {error}.",
            hint="Mend the permissions, or delete the file: it is made anew.",
        ) from error
    if rebuild is not None:
        _forget(index, rebuild)
    if not no_refresh or rebuild is not None:
        bring_up_to_date(index, None if wait or rebuild is not None else PATIENCE_SECONDS)
    return index


def bring_up_to_date(
    index: UsageIndex,
    seconds: float | None,
    agents: frozenset[str] = frozenset(),
    *,
    quiet: bool = False,
) -> None:
    """Read what is new, and tell of it on standard error.

    Args:
        index: where it goes.
        seconds: how long at most; None is until it is done.
        agents: only these; empty is all.
        quiet: True says nothing of it.
    """
    from clacky_tui.usage.readers.registry import READERS
    from clacky_tui.usage.refresh import Progress, refresh

    began = monotonic()
    latest = Progress(0, 0, 0)
    on_terminal = sys.stderr.isatty() and not quiet

    def tell(progress: Progress) -> None:
        nonlocal latest
        latest = progress
        if on_terminal:
            _tell(progress)

    refreshed = refresh(
        index,
        readers=[each for each in READERS if not agents or each.agent in agents],
        told=tell,
        stopped=lambda: seconds is not None and monotonic() - began > seconds,
    )
    if quiet:
        return
    for unlisted in refreshed.unlisted:
        click.echo(f"Warning: cannot look for {unlisted}.", err=True)
    if refreshed.stopped and latest.share < 1:
        click.echo(
            f"Warning: {latest.share:.0%} of {latest.files:,} new files are read so far; the rest"
            " follows the next time, or now with --refresh.",
            err=True,
        )


def _forget(index: UsageIndex, rebuild: str) -> None:
    from clacky_tui.usage.readers.registry import READERS

    known = [reader.agent for reader in READERS]
    chosen = known if rebuild == "all" else [rebuild]
    if not set(chosen) <= set(known):
        raise ConfigError(f"There is no agent {rebuild!r}.", hint=f"Agents: {', '.join(known)}.")
    with index.writing():
        for agent in chosen:
            index.forget(agent)


def _tell(progress: Progress) -> None:
    if progress.files:
        end = "\r" if progress.share < 1 else "\r\x1b[K"
        click.echo(
            f"\x1b[Kindexing {progress.share:4.0%} of {progress.files:,} files{end}",
            err=True,
            nl=False,
        )


def currency_option(context: click.Context, parameter: click.Parameter, text: str | None) -> object:
    """The `Currency` that ``--currency`` names, at the rate of ui.toml where that is its rate."""
    if text is None:
        return None
    from clacky_tui.config.preferences import load_preferences
    from clacky_tui.domain.money import currency_of

    chosen = load_preferences()
    code, _equals, rate = text.partition("=")
    if not rate and code.strip().upper() == chosen.currency.upper():
        rate = chosen.exchange_rate
    try:
        return currency_of(code, rate)
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from None


in_currency = click.option(
    "--currency",
    callback=currency_option,
    metavar="CODE",
    help="Show amounts in another currency, such as EUR or EUR=0.92; USD without it.",
)


def money(amount_usd: Decimal | None, currency: Currency | None, *, estimated: bool = False) -> str:
    """An amount for the eye, in `currency`; in USD for None."""
    from clacky_tui.domain.money import USD, format_money

    return format_money(amount_usd, currency or USD, estimated=estimated)


def footnotes(
    currency: Currency | None,
    *,
    unpriced_requests: int = 0,
    unpriced_tokens: int | None = None,
    unknown: Mapping[str, int] = MappingProxyType({}),
) -> list[str]:
    """Lines under a table: what its sums leave out, and the rate that amounts were converted at.

    Args:
        currency: of the table; None for USD.
        unpriced_requests: those without a known price.
        unpriced_tokens: theirs.
        unknown: requests, by the class of tokens that is not known of them.
    """
    lines = []
    if unpriced_requests:
        tokens = "" if unpriced_tokens is None else f" ({unpriced_tokens:,} tokens)"
        lines.append(
            f"Requests without a known price, not in the sums: {unpriced_requests:,}{tokens}"
        )
    parts = [
        f"{name.replace('_', ' ')} of {requests:,} request{'s' * (requests != 1)}"
        for name, requests in unknown.items()
        if requests
    ]
    if parts:
        lines.append(f"Tokens not known, not in the sums: {', '.join(parts)}")
    if currency is not None and currency.code != "USD":
        lines.append(f"1 USD = {currency.per_usd:f} {currency.code}")
    return lines


def print_json(found: object) -> None:
    """`found` with its amounts exact."""
    from clacky_tui.billing.exact_json import encode

    click.echo(encode(found, indent=2))
