"""`clacky doctor`: what may be wrong with the terminal and the configuration, and how to mend it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from clacky_tui.errors import ExitCode
from clacky_tui.i18n import phrase, tr

if TYPE_CHECKING:
    from clacky_tui.agent.model_test import TestedModel
    from clacky_tui.config.settings import Settings
    from clacky_tui.doctor.finding import Finding


@click.command()
@click.option("--keys", is_flag=True, help="Ask for some keys and tell how they arrive.")
@click.option(
    "--clipboard", is_flag=True, help="Try copying; what is in the clipboard is overwritten."
)
@click.option(
    "--models", is_flag=True, help="Ask each configured model a word; costs a fraction of a cent."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def doctor(keys: bool, clipboard: bool, models: bool, as_json: bool) -> int:
    """Test the terminal and the configuration, and say what to fix.

    Exit codes: 0 when nothing failed (warnings may stand), 1 when something did.
    """
    from clacky_tui.billing.names import printable

    found: list[Finding] = []
    for finding in _examine(keys=keys, clipboard=clipboard, models=models):
        found.append(finding)
        if not as_json:
            click.echo(printable(finding.line))
    failed = sum(finding.level == "fail" for finding in found)
    if as_json:
        click.echo(json.dumps([f.to_json_dict() for f in found], ensure_ascii=False, indent=2))
    else:
        warned = sum(finding.level == "warn" for finding in found)
        click.echo(
            tr(
                "{count} checks: {failed} failed, {warned} to look at.",
                count=len(found),
                failed=failed,
                warned=warned,
            )
        )
    return ExitCode.FAILURE if failed else ExitCode.OK


def _examine(*, keys: bool, clipboard: bool, models: bool) -> Iterator[Finding]:
    from clacky_tui.config.settings import load_settings
    from clacky_tui.doctor.configuration import examine_configuration
    from clacky_tui.doctor.disk import examine_disk, examine_versions
    from clacky_tui.doctor.telemetry import examine_telemetry

    yield from _terminal(keys=keys, clipboard=clipboard)
    settings = load_settings()
    yield from examine_configuration(settings)
    yield from examine_disk()
    yield from examine_versions()
    yield from examine_telemetry(settings, os.environ)
    if models:
        yield from _models(settings)


def _terminal(*, keys: bool, clipboard: bool) -> list[Finding]:
    """All of it, before any is printed: an answer of the terminal must not meet other output."""
    from clacky_tui.doctor.finding import Finding
    from clacky_tui.doctor.keys import examine_keys
    from clacky_tui.doctor.terminal import AREA, examine_environment, examine_live
    from clacky_tui.doctor.tmux import examine_tmux
    from clacky_tui.doctor.tty import Tty

    with ExitStack() as stack:
        try:
            tty = stack.enter_context(Tty())
        except OSError:
            text = phrase("there is none here, so its checks are left out.")
            return [Finding("ok", AREA, "presence", text)]
        found = [*examine_environment(os.environ), *examine_tmux(os.environ)]
        found += examine_live(tty, os.environ, clipboard=clipboard)
        if keys:
            found += examine_keys(tty)
        return found


def _models(settings: Settings) -> Iterator[Finding]:
    from clacky_tui.cli.models import ask_configured
    from clacky_tui.doctor.finding import Finding

    results: list[TestedModel] = []
    ask_configured(settings, settings.models, lambda _, tested: results.append(tested))
    for tested in results:
        if tested.error is None:
            text = phrase(
                "{model} answers after {seconds:.1f} s.",
                model=tested.model,
                seconds=tested.duration_seconds,
            )
            yield Finding("ok", "models", "answer", text)
        else:
            text = f"{tested.model}: {tested.error.message}"
            remedy = tested.error.hint or phrase("look into config.yml")
            yield Finding("fail", "models", "answer", text, remedy)
