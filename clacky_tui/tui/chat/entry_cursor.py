"""A mark on one entry that moves from entry to entry, and a caret for selecting in it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, split_graphemes

from clacky_tui.tui.chat.canvas import GUTTER
from clacky_tui.tui.chat.entries import Entry
from clacky_tui.tui.chat.entry_view import EntryView
from clacky_tui.tui.chat.pieces import piece_at
from clacky_tui.tui.chat.selection import Point, Selection
from clacky_tui.tui.chat.viewport import Place


class EntryCursor:
    """Holds entries, not their numbers: what comes before or after them does not move it."""

    def __init__(self, view: EntryView) -> None:
        self._view = view
        self.entries: Sequence[Entry] = ()
        """Those that are marked; they belong together."""

    @property
    def index(self) -> int:
        """The number of the first marked entry; that of the newest one when none is marked."""
        all_entries = self._view.entries
        if self.entries and self.entries[0] in all_entries:
            return all_entries.index(self.entries[0])
        return len(all_entries) - 1

    # --- by entry ----------------------------------------------------------------------------

    def move(self, step: int) -> None:
        """To the next entry that shows something, or the one before; first to the newest in sight."""
        if not self.entries or self.entries[0] not in self._view.entries:
            self._start()
            return
        if step == 0:
            self._mark(piece_at(self._view.entries, self.index))
            return
        piece = piece_at(self._view.entries, self.index)
        at = piece.stop if step > 0 else piece.start - 1
        self._mark_near(at, step)

    def move_to_end(self, end: int) -> None:
        """To the first entry, or the last."""
        count = len(self._view.entries)
        self._mark_near(0 if end < 0 else count - 1, 1 if end < 0 else -1)

    def go_to(self, entry: Entry) -> None:
        """To `entry`."""
        if entry in self._view.entries:
            self._mark(piece_at(self._view.entries, self._view.entries.index(entry)))

    def leave(self) -> None:
        """Take the marks back."""
        self.entries = ()
        self._view.mark(entries=frozenset(), selection=None, pattern=None, found=None)

    def toggle(self) -> None:
        """Open or close what is marked."""
        for entry in self.entries:
            if self._view.toggle(entry):
                self._reveal()

    def _start(self) -> None:
        rows = self._view.shown_rows()
        newest = next((row.entry for row in reversed(rows) if row.strip.text.strip()), None)
        if newest is not None:
            self.go_to(newest)

    def _mark_near(self, at: int, step: int) -> None:
        entries = self._view.entries
        while 0 <= at < len(entries):
            piece = piece_at(entries, at)
            if any(self._view.rows_of(index) for index in piece):
                self._mark(piece)
                return
            at = piece.stop if step > 0 else piece.start - 1
        if at < 0:
            self._view.want_earlier()

    def _mark(self, piece: range) -> None:
        self.entries = [self._view.entries[index] for index in piece]
        self._view.mark(entries=frozenset(self.entries))
        self._reveal()

    def _reveal(self) -> None:
        """Show the end of what is marked, then its beginning: of a long one the beginning stays."""
        start = self.index
        last = start + len(self.entries) - 1
        for place in (Place(last, len(self._view.rows_of(last)) - 1), Place(start, 0)):
            self._view.reveal(Place(place.at, max(place.line, 0)))

    # --- by cell -----------------------------------------------------------------------------

    @property
    def is_selecting(self) -> bool:
        """True while the caret moves by cells."""
        return self._view.marks.selection is not None

    def begin_selection(self) -> None:
        """Put the caret on the first character of what is marked."""
        for entry in (entry for entry in self.entries if entry in self._view.entries):
            rows = self._view.rows_of(self._view.entries.index(entry))
            line = next((n for n, strip in enumerate(rows) if strip.text.strip()), None)
            if line is not None:
                point = Point.at_row(entry, line, len(GUTTER))
                self._view.mark(selection=Selection(point, point))
                return

    def end_selection(self) -> None:
        """Nothing is selected any more."""
        self._view.mark(selection=None)

    def swap_ends(self) -> None:
        """Let the caret move the other end."""
        if (selection := self._view.marks.selection) is not None:
            self._select(selection.head, selection.anchor)

    def move_caret(self, rows: int, cells: int) -> None:
        """Move the caret, over a wide character as over a narrow one."""
        selection = self._view.marks.selection
        if selection is None:
            return
        head = selection.head
        if rows:
            place = Place(self._view.entries.index(head.entry), head.row)
            there = self._view.moved(place, rows)
            entry = self._view.entries[there.at]
            self._select(selection.anchor, Point.at_row(entry, there.line, head.cell))
        else:
            self._select(selection.anchor, self._beside(head, cells))

    def move_caret_to(self, cell: int | None) -> None:
        """Move the caret to a column of its row, None for the last character."""
        selection = self._view.marks.selection
        if selection is None:
            return
        head = selection.head
        if cell is None:
            text = self._row_text(head).rstrip()
            last = split_graphemes(text)[0][-1:] or [(0, 0, 1)]
            cell = max(cell_len(text) - last[0][2], len(GUTTER))
        self._select(selection.anchor, head._replace(cell=cell))

    def _row_text(self, point: Point) -> str:
        rows = self._view.rows_of(self._view.entries.index(point.entry))
        return rows[point.row].text if point.row < len(rows) else ""

    def _beside(self, point: Point, step: int) -> Point:
        """The cell of the next character, or the one before."""
        starts, at = [], 0
        for _, _, width in split_graphemes(self._row_text(point))[0]:
            starts.append(at)
            at += width
        on = max((n for n, start in enumerate(starts) if start <= point.cell), default=0)
        to = min(max(on + step, 0), max(len(starts) - 1, 0))
        cell = starts[to] if starts else 0
        return point._replace(cell=max(cell, len(GUTTER)))

    def _select(self, anchor: Point, head: Point) -> None:
        self._view.mark(selection=Selection(anchor, head))
        self._view.reveal(Place(self._view.entries.index(head.entry), head.row))
