"""The terminal as it was found: restored on every way out, signals included."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from clacky_tui.errors import ExitCode

EXIT_CODES = {
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HANGUP,
    signal.SIGINT: ExitCode.INTERRUPTED,
}

RESTORE = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"  # mouse reports
    "\x1b[?2004l\x1b[?1004l"  # bracketed paste, focus reports
    "\x1b[<u\x1b[?2026l\x1b[?2048l"  # kitty keys, synchronized output, in-band resize
    "\x1b[r\x1b[m\x1b[?7h\x1b[?25h"  # margins, colours, wrap, cursor
    "\x1b[?1049l"  # back to the normal screen
)
"""Undoes whatever a full-screen program may have set (xterm control sequences)."""


def free_alt_digits() -> None:
    """Let Alt and a digit be the key of that name.

    Textual 8.2 reads ``ESC 2`` as the character that Option+2 gives in WezTerm on macOS.
    """
    from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

    for digit in "0123456789":
        ANSI_SEQUENCES_KEYS.pop(f"\x1b{digit}", None)  # type: ignore[attr-defined]


def over_ssh(environ: Mapping[str, str] = os.environ) -> bool:
    """True when the screen is at the far end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def takes_commands(environ: Mapping[str, str] = os.environ) -> bool:
    """False for terminals that do not know operating system commands (OSC) and may show them."""
    return environ.get("TERM", "") not in ("", "dumb", "linux", "unknown")


def is_utf8() -> bool:
    """True when the terminal is said to take UTF-8."""
    import locale

    return locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"


@contextlib.contextmanager
def kept_title() -> Iterator[None]:
    """Give the window title back, on terminals that keep a stack of them."""
    from clacky_tui.tui.title import GIVE_BACK, KEEP

    def send(sequence: str) -> None:
        if takes_commands():
            with contextlib.suppress(OSError, ValueError):
                os.write(1, sequence.encode())

    send(KEEP)
    try:
        yield
    finally:
        send(GIVE_BACK)


@contextlib.contextmanager
def kept_terminal() -> Iterator[Callable[[], None]]:
    """Leave the terminal's settings as they were.

    Yields a function that also resets the screen, for ends that the toolkit did not see.
    """
    fd = sys.__stdin__.fileno() if sys.__stdin__ else 0
    try:
        saved: list[Any] | None = termios.tcgetattr(fd)
    except termios.error:
        saved = None

    def reset_screen() -> None:
        with contextlib.suppress(OSError, ValueError):
            os.write(1, RESTORE.encode())

    try:
        yield reset_screen
    finally:
        if saved is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(fd, termios.TCSANOW, saved)


@contextlib.contextmanager
def ending_signals(handle: Callable[[int], bool]) -> Iterator[None]:
    """Send SIGTERM, SIGHUP and SIGINT to `handle` instead of dying on the spot.

    `handle` gets the exit code to end with and returns False when it cannot arrange a clean end
    (the app runs no more); then the process exits at once.
    """

    def on_signal(number: int, _: FrameType | None) -> None:
        code = EXIT_CODES[signal.Signals(number)]
        if not handle(code):
            raise SystemExit(int(code))

    previous = {number: signal.signal(number, on_signal) for number in EXIT_CODES}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
