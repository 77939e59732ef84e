"""The command `clacky`: without a subcommand it opens the app, or runs one task with `-m`.

Everything heavy is imported inside the branch that needs it, so `--version` stays instant.
"""

from __future__ import annotations

import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clacky_tui import __version__
from clacky_tui.errors import ClackyError, ExitCode

if TYPE_CHECKING:
    from clacky_tui.config.settings import ModelEntry, Settings

MODES = ("confirm_safes", "auto_approve", "confirm_all")
_EPILOG = "Without a configured key the app opens on its built-in demo model, offline."


class _Group(click.Group):
    """Shows `clacky billing` and its like beside the options of the default command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            known = ", ".join(sorted(self.list_commands(ctx)))
            hint = f"{error.message} Commands: {known}. To ask something: clacky -m '{args[0]}'"
            raise click.UsageError(hint, ctx) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["billing"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "billing":
            from clacky_tui.cli.billing import billing

            return billing
        return None


def _limit(_: click.Context, parameter: click.Parameter, value: str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise click.BadParameter(f"{value!r} is not an amount in USD.", param=parameter)
    return amount


@click.group(
    cls=_Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)
@click.version_option(__version__, "--version", prog_name="clacky", message="%(prog)s %(version)s")
@click.option("-m", "--message", metavar="TEXT", help="Run one task without a screen, unasked.")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default=MODES[0],
    show_default=True,
    help="How much runs without asking.",
)
@click.option("--model", metavar="NAME", help="A configured model, by its exact name.")
@click.option("--path", metavar="DIR", help="Working directory; the current one by default.")
@click.option("--theme", metavar="NAME", help="Colour theme.")
@click.option(
    "--max-turns", type=click.IntRange(min=0), help="Model requests per task; 0 is unlimited."
)
@click.option("--max-cost", callback=_limit, metavar="USD", help="Most a session may cost.")
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """A terminal AI agent that shows, explains and caps what it costs."""
    if ctx.invoked_subcommand is None:
        ctx.exit(_agent(**options))


def _agent(
    message: str | None,
    mode: str,
    model: str | None,
    path: str | None,
    theme: str | None,
    max_turns: int | None,
    max_cost: Decimal | None,
) -> int:
    working_dir = _working_dir(path)
    if message is None:
        return _open_app(working_dir, mode, model, theme, max_turns, max_cost)
    if not message.strip():
        raise ClackyError("The message is empty.", hint="Say what to do: clacky -m 'text'.")
    import asyncio

    from clacky_tui.headless.plain import run_once

    settings, entry = load(model, max_turns, max_cost)
    return asyncio.run(run_once(message, settings, entry, working_dir))


def load(
    model: str | None, max_turns: int | None, max_cost: Decimal | None
) -> tuple[Settings, ModelEntry | None]:
    """Settings with the command line's budgets, and the model to use (None is the demo model).

    Raises:
        ConfigError: no model of that name.
    """
    from clacky_tui.config.settings import load_settings, select_model

    settings = load_settings()
    changes: dict[str, Any] = {}
    if max_turns is not None:
        changes["max_turns"] = max_turns or None
    if max_cost is not None:
        changes["max_cost"] = max_cost or None
    return settings.model_copy(update=changes), select_model(settings, model)


def _open_app(
    working_dir: Path,
    mode: str,
    model: str | None,
    theme: str | None,
    max_turns: int | None,
    max_cost: Decimal | None,
) -> int:
    # Textual draws on standard error, so all three have to be the terminal.
    on_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    if not on_terminal or os.environ.get("TERM") == "dumb":
        raise ClackyError(
            "The full screen needs a terminal on standard input, output and error.",
            hint="For one task without a screen: clacky -m 'text'.",
        )
    from clacky_tui.tui.run import run_app

    return run_app(
        working_dir=working_dir,
        mode=mode,
        theme=theme,
        load=lambda: load(model, max_turns, max_cost),
    )


def _working_dir(path: str | None) -> Path:
    folder = Path(path).expanduser().absolute() if path else Path.cwd()
    if not folder.is_dir():
        raise ClackyError(f"{folder} is not a directory.", hint="Give an existing one to --path.")
    return folder


def main() -> int:
    """Entry point; returns the exit code. Errors go to stderr as one plain sentence."""
    try:
        result = cli.main(prog_name="clacky", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.Abort:
        return ExitCode.INTERRUPTED
    except ClackyError as error:
        click.echo(f"Error: {error}", err=True)
        return ExitCode.FAILURE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.OK
