"""What bytes written to a terminal leave switched on there."""

from __future__ import annotations

import re

_PRIVATE_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])\d*u")
_MARGINS = re.compile(rb"\x1b\[([\d;]*)r")
_LINK = re.compile(rb"\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)")
_LOOK = re.compile(rb"\x1b\[([\d;]*)m")
_ON_BY_DEFAULT = {b"7": "wrapping", b"25": "the cursor"}


def left_behind(written: bytes) -> list[str]:
    """What is not as a program finds it on a fresh terminal, in words; empty when all is."""
    last = {
        number: switch
        for numbers, switch in _PRIVATE_MODE.findall(written)
        for number in numbers.split(b";")
    }
    left = [
        f"mode {number.decode()} is on"
        for number, switch in last.items()
        if switch == b"h" and number not in _ON_BY_DEFAULT
    ]
    left += [
        f"{name} is off" for number, name in _ON_BY_DEFAULT.items() if last.get(number) == b"l"
    ]
    kitty = _KITTY.findall(written)
    if kitty.count(b">") > kitty.count(b"<"):
        left.append("kitty keys are on")
    for name, pattern, rest in (
        ("margins are set", _MARGINS, (b"",)),
        ("a link is open", _LINK, (b"",)),
        ("a look is set", _LOOK, (b"", b"0")),
    ):
        found = pattern.findall(written)
        if found and found[-1] not in rest:
            left.append(name)
    return left
