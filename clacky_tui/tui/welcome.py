"""What a fresh session says before anything was asked."""

from __future__ import annotations

from clacky_tui import __version__
from clacky_tui.i18n import tr, tr_count, tr_noop

_DEMO = tr_noop(
    "No API key yet, so this is the built-in demo model: scripted answers, real tools; costs shown "
    "are simulated and never mixed with yours.\n"
    "\n"
    "Try     fix the failing test in the sample project\n"
    "        explain this project\n"
    "Or      /config   add an API key, of any provider\n"
    "        /help     keys and commands\n"
    "        ctrl+p    everything else"
)
_READY = tr_noop(
    "Say what to do; name files and errors as you would to a colleague.\n"
    "/help     keys and commands\n"
    "ctrl+p    everything else"
)

OPENING_LINE = tr_noop("The session is being opened. Page up shows what was said before.")
"""Stands where `restored_line` will."""


def welcome_lines(working_dir: str, *, simulated: bool | None = None) -> list[str]:
    """The lines of an empty transcript; `simulated` None while the model is not known yet."""
    heading = [f"clacky {__version__} · {working_dir}"]
    if simulated is None:
        return heading
    return [*heading, "", *tr(_DEMO if simulated else _READY).split("\n")]


def restored_line(name: str, tasks: int) -> str:
    """What stands under the conversation of a session that goes on."""
    count = tr_count("{n} task", "{n} tasks", tasks)
    return tr(
        "{name} goes on after {count}. Page up shows what was said before.",
        name=name or tr("Unnamed session"),
        count=count,
    )
