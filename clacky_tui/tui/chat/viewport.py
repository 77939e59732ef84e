"""Which rows of the entries are on screen. Only entries that come into view are ever drawn."""

from __future__ import annotations

from typing import NamedTuple

from textual.strip import Strip

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.entries import Entry

KEPT_ROWS = 4000
"""Drawn rows kept in memory; beyond that the ones drawn longest ago are dropped."""


class Row(NamedTuple):
    """One row on screen: the entry it belongs to, and which of its rows it is."""

    entry: Entry
    line: int
    strip: Strip


class Place(NamedTuple):
    """A row by the index of its entry among all, and its number in it."""

    at: int
    line: int


class Viewport:
    """A window of `height` rows, bound to the tail or to a place (entry, row in it).

    A place stays put while entries are added below, so no height of an entry out of view is needed.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.follows = True
        self._top = Place(0, 0)
        self._drawn: dict[Entry, int] = {}
        self._drawn_rows = 0

    def rows(self, canvas: Canvas, height: int) -> list[Row]:
        """The rows on screen from the top, fewer than `height` when there is no more."""
        if not self.follows:
            rows = self._rows_below(canvas, height)
            if len(rows) == height:
                return rows
            self.follows = True
        self._top = self._tail_top(canvas, height)
        return self._rows_below(canvas, height)

    def scroll(self, canvas: Canvas, height: int, lines: int) -> None:
        """Move down by `lines` rows, up when negative; at the end the window follows the tail."""
        if self.follows:
            self._top = self._tail_top(canvas, height)
        self._top = self.moved(canvas, self._top, lines)
        below = self._rows_below(canvas, height + 1)
        self.follows = len(below) <= height

    @property
    def is_at_top(self) -> bool:
        """True when the first row is on screen, as far as it was asked for."""
        return self._top == Place(0, 0)

    @property
    def top(self) -> Place:
        """The first row on screen."""
        return self._top

    def put_before(self, entries: list[Entry]) -> None:
        """Put `entries` before all others; the place of the window stays on what it shows."""
        if entries and self.entries and not self.entries[0].gap_before:
            self.entries[0].gap_before = True
            self._drawn_rows -= self._drawn.pop(self.entries[0], 0)
            self.entries[0].forget_rows()
        self.entries[:0] = entries
        index, line = self._top
        self._top = Place(index + len(entries), line)

    def reveal(self, canvas: Canvas, height: int, place: Place) -> None:
        """Scroll no further than needed to have `place` on screen, one row from the edge."""
        if self.follows:
            self._top = self._tail_top(canvas, height)
        last = self.moved(canvas, self._top, max(height - 2, 0))
        if self._top <= place <= last:
            return
        above = 1 if place < self._top else max(height - 2, 0)
        self._top = self.moved(canvas, place, -above)
        self.follows = len(self._rows_below(canvas, height + 1)) <= height

    def scroll_to(self, canvas: Canvas, height: int, entry: Entry) -> None:
        """Show `entry` from its first row, at the top unless the end of everything fits below."""
        self._top = Place(self.entries.index(entry), 0)
        self.follows = len(self._rows_below(canvas, height + 1)) <= height

    def strips(self, index: int, canvas: Canvas) -> list[Strip]:
        """The rows of the entry at `index`, drawn when they are not at hand."""
        entry = self.entries[index]
        if entry.is_drawn:
            return entry.strips(canvas)
        strips = entry.strips(canvas)
        self._drawn_rows += len(strips) - self._drawn.pop(entry, 0)
        self._drawn[entry] = len(strips)
        while self._drawn_rows > KEPT_ROWS and len(self._drawn) > 1:
            oldest = next(iter(self._drawn))
            self._drawn_rows -= self._drawn.pop(oldest)
            oldest.forget_rows()
        return strips

    def _rows_below(self, canvas: Canvas, height: int) -> list[Row]:
        index, line = self._top
        rows: list[Row] = []
        while index < len(self.entries) and len(rows) < height:
            entry = self.entries[index]
            strips = self.strips(index, canvas)
            rows += [Row(entry, at, strips[at]) for at in range(line, len(strips))]
            index, line = index + 1, 0
        return rows[:height]

    def _tail_top(self, canvas: Canvas, height: int) -> Place:
        return self.moved(canvas, Place(len(self.entries), 0), -height)

    def moved(self, canvas: Canvas, place: Place, lines: int) -> Place:
        """`place` moved by `lines` rows, held at the first row and after the last one."""
        index, line = place
        line += lines
        while line < 0 and index > 0:
            index -= 1
            line += len(self.strips(index, canvas))
        while index < len(self.entries) and line >= len(self.strips(index, canvas)):
            line -= len(self.strips(index, canvas))
            index += 1
        if index >= len(self.entries):
            return Place(len(self.entries), 0)
        return Place(index, max(line, 0))
