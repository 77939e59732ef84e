"""Calling a person who looks elsewhere: a task waits for an answer, or has ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.chat.text import sanitize_line

if TYPE_CHECKING:
    from clacky_tui.tui.task_watch import Call

BELL = "\x07"
LONG_TASK = timedelta(seconds=20)
"""Nobody is expected to watch for longer."""
CALLS: dict[Call, str] = {
    "approval": tr_noop("{name} waits for your approval"),
    "trust": tr_noop("{name} waits for your answer"),
    "feedback": tr_noop("{name} has a question"),
    "done": tr_noop("{name} is done"),
    "error": tr_noop("{name} failed"),
    "budget": tr_noop("{name} stopped at its budget"),
}


def is_wanted(*, has_focus: bool | None, ran: timedelta) -> bool:
    """Whether to call: never while the person is known to look, else when away or after long work.

    Args:
        has_focus: what the terminal reported last; None when it has reported nothing so far.
    """
    if has_focus is None:
        return ran >= LONG_TASK
    return not has_focus


def call_sequence(call: Call, name: str, preference: str, environ: Mapping[str, str]) -> str:
    """What to send the terminal: a notification it is known to show, else its bell.

    Inside tmux and screen it is always the bell: whether they let a notification through, and which
    terminal would get it, cannot be known; they mark the window that rang.

    Args:
        name: the session's; made safe here.
        preference: "auto", "bell" or "off".
    """
    if preference == "off":
        return ""
    kind = None if preference == "bell" else _notification_of(environ)
    if kind is None:
        return BELL
    # A semicolon would end the field.
    words = sanitize_line(tr(CALLS[call], name=name or "clacky")).replace(";", ",")
    match kind:
        case 9:
            return f"\x1b]9;{words}\x1b\\"
        case 99:
            return f"\x1b]99;o=unfocused;{words}\x1b\\"
    return f"\x1b]777;notify;clacky;{words}\x1b\\"


def _notification_of(environ: Mapping[str, str]) -> Literal[9, 99, 777] | None:
    """The OSC number with which the terminal shows notifications, by its own documentation."""
    if environ.get("TMUX") or environ.get("STY"):
        return None
    term = environ.get("TERM", "")
    if term == "xterm-kitty" or environ.get("KITTY_WINDOW_ID"):
        return 99
    if environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "ghostty"):
        return 9
    if environ.get("LC_TERMINAL") == "iTerm2" or term == "xterm-ghostty":
        return 9
    return 777 if term.startswith(("rxvt-unicode", "foot")) else None
