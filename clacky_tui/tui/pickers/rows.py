"""Rows of a sheet: a title, a note and figures in columns, with a cursor that skips headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual import events
from textual.message import Message

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit, sanitize_line

ValueT = TypeVar("ValueT")

_GAP = "  "
_LEAST_NOTE_CELLS = 12
"""A note with less room than this says nothing and is left out."""
_WHEEL_ROWS = 3


@dataclass(frozen=True, slots=True)
class Row(Generic[ValueT]):
    """One line. `value` is what choosing it gives; without one it is a heading or an empty line."""

    title: str
    note: str = ""
    """Muted, in a column of its own; left out where there is no room."""
    figures: str = ""
    """On the right."""
    value: ValueT | None = None
    detail: str = ""
    """What there is to say of the row while the cursor is on it."""
    enabled: bool = True
    """False keeps the cursor off it."""

    @property
    def can_be_chosen(self) -> bool:
        """True when the cursor may stand on it."""
        return self.value is not None and self.enabled


class RowsView(CanvasWidget, Generic[ValueT]):
    """As many rows as fit, the one under the cursor always among them. The sheet moves the cursor."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    RowsView { height: auto; width: 100%; background: transparent; }
    """

    class Moved(Message):
        """The cursor stands on another row, or on none."""

    class Clicked(Message):
        """The row under the cursor was clicked again."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row[ValueT]] = ()
        self._at = 0
        self._top = 0

    @property
    def rows(self) -> Sequence[Row[ValueT]]:
        """What is listed, from the top."""
        return self._rows

    @property
    def chosen(self) -> Row[ValueT] | None:
        """The row under the cursor; None when the cursor has no row to stand on."""
        if self._at >= len(self._rows):
            return None
        row = self._rows[self._at]
        return row if row.can_be_chosen else None

    def show(self, rows: Sequence[Row[ValueT]], *, keep: bool) -> None:
        """List `rows`; with `keep` the cursor stays on its value, else it goes to the first one."""
        held = self.chosen if keep else None
        taller = len(rows) != len(self._rows)
        self._rows = rows
        if not keep:
            self._top = 0
        same = (i for i, row in enumerate(rows) if held is not None and row.value == held.value)
        self._at = next(same, self._first())
        self.refresh(layout=taller)
        self.post_message(self.Moved())

    def choose(self, value: ValueT) -> None:
        """Put the cursor on the row of `value`, if it is listed."""
        for index, row in enumerate(self._rows):
            if row.value == value and row.can_be_chosen:
                self._go(index)
                return

    def move(self, step: int) -> None:
        """Move the cursor by `step` rows that can be chosen, around the ends for a single step."""
        choosable = [i for i, row in enumerate(self._rows) if row.can_be_chosen]
        if not choosable:
            return
        place = sum(i < self._at for i in choosable) + step
        if abs(step) == 1:
            place %= len(choosable)
        self._go(choosable[min(max(place, 0), len(choosable) - 1)])

    def move_page(self, pages: int) -> None:
        """Move by as many rows as are on the screen."""
        self.move(pages * max(2, self.size.height - 1))

    def move_to_end(self, *, last: bool) -> None:
        """Move to the last row, or to the first."""
        self.move(len(self._rows) if last else -len(self._rows))

    def _first(self) -> int:
        return next((i for i, row in enumerate(self._rows) if row.can_be_chosen), 0)

    def _go(self, index: int) -> None:
        self._at = index
        self.refresh()
        self.post_message(self.Moved())

    # --- mouse ---------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        index = self._top + event.y
        if index >= len(self._rows):
            return
        if index == self._at and self.chosen is not None:
            self.post_message(self.Clicked())
        elif self._rows[index].can_be_chosen:
            self._go(index)

    def on_mouse_scroll_down(self) -> None:
        self.move(_WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        self.move(-_WHEEL_ROWS)

    # --- drawing -------------------------------------------------------------------------------

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._rows)

    def draw(self, canvas: Canvas) -> list[Line]:
        shown = max(self.size.height, 1)
        # Above the first choice stands its heading, which is never chosen itself.
        highest = 0 if self._at <= self._first() < shown else self._at
        self._top = min(max(self._top, self._at - shown + 1, 0), highest)
        self._top = max(0, min(self._top, len(self._rows) - shown))
        columns = _Columns.of(self._rows, canvas.width)
        return [
            columns.line(row, canvas, is_chosen=index == self._at)
            for index, row in enumerate(self._rows[self._top : self._top + shown], self._top)
        ]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Cells of each column; 0 leaves it out."""

    title: int
    note: int
    figures: int

    @classmethod
    def of(cls, rows: Sequence[Row[ValueT]], width: int) -> _Columns:
        room = width - 2
        choices = [row for row in rows if row.value is not None]
        figures = max((cell_len(row.figures) for row in choices), default=0)
        title = max((cell_len(sanitize_line(row.title)) for row in choices), default=0)
        if figures and room - figures - len(_GAP) < min(title, _LEAST_NOTE_CELLS):
            figures = 0
        room -= figures + len(_GAP) if figures else 0
        if not any(row.note for row in choices):
            return cls(room, 0, figures)
        title = min(title, max(room * 36 // 100, room - 60))
        note = room - title - len(_GAP)
        return cls(title, note, figures) if note >= _LEAST_NOTE_CELLS else cls(room, 0, figures)

    def line(self, row: Row[ValueT], canvas: Canvas, *, is_chosen: bool) -> Line:
        styles, more = canvas.styles, canvas.glyphs.more
        if row.value is None:
            text = fit(sanitize_line(row.title), canvas.width - 2, more)
            return [(f" {text}", styles.strong)]
        ground = styles.ground if row.enabled else styles.muted
        accent, muted = (styles.accent if row.enabled else styles.muted), styles.muted
        if is_chosen and row.can_be_chosen:
            ground = accent = muted = styles.ground + Style(bold=True, reverse=True)
        parts = [(row.title, self.title, accent if self.note else ground)]
        if self.note:
            parts.append((row.note, self.note, muted))
        line: Line = [(" ", ground)]
        for text, cells, style in parts:
            text = fit(sanitize_line(text), cells, more)
            line += [(set_cell_size(text, cells), style), (_GAP, ground)]
        line.pop()
        if self.figures:
            figures = " " * (self.figures - cell_len(row.figures)) + row.figures
            line += [(_GAP, ground), (figures, muted)]
        used = sum(cell_len(text) for text, _ in line)
        return [*line, (" " * max(canvas.width - used, 0), ground)]
