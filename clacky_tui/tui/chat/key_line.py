"""Keys with what each does, as prompts and popups tell them."""

from __future__ import annotations

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.text import Line, line_cells


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


def key_lines(keys: list[tuple[str, str]], canvas: Canvas) -> list[Line]:
    """Keys with what each does, on as many lines as they take; none is parted from its meaning."""
    lines: list[list[tuple[str, str]]] = [[]]
    for key in keys:
        if lines[-1] and line_cells(key_line([*lines[-1], key], canvas)) > canvas.text_cells:
            lines.append([])
        lines[-1].append(key)
    return [key_line(line, canvas) for line in lines]
