"""The screen as it should be and as the terminal shows it, and the bytes from one to the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from clacky_tui.tui.output.attributes import DEFAULT, Look, Looks
from clacky_tui.tui.output.cells import Cells, Row
from clacky_tui.tui.output.pen import Pen
from clacky_tui.tui.output.row_diff import write_changes
from clacky_tui.tui.output.scroll import find_scroll
from clacky_tui.tui.terminal import takes_commands

_SYNC_BYTES = 1024
"""Frames from this size on are wrapped in synchronized output; smaller ones arrive in one piece."""
_MOST_LOOKS = 60_000
_BEGIN_SYNC, _END_SYNC = "\x1b[?2026h", "\x1b[?2026l"
# terminfo entries without "bce"; tmux and screen have it, but their entry speaks for the terminal outside.
_NO_BCE = ("screen", "tmux", "vt1", "vt2", "ansi", "dumb")
_NO_ECH = ("vt1", "ansi", "dumb")


class Terminal(NamedTuple):
    """What the terminal can do, from its terminfo entries.

    `erases_in_colour` is "bce", `erases_cells` is "ech"; links are not in terminfo.
    """

    color_system: ColorSystem = ColorSystem.TRUECOLOR
    erases_in_colour: bool = True
    erases_cells: bool = True
    takes_links: bool = True

    @classmethod
    def of_environment(cls, color_system: ColorSystem) -> Terminal:
        """What the variable ``TERM`` says."""
        name = os.environ.get("TERM", "")
        return cls(
            color_system,
            not name.startswith(_NO_BCE),
            not name.startswith(_NO_ECH),
            takes_commands(),
        )


class Frames:
    """Takes updates of the compositor and gives the bytes that bring the terminal up to date.

    However many updates come between two calls of `take`, only their outcome is sent.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.target: list[Row] = []
        """The screen as it should be, from the top."""
        self.shown: list[Row] | None = None
        """What the terminal shows once it has read everything taken; None when nobody knows."""
        self._begin()

    def _begin(self) -> None:
        """Forget all looks and clusters, and the rows made of them."""
        self._looks = Looks(self._terminal.color_system, takes_links=self._terminal.takes_links)
        self._cells = Cells(self._looks)
        self._pen = Pen(
            self._looks,
            self._cells,
            erases_in_colour=self._terminal.erases_in_colour,
            erases_cells=self._terminal.erases_cells,
        )

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of `target`."""
        return (len(self.target[0].text) if self.target else 0, len(self.target))

    def forget_shown(self) -> None:
        """Something else may have written to the terminal: draw everything anew next time."""
        self.shown = None

    def adopt(
        self, rows: Sequence[Sequence[tuple[Look, str]]], ground: Look, unknown_row: int
    ) -> None:
        """Take `rows` for what the terminal shows: another hand drew them, as high as `target`.

        It left the terminal's plain look. What is on `unknown_row` is erased.
        """
        width, _ = self.size
        blanks = (ground, " " * width)
        self.shown = [self._cells.row_of_runs((*runs, blanks)).fitted(width) for runs in rows]
        self._pen.take_over(width)
        self._pen.erase_line_end(unknown_row, 0, DEFAULT)
        self.shown[unknown_row] = Row.blank(width)

    def look_at(self, y: int, x: int) -> Look:
        """The look of a cell of `target`."""
        return self._looks[self.target[y].looks[x]]

    def runs(self, y: int, end: int) -> list[tuple[Look, str]]:
        """Row `y` of `target` up to column `end` as runs of text.

        Blanks belong to the run before them where nobody can tell.
        """
        text, looks = (part[:end] for part in self.target[y])
        starts: list[int] = []
        for x, look in enumerate(looks):
            before = looks[starts[-1]] if starts else ""
            goes_on = before and text[x] == " " and look == self._looks.blank_of(before)
            if look != before and not goes_on:
                starts.append(x)
        return [
            (self._looks[looks[start]], self._cells.written(text[start:end]))
            for start, end in pairwise((*starts, len(looks)))
        ]

    def show(self, update: LayoutUpdate | ChopsUpdate) -> None:
        """Bring `target` up to date."""
        if isinstance(update, LayoutUpdate):
            self._show_all(update)
        else:
            for y, start, end in update.spans:
                self._show_span(y, start, end, update.chops[y], update.chop_ends[y])

    def show_rows(self, rows: Mapping[int, Strip]) -> bool:
        """Bring whole rows of `target` up to date; False when it has none of that number."""
        width, height = self.size
        if not all(y < height for y in rows):
            return False
        for y, strip in rows.items():
            self.target[y] = self._cells.row(strip).fitted(width)
        return True

    def take(self, cursor: tuple[int, int], *, synchronized: bool) -> str:
        """What to send now, empty when the terminal is up to date; ends with the cursor at `cursor`.

        Args:
            cursor: row and column; input methods open there.
            synchronized: the terminal can show a frame at once (mode 2026).
        """
        if not self.target:
            return ""
        shown = self.shown
        if shown is None:
            width = len(self.target[0].text)
            self._pen.clear_screen(width)
            shown = self.shown = [Row.blank(width)] * len(self.target)
        elif scroll := find_scroll(shown, self.target):
            self._pen.scroll(*scroll)
            scroll.apply(shown)
        for y, row in enumerate(self.target):
            if row != shown[y]:
                write_changes(self._pen, y, shown[y], row)
                shown[y] = row
        if not self._pen.has_written:
            return ""
        self._pen.end_link()
        self._pen.move(*cursor)
        text = self._pen.taken()
        if synchronized and len(text) >= _SYNC_BYTES:
            return f"{_BEGIN_SYNC}{text}{_END_SYNC}"
        return text

    def text_of(self, row: Row) -> str:
        """A row's text as a person reads it."""
        return self._cells.written(row.text)

    def _show_all(self, update: LayoutUpdate) -> None:
        if self._cells.is_full or len(self._looks) > _MOST_LOOKS:
            self._begin()
            self.shown = None
        width = update.region.width
        target = [self._joined(strips, width) for strips in update.strips]
        if self.size != (width, len(target)):
            self.shown = None
        self.target = target

    def _joined(self, strips: Iterable[Strip], width: int) -> Row:
        rows = [self._cells.row(strip) for strip in strips]
        if len(rows) == 1:
            return rows[0].fitted(width)
        joined = Row("".join(row.text for row in rows), "".join(row.looks for row in rows))
        return joined.fitted(width)

    def _show_span(
        self, y: int, start: int, end: int, chops: Mapping[int, Strip | None], ends: Sequence[int]
    ) -> None:
        """Put on row `y` the pieces of it that overlap the columns `start` to `end`.

        Pieces beyond may lack the widget in front of them, which was not asked to draw.
        """
        if y >= len(self.target):
            return
        row = self.target[y]
        for piece_end, (x, strip) in zip(ends, chops.items(), strict=False):
            if strip is None or x >= end or piece_end <= start:
                continue
            piece = self._cells.row(strip)
            if x + len(piece.text) > min(piece_end, end):
                piece = piece.fitted(min(piece_end, end) - x)
            row = row.overwritten(x, piece)
        self.target[y] = row
