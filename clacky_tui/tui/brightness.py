"""Whether the terminal's background is dark or light: said by the environment, or asked.

Made for the moments before the first frame: it imports nothing of the toolkit, and the terminal
answers while other things are imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from clacky_tui.tui.terminal import over_ssh

Brightness = Literal["dark", "light"]

QUERY = b"\x1b]11;?\x1b\\"
"""Asks for the background colour (xterm control sequences, OSC 11)."""
_ANSWER = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})"
    rb"(?:/[0-9a-fA-F]{1,4})?(?:\x07|\x1b\\)"
)
_DARK_COLORS = frozenset((0, 1, 2, 3, 4, 5, 6, 8))
"""Of the sixteen: white (7) and the bright ones but grey (8) are light backgrounds."""
_BUDGET_SECONDS = 0.1
_SSH_BUDGET_SECONDS = 0.3


def brightness_of_environment(environ: Mapping[str, str]) -> Brightness | None:
    """What ``COLORFGBG`` (rxvt, Konsole) says; None without a usable one."""
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not number.isdecimal() or int(number) > 15:
        return None
    return "dark" if int(number) in _DARK_COLORS else "light"


def budget_seconds(environ: Mapping[str, str]) -> float:
    """How long an answer may take, from the question on."""
    return _SSH_BUDGET_SECONDS if over_ssh(environ) else _BUDGET_SECONDS


def brightness_in(received: bytes) -> Brightness | None:
    """The answer found in what a terminal sent; None without one."""
    found = _ANSWER.search(received)
    if found is None:
        return None
    # A channel has one to four digits, each filling the range: only its share of that counts.
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    luma = 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601
    return "dark" if luma < 0.5 else "light"
