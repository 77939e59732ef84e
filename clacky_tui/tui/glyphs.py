"""The signs of the screen, one table, with letters of plain ASCII where the terminal needs them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from clacky_tui.tui.terminal import is_utf8


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One sign per meaning, one or two cells wide; those of a meaning with steps are tuples."""

    user: str = "›"
    closed: str = "▸"
    opened: str = "▾"
    waiting: str = "┃"
    idle: str = "●"
    working: tuple[str, ...] = ("◐", "◓", "◑", "◒")
    done: str = "✓"
    failed: str = "✗"
    warning: str = "!"
    note: str = "·"
    separator: str = "│"
    below: str = "↓"
    more: str = "…"
    bullet: str = "•"
    rule: str = "─"
    minus: str = "−"
    dot: str = "·"
    background: str = "⚙"
    current_task: str = "→"
    undone_task: str = "↯"
    branches: str = "⎇"
    back: str = "⏪"
    forward: str = "⏩"
    pinned: str = "★"
    heat: tuple[str, ...] = ("·", "░", "▒", "▓", "█")
    """From nothing to the most."""
    signal: tuple[str, ...] = ("▂", "▂▄", "▂▄▆", "▂▄▆█")
    marked: str = "▌"


UNICODE = Glyphs()
ASCII = Glyphs(
    user=">",
    closed="+",
    opened="-",
    waiting="|",
    idle="*",
    working=("|", "/", "-", "\\"),
    done="ok",
    failed="x",
    warning="!",
    note="-",
    separator="|",
    below="v",
    more="~",
    bullet="*",
    rule="-",
    minus="-",
    dot="-",
    background="bg",
    current_task=">",
    undone_task="~",
    branches="Y",
    back="<<",
    forward=">>",
    pinned="*",
    heat=(".", ":", "+", "#", "@"),
    signal=("|", "||", "|||", "||||"),
    marked="#",
)


_chosen = "auto"


def choose_glyphs(preference: str) -> None:
    """Let the preference `glyphs` decide: "unicode", "ascii", or "auto" for the locale."""
    global _chosen
    _chosen = preference


def current_glyphs() -> Glyphs:
    """The table this terminal can show; ``CLACKY_ASCII=1`` goes before what was chosen."""
    if os.environ.get("CLACKY_ASCII") == "1" or _chosen == "ascii":
        return ASCII
    return UNICODE if _chosen == "unicode" or is_utf8() else ASCII
