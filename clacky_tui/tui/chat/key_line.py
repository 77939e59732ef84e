"""Keys with what each does, as prompts and popups tell them."""

from __future__ import annotations

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.text import Line


def key_line(keys: list[tuple[str, str]], canvas: Canvas) -> Line:
    """Keys with what each does, on one line of any width."""
    line: Line = []
    for key, meaning in keys:
        separator = f" {canvas.glyphs.dot} " if line else ""
        line += [
            (separator, canvas.styles.muted),
            (key, canvas.styles.accent),
            (f" {meaning}", canvas.styles.muted),
        ]
    return line
