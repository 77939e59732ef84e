"""The command line: options of the default command, and the subcommands, imported when used."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import click

from clacky_tui import __version__
from clacky_tui.cli.agent import MODES, run_agent
from clacky_tui.cli.language import in_language, show_error, speak
from clacky_tui.errors import ExitCode
from clacky_tui.i18n import tr

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
            hint = tr(
                "{message} Commands: {known}. To ask something: clacky -m '{asked}'",
                message=tr("No such command {name!r}.", name=args[0]),
                known=known,
                asked=args[0],
            )
            raise click.UsageError(hint, ctx) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [
            "billing",
            "doctor",
            "models",
            "permissions",
            "pricing",
            "sessions",
            "trash",
            "usage",
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = _command(cmd_name)
        return command and in_language(command)


def _command(name: str) -> click.Command | None:
    match name:
        case "billing":
            from clacky_tui.cli.billing import billing

            return billing
        case "doctor":
            from clacky_tui.cli.doctor import doctor

            return doctor
        case "models":
            from clacky_tui.cli.models import models

            return models
        case "permissions":
            from clacky_tui.cli.permissions import permissions

            return permissions
        case "pricing":
            from clacky_tui.cli.pricing import pricing

            return pricing
        case "sessions":
            from clacky_tui.cli.sessions import sessions

            return sessions
        case "trash":
            from clacky_tui.cli.trash import trash

            return trash
        case "usage":
            from clacky_tui.cli.usage import usage

            return usage
        case _:
            return None


def _limit(_: click.Context, parameter: click.Parameter, value: str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise click.BadParameter(
            tr("{value!r} is not an amount in USD.", value=value), param=parameter
        )
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
    "-f", "--file", "files", multiple=True, metavar="PATH", help="Send a file along with -m."
)
@click.option("-i", "--image", "images", multiple=True, metavar="PATH", help="The same as --file.")
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
@click.option("--over-budget", is_flag=True, help="Let no budget of money stop anything.")
@click.option(
    "--plain",
    is_flag=True,
    help="Talk line by line: for screen readers and simple terminals.",
)
@click.option(
    "-c",
    "--continue",
    "go_on",
    is_flag=True,
    help="Go on with the latest session of the directory.",
)
@click.option(
    "-a", "--attach", metavar="SESSION", help="Go on with a session: its number in -l, ID or name."
)
@click.option("-l", "--list", "list_recent", is_flag=True, help="Show the latest sessions.")
@click.option(
    "--reset-terminal", is_flag=True, help="Mend a terminal that a killed program left behind."
)
@click.pass_context
def cli(ctx: click.Context, /, list_recent: bool, reset_terminal: bool, **options: Any) -> None:
    """A terminal AI agent that shows, explains and caps what it costs."""
    if reset_terminal:
        from clacky_tui.cli.reset import reset

        ctx.exit(reset())
    if ctx.invoked_subcommand is None:
        if list_recent:
            from clacky_tui.cli.sessions import show_recent

            ctx.exit(show_recent(options["path"]))
        ctx.exit(run_agent(**options))


def run_command_line() -> int:
    """Parse the process arguments and do what they say; returns the exit code.

    Raises:
        ClackyError: from the command.
    """
    speak()
    try:
        result = in_language(cli).main(prog_name="clacky", standalone_mode=False)
    except click.ClickException as error:
        show_error(error)
        return ExitCode.USAGE
    except click.Abort:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.OK
