"""A stretch of the transcript, by cells, and the text in it as it would have been without folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import split_graphemes

from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.entries import Entry
from clacky_tui.tui.chat.marking import Span
from clacky_tui.tui.chat.text import FOLD, FOLD_AT_SPACE, Line

Ends = tuple[tuple[int, int, int], tuple[int, int, int]]
"""First and last cell as (index of the entry, row in it, column)."""


class Point(NamedTuple):
    """A cell by its entry, the row in the entry and the column.

    The blank row above an entry is row -1, so that a point stays when that comes or goes.
    """

    entry: Entry
    line: int
    cell: int

    @classmethod
    def at_row(cls, entry: Entry, row: int, cell: int) -> Point:
        """The point in a row counted with the blank one above."""
        return cls(entry, row - entry.gap_before, cell)

    @property
    def row(self) -> int:
        """The row counted with the blank one above."""
        return max(self.line + self.entry.gap_before, 0)


@dataclass(frozen=True, slots=True)
class Selection:
    """From `anchor` to `head`, both included, in either order."""

    anchor: Point
    head: Point

    def ends(self, entries: Sequence[Entry]) -> Ends | None:
        """The first and the last cell; None when an end is no longer among `entries`."""
        try:
            ends = [
                (entries.index(end.entry), end.row, end.cell) for end in (self.anchor, self.head)
            ]
        except ValueError:
            return None
        return min(ends), max(ends)

    def span(
        self,
        ends: Ends,
        row: tuple[int, int],
        width: int,
    ) -> Span | None:
        """The selected cells of `row` (index, line), None when there are none."""
        first, last = ends
        if not first[:2] <= row <= last[:2]:
            return None
        return (
            first[2] if row == first[:2] else len(GUTTER),
            last[2] + 1 if row == last[:2] else width,
        )

    def text(self, entries: Sequence[Entry], canvas: Canvas) -> str:
        """What is selected, folded lines joined again, the gutter left out."""
        ends = self.ends(entries)
        if ends is None:
            return ""
        pieces: list[str] = []
        for index in range(ends[0][0], ends[1][0] + 1):
            entry = entries[index]
            lines = entry.draw(canvas)
            above = 1 if lines and entry.gap_before else 0
            if above and ends[0][:2] <= (index, 0) and pieces:
                pieces.append("\n")
            for at, line in enumerate(lines, above):
                span = self.span(ends, (index, at), canvas.width)
                if span is not None:
                    pieces.append(_joined(line, span, is_first=not pieces))
        return "\n".join(line.rstrip() for line in "".join(pieces).split("\n"))


def _joined(line: Line, span: Span, *, is_first: bool) -> str:
    """The selected text of `line` with what parts it from the line above."""
    fold = next((n for n, run in enumerate(line) if run is FOLD or run is FOLD_AT_SPACE), None)
    start, stop = max(span[0], len(GUTTER)), span[1]
    if fold is None or is_first:
        return ("" if is_first else "\n") + _cut(line, start, stop)
    indent = sum(_cells(text) for text, _ in line[:fold])
    between = " " if line[fold] is FOLD_AT_SPACE else ""
    return between + _cut(line, max(start, indent), stop)


def _cells(text: str) -> int:
    return split_graphemes(text)[1]


def _cut(line: Line, start: int, stop: int) -> str:
    """The characters of `line` with a cell from `start` to before `stop`."""
    text = "".join(part for part, _ in line)
    kept, at = [], 0
    for begin, end, width in split_graphemes(text)[0]:
        if start < at + max(width, 1) and at < stop:
            kept.append(text[begin:end])
        at += width
    return "".join(kept)
