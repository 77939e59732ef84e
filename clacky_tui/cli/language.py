"""The command line in the language of the person: what is told, and the help of its commands."""

from __future__ import annotations

import sys

from clacky_tui.i18n import current_language, tr, tr_noop, use_language

TYPE_CHECKING = False  # importing typing would delay the first frame
if TYPE_CHECKING:
    from typing import TypeVar

    import click

    AnyCommand = TypeVar("AnyCommand", bound=click.Command)

HEADINGS = (
    tr_noop("Usage"),
    tr_noop("Options"),
    tr_noop("Commands"),
    tr_noop("Show this message and exit."),
    tr_noop("Show the version and exit."),
)
"""What click says by itself in a help text."""


def speak() -> None:
    """Use the language that ``ui.toml`` or the environment asks for; a version has none."""
    if sys.argv[1:] == ["--version"]:
        return
    from clacky_tui.config.preferences import load_preferences

    use_language(load_preferences().language)


def show_error(error: click.ClickException) -> None:
    """What `error.show` prints; click's own sentences stay English where they are rare."""
    import click

    if isinstance(error, click.UsageError) and error.ctx is not None:
        command = error.ctx.command_path
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(tr("Try '{command} --help' for help.", command=command) + "\n", err=True)
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        message = tr("No such option: {option}", option=error.option_name)
    click.echo(tr("Error: {told}", told=message), err=True)


def in_language(command: AnyCommand) -> AnyCommand:
    """`command`, its help and that of its subcommands and options in the language spoken now."""
    if current_language() == "en":
        return command
    import inspect

    import click

    from clacky_tui.cli.help_text import HelpContext

    command.context_class = HelpContext
    if command.help:
        command.help = tr(inspect.cleandoc(command.help))
        command.short_help = command.help.partition("。")[0]
    command.epilog = command.epilog and tr(command.epilog)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = tr(parameter.help)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            in_language(each)
    return command
