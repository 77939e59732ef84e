"""`clacky models`: the configured models, and with `--test` which of them answer and how fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from clacky_tui.cli.table import aligned
from clacky_tui.errors import ClackyError, ConfigError, ExitCode
from clacky_tui.i18n import tr, tr_noop

if TYPE_CHECKING:
    from clacky_tui.agent.model_test import TestedModel
    from clacky_tui.billing.prices import PriceBook
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.domain.pricing import Price

_HEADS = (
    tr_noop("Model"),
    tr_noop("Host"),
    tr_noop("Wire"),
    tr_noop("Window"),
    tr_noop("USD per million, in / out"),
)


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--test", is_flag=True, help="Ask each one a word; costs a fraction of a cent.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1, max=3600),
    metavar="SECONDS",
    help="How long --test waits for each model; 15 by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def models(names: tuple[str, ...], test: bool, timeout: float | None, as_json: bool) -> int:
    """List the configured models, or test them: all of them, or the NAMEs."""
    from clacky_tui.billing.exact_json import encode
    from clacky_tui.config.settings import load_settings

    settings = load_settings()
    for problem in settings.problems:
        click.echo(tr("Warning: {problem}", problem=problem), err=True)
    entries = _chosen(settings, names)
    if not entries:
        click.echo(
            tr(
                "No model is configured, so the built-in demo model answers. "
                "Set CLACKY_API_KEY, or add a model to ~/.clacky/config.yml."
            ),
            err=True,
        )
    if test:
        return _test(settings, entries, timeout, as_json=as_json)
    from clacky_tui.billing.prices import user_price_book

    book = user_price_book()
    default = settings.default_model
    if as_json:
        rows = [_listing_json(entry, book, is_default=entry is default) for entry in entries]
        click.echo(encode(rows, indent=2))
    elif entries:
        heads = tuple(map(tr, _HEADS))
        table = [_listing(entry, book, is_default=entry is default) for entry in entries]
        click.echo("\n".join(aligned([("  " + heads[0], *heads[1:]), *table])))
    return ExitCode.OK


def _chosen(settings: Settings, names: Sequence[str]) -> tuple[ModelEntry, ...]:
    """Every entry, or every one of these names, in the order of the file.

    Raises:
        ConfigError: a name is not configured.
    """
    from clacky_tui.config.settings import select_model

    for name in names:
        select_model(settings, name)
    wanted = {name.lower() for name in names}
    return tuple(e for e in settings.models if not wanted or e.model.lower() in wanted)


def _wire(entry: ModelEntry) -> str:
    """What is spoken to it, or what was asked for and nobody speaks, with a question mark."""
    from clacky_tui.providers.factory import make_endpoint

    try:
        return make_endpoint(
            entry.model,
            entry.base_url,
            entry.api_key.get_secret_value(),
            anthropic_format=entry.anthropic_format,
            wire=entry.wire,
            environ={},
        ).wire
    except ConfigError:
        return f"{entry.wire}?"


def _host(entry: ModelEntry) -> str:
    try:
        return urlsplit(entry.base_url).hostname or ""
    except ValueError:
        return ""


def _price(entry: ModelEntry, book: PriceBook) -> Price | None:
    return book.price(entry.model, _host(entry), datetime.now().astimezone())


def _listing(entry: ModelEntry, book: PriceBook, *, is_default: bool) -> tuple[str, ...]:
    from clacky_tui.providers.presets import context_window_tokens

    window, price = context_window_tokens(entry.model), _price(entry, book)
    return (
        f"{'*' if is_default else ' '} {entry.model}",
        _host(entry) or tr("no base_url"),
        _wire(entry),
        f"{window:,}" if window else "?",
        f"{price.base.input:f} / {price.base.output:f}" if price else "?",
    )


def _listing_json(entry: ModelEntry, book: PriceBook, *, is_default: bool) -> dict[str, Any]:
    from clacky_tui.providers.presets import context_window_tokens

    price = _price(entry, book)
    return {
        "model": entry.model,
        "default": is_default,
        "host": _host(entry),
        "wire": _wire(entry),
        "context_window_tokens": context_window_tokens(entry.model),
        "usd_per_million_tokens": price
        and {"input": price.base.input, "output": price.base.output},
        "price_source": price and price.source,
    }


def _test(
    settings: Settings,
    entries: tuple[ModelEntry, ...],
    limit_seconds: float | None,
    *,
    as_json: bool,
) -> int:
    """Ask `entries`, or the demo model when there is none; fails when one of them does."""
    from clacky_tui.billing.exact_json import encode

    simulated = not entries
    results: dict[int, TestedModel] = {}

    def tell(index: int, tested: TestedModel) -> None:
        results[index] = tested
        if not as_json:
            click.echo("\n".join(_result_lines(tested, simulated=simulated)))

    ask_configured(settings, entries, tell, limit_seconds)
    if as_json:
        rows = [_result_json(results[i], simulated=simulated) for i in range(len(results))]
        click.echo(encode(rows, indent=2))
    failed = any(tested.error for tested in results.values())
    return ExitCode.FAILURE if failed else ExitCode.OK


def ask_configured(
    settings: Settings,
    entries: tuple[ModelEntry, ...],
    tell: Callable[[int, TestedModel], None],
    limit_seconds: float | None = None,
) -> None:
    """Ask each of `entries`, or the demo model when there is none, a word; `tell` each result.

    What else there is to know, such as a budget that is used up, goes to standard error.
    """
    import asyncio
    from pathlib import Path

    from clacky_tui import events
    from clacky_tui.agent.budget_watch import limits_of
    from clacky_tui.agent.model_test import TIME_LIMIT_SECONDS, ask_models
    from clacky_tui.agent.session import Session
    from clacky_tui.agent.target import DEMO_MODEL
    from clacky_tui.billing.ledger import default_ledger
    from clacky_tui.billing.names import printable
    from clacky_tui.billing.prices import user_price_book
    from clacky_tui.domain.modes import PermissionMode
    from clacky_tui.wording import budget_warning

    simulated = not entries

    def deliver(envelope: events.Envelope) -> None:
        match envelope.event:
            case events.Notice(text=text):
                click.echo(tr("Warning: {told}", told=printable(text)), err=True)
            case events.BudgetWarned() as warned:
                click.echo(tr("Warning: {told}", told=budget_warning(warned)), err=True)

    session = Session(
        working_dir=Path.cwd(),
        mode=PermissionMode.CONFIRM_SAFES,
        model=entries[0].model if entries else DEMO_MODEL,
        simulated=simulated,
        deliver=deliver,
        limits=limits_of(settings),
    )
    book = user_price_book()
    for problem in book.problems:
        click.echo(tr("Warning: {problem}", problem=problem), err=True)
    ledger = default_ledger(simulated=simulated)
    asked = entries or (None,)
    limit_seconds = limit_seconds or TIME_LIMIT_SECONDS
    asyncio.run(ask_models(asked, session, ledger, book, tell, limit_seconds=limit_seconds))


def _result_lines(tested: TestedModel, *, simulated: bool) -> list[str]:
    from clacky_tui.billing.names import printable
    from clacky_tui.domain.money import format_usd

    name = f"{tested.model} ({tested.provider})" if tested.provider else tested.model
    parts = [f"{tr('ok    ') if tested.error is None else tr('failed')}  {printable(name)}"]
    if tested.time_to_first_token_seconds is not None:
        parts.append(tr("first token {waited:.2f}s", waited=tested.time_to_first_token_seconds))
    if tested.duration_seconds:
        parts.append(tr("total {duration:.2f}s", duration=tested.duration_seconds))
    if rate := _rate(tested):
        parts.append(tr("{rate:.0f} tokens/s", rate=rate))
    if tested.usage is not None:
        parts.append(
            tr(
                "in {read:,} out {written:,}",
                read=tested.usage.total_input_tokens,
                written=tested.usage.output_tokens,
            )
        )
    if tested.error is None or tested.cost:
        parts.append(format_usd(tested.cost) + (tr(" demo") if simulated else ""))
    lines = ["  ".join(parts)]
    if tested.error is not None:
        said = (tr(tested.error.message), tr(tested.error.hint))
        lines += [f"        {printable(text)}" for text in said if text]
    return lines


def _rate(tested: TestedModel) -> float | None:
    from clacky_tui.domain.usage import tokens_per_second

    return tokens_per_second(
        tested.usage.output_tokens if tested.usage is not None else None,
        tested.time_to_first_token_seconds,
        tested.duration_seconds,
    )


def _result_json(tested: TestedModel, *, simulated: bool) -> dict[str, Any]:
    error: ClackyError | None = tested.error
    return {
        "model": tested.model,
        "host": tested.provider,
        "ok": error is None,
        "code": error and error.code,
        "message": error and error.message,
        "hint": error and error.hint,
        "time_to_first_token_seconds": tested.time_to_first_token_seconds,
        "duration_seconds": tested.duration_seconds,
        "tokens_per_second": _rate(tested),
        "input_tokens": None if tested.usage is None else tested.usage.total_input_tokens,
        "output_tokens": None if tested.usage is None else tested.usage.output_tokens,
        "cost_usd": tested.cost,
        "simulated": simulated,
    }
