"""What a fresh session says before anything was asked."""

from __future__ import annotations

from clacky_tui import __version__

_DEMO = (
    "No API key yet, so this is the built-in demo model: scripted answers, real",
    "tools, costs shown are simulated and never mixed with yours.",
    "",
    "Try     fix the failing test in the sample project",
    "        explain this project",
    "Or      /help     keys and commands          ctrl+p   everything else",
    "Key     add a model to ~/.clacky/config.yml, or set CLACKY_API_KEY,",
    "        CLACKY_BASE_URL and CLACKY_MODEL, and start again",
)
_READY = (
    "Say what to do; name files and errors as you would to a colleague.",
    "/help     keys and commands          ctrl+p   everything else",
)

OPENING_LINE = "The session is being opened. Page up shows what was said before."
"""Stands where `restored_line` will."""


def welcome_lines(working_dir: str, *, simulated: bool | None = None) -> list[str]:
    """The lines of an empty transcript; `simulated` None while the model is not known yet."""
    heading = [f"clacky {__version__} · {working_dir}"]
    if simulated is None:
        return heading
    return [*heading, "", *(_DEMO if simulated else _READY)]


def restored_line(name: str, tasks: int) -> str:
    """What stands under the conversation of a session that goes on."""
    count = f"{tasks:,} task{'s' if tasks != 1 else ''}"
    return f"{name or 'Unnamed session'} goes on after {count}. Page up shows what was said before."
