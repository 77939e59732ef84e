"""What entries draw on: a width, styles and glyphs that stay the same until one of them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter, NoColor
from textual.strip import Strip

from clacky_tui.tui.chat.styles import ChatStyles
from clacky_tui.tui.chat.text import Line
from clacky_tui.tui.glyphs import Glyphs, current_glyphs

COLUMN_CELLS = 100
"""Widest text column; lines longer than this are hard to read."""
GUTTER = "  "
"""Left of every line; a person's own lines have a sign in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """Strips drawn on one canvas are never right for another, so its identity is their cache key.

    `width` is that of the widget in cells, `filters` the app's line filters (NO_COLOR and others).
    """

    width: int
    styles: ChatStyles
    glyphs: Glyphs
    filters: Sequence[LineFilter]
    background: Color

    @classmethod
    def of_app(cls, app: App[Any], width: int) -> Canvas:
        """A canvas for what `app` looks like now."""
        background = Color.parse(app.get_css_variables()["background"])
        filters = app.get_line_filters()
        if app.no_color and app.native_ansi_color:
            # Textual chooses its filter before the app has a theme, and then paints shades of grey.
            filters = [NoColor()]
        return cls(width, ChatStyles.of_app(app), current_glyphs(), filters, background)

    @property
    def column(self) -> int:
        """Cells of the text column, gutter included; the screen's last column stays free."""
        return max(min(COLUMN_CELLS, self.width - 1), len(GUTTER) + 2)

    @property
    def text_cells(self) -> int:
        """Cells of the text column without its gutter."""
        return self.column - len(GUTTER)

    def mark(self, sign: str) -> Strip:
        """A sign that something is cut off, as wide as it is."""
        return self.strip([(sign, self.styles.muted)], cell_len(sign))

    def strip(self, line: Line, cells_wanted: int | None = None) -> Strip:
        """`line` as a strip of exactly `cells_wanted` cells, filters applied; else of `width`."""
        width = self.width if cells_wanted is None else cells_wanted
        segments, used = [], 0
        for text, style in line:
            cells = cell_len(text)
            if used + cells > width:
                cells = width - used
                text = set_cell_size(text, cells)
            if text:
                segments.append(Segment(text, style))
            used += cells
        if used < width:
            segments.append(Segment(" " * (width - used), self.styles.ground))
        strip = Strip(segments, width)
        for line_filter in self.filters:
            strip = strip.apply_filter(line_filter, self.background)
        return strip
