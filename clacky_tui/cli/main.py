"""Entry point of `clacky`."""

from __future__ import annotations

import sys

from clacky_tui.cli.language import speak
from clacky_tui.errors import ClackyError, ExitCode
from clacky_tui.i18n import tr


def main() -> int:
    """Run the command line; returns the exit code. Errors go to stderr as one plain sentence."""
    try:
        if len(sys.argv) == 1:
            from clacky_tui.cli.agent import run_agent

            return run_agent()
        from clacky_tui.cli.commands import run_command_line

        return run_command_line()
    except ClackyError as error:
        speak()
        sys.stderr.write(tr("Error: {told}", told=error.told) + "\n")
        return ExitCode.FAILURE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
