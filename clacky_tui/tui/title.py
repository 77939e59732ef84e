"""The terminal's window title: how the session stands, and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.tui.chat.text import fit, sanitize_line
from clacky_tui.tui.glyphs import Glyphs

if TYPE_CHECKING:
    from clacky_tui.tui.task_watch import Standing

KEEP = "\x1b[22;2t"
GIVE_BACK = "\x1b[23;2t"
"""Push and pop the title on the terminal's stack (XTWINOPS); ignored where there is none."""
NAME_CELLS = 60
PRODUCT = "clacky"


def title_sequence(standing: Standing, name: str, glyphs: Glyphs) -> str:
    """Sets the title to the sign of `standing` and the session's `name`, made safe (OSC 2)."""
    sign = {
        "idle": glyphs.idle,
        "working": glyphs.working[1],  # the first ASCII one is that of waiting
        "waiting": glyphs.waiting,
        "failed": glyphs.failed,
    }[standing]
    words = fit(sanitize_line(name), NAME_CELLS, glyphs.more) or PRODUCT
    return f"\x1b]2;{sign} {words}\x1b\\"
