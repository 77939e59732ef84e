"""Whether the terminal's background is dark or light: said by the environment, or asked.

Made for the moments before the first frame: it imports nothing of the toolkit, and the terminal
answers while other things are imported.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from clacky_tui.tui.terminal import over_ssh

Brightness = Literal["dark", "light"]

QUERY = b"\x1b]11;?\x1b\\"
"""Asks for the background colour (xterm control sequences, OSC 11)."""
_ANSWER = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})"
    rb"(?:/[0-9a-fA-F]{1,4})?(?:\x07|\x1b\\)"
)
_CUT_ANSWER = re.compile(rb"\x1b\]11;[^\x07\x1b]{0,32}\x1b?\Z|\x1b\](?:1|11)?\Z")
"""The beginning of an answer at the end of what was received; a lone Escape is a key."""
_DARK_COLORS = frozenset((0, 1, 2, 3, 4, 5, 6, 8))
"""Of the sixteen: white (7) and the bright ones but grey (8) are light backgrounds."""
_BUDGET_SECONDS = 0.1
_SSH_BUDGET_SECONDS = 0.3
_CUT_ANSWER_SECONDS = 0.2
"""More for an answer that has begun."""


class Answer(NamedTuple):
    """`brightness` is None when the terminal did not say; `leftover` was typed meanwhile."""

    brightness: Brightness | None
    leftover: bytes


def brightness_of_environment(environ: Mapping[str, str]) -> Brightness | None:
    """What ``COLORFGBG`` (rxvt, Konsole) says; None without a usable one."""
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not number.isdecimal() or int(number) > 15:
        return None
    return "dark" if int(number) in _DARK_COLORS else "light"


def budget_seconds(environ: Mapping[str, str]) -> float:
    """How long an answer may take, from the question on."""
    return _SSH_BUDGET_SECONDS if over_ssh(environ) else _BUDGET_SECONDS


def take_answer(received: bytes) -> Answer:
    """The answer found in what a terminal sent, and everything else of it in order."""
    found = _ANSWER.search(received)
    if found is None:
        return Answer(None, received)
    # A channel has one to four digits, each filling the range: only its share of that counts.
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    luma = 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601
    brightness: Brightness = "dark" if luma < 0.5 else "light"
    return Answer(brightness, received[: found.start()] + received[found.end() :])


class Question:
    """Asks when it is entered; the terminal's settings are as before when it is left.

    Meanwhile the terminal echoes nothing and hands over every key at once. Any failure means that no
    answer comes.

    Args:
        budget: seconds from the question on.
        fd: the terminal, open for reading.
        out_fd: the same, open for writing.
    """

    def __init__(self, budget: float, fd: int = 0, out_fd: int = 1) -> None:
        self._fd = fd
        self._out_fd = out_fd
        self._budget = budget
        self._settings: list[Any] | None = None
        self._deadline = 0.0

    def __enter__(self) -> Self:
        with contextlib.suppress(termios.error, OSError):
            settings = termios.tcgetattr(self._fd)
            quiet = termios.tcgetattr(self._fd)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            # Enter stays a carriage return, as the toolkit reads it.
            quiet[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR)
            quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._fd, termios.TCSANOW, quiet)
            self._settings = settings
            os.write(self._out_fd, QUERY)
            self._deadline = time.monotonic() + self._budget
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._settings is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self._fd, termios.TCSANOW, self._settings)

    def answer(self) -> Answer:
        """What has come; waits for what is left of the budget."""
        received = self._read_answer(b"")
        if _CUT_ANSWER.search(received):
            self._deadline = time.monotonic() + _CUT_ANSWER_SECONDS
            received = self._read_answer(received)
        answer = take_answer(received)
        if answer.brightness is None:
            return Answer(None, _CUT_ANSWER.sub(b"", received))
        return answer

    def _read_answer(self, received: bytes) -> bytes:
        """`received` and what comes until it holds an answer or the time is up."""
        while self._settings is not None and take_answer(received).brightness is None:
            more = self._read()
            if not more:
                break
            received += more
        return received

    def _read(self) -> bytes:
        left = max(self._deadline - time.monotonic(), 0.0)
        try:
            if not select.select([self._fd], [], [], left)[0]:
                return b""
            return os.read(self._fd, 4096)
        except (OSError, ValueError):
            return b""
