"""The files a person sent along, named under their words."""

from __future__ import annotations

from collections.abc import Sequence

from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.entries import Entry
from clacky_tui.tui.chat.text import Line, fit, sanitize_line


class FilesEntry(Entry):
    """One row per file.

    Args:
        names: without their folders.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._rows = [
            f"[File {number}] {sanitize_line(name)}" for number, name in enumerate(names, start=1)
        ]

    def draw(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        return [
            [(GUTTER + fit(row, canvas.text_cells, canvas.glyphs.more), styles.muted)]
            for row in self._rows
        ]

    def plain(self) -> str:
        return "\n".join(self._rows)
