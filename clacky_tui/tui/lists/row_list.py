"""A table of any length with a cursor; only the rows on the screen are ever drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.message import Message

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line
from clacky_tui.tui.layout import Column, table_cells

ItemT = TypeVar("ItemT")

WIDEST_CELLS = 140
"""Rows wider than this cannot be followed with the eye."""
_HEADING_ROWS = 1
_WHEEL_ROWS = 3


class RowList(CanvasWidget, Generic[ItemT]):
    """Shows `items`, one of them chosen. Never takes focus: the pane around it moves the cursor.

    Args:
        first_title: heading of the first column.
        columns: the other columns.
    """

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    RowList { height: 1fr; width: 1fr; background: transparent; }
    """

    class Moved(Message):
        """The cursor stands on another item, or on none."""

    def __init__(
        self, first_title: str, columns: Sequence[Column], *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._titles = (first_title, *(column.title for column in columns))
        self._columns = columns
        self._items: Sequence[ItemT] = ()
        self._chosen = 0
        self._top = 0

    def texts(self, item: ItemT, canvas: Canvas) -> Sequence[str]:
        """The texts of the row, first column first; all of them safe to show on one line."""
        raise NotImplementedError

    def style(self, item: ItemT, canvas: Canvas) -> Style:
        """How the row looks when it is not chosen."""
        return canvas.styles.ground

    def below(self, item: ItemT, canvas: Canvas) -> Line | None:
        """A second line under the row; either every item has one or none."""
        return None

    # --- items and cursor ----------------------------------------------------------------------

    @property
    def items(self) -> Sequence[ItemT]:
        """What is listed, from the top."""
        return self._items

    @property
    def chosen_index(self) -> int:
        """Where the cursor stands; 0 when there are no items."""
        return self._chosen

    @property
    def chosen(self) -> ItemT | None:
        """The item under the cursor; None when there are no items."""
        return self._items[self._chosen] if self._items else None

    def show(self, items: Sequence[ItemT], key: Callable[[ItemT], Hashable]) -> None:
        """List `items`; the cursor stays on its item when that is still there, else on its row."""
        chosen = self.chosen
        wanted = None if chosen is None else key(chosen)
        same = (i for i, item in enumerate(items) if key(item) == wanted)
        row = self._chosen if chosen is None else next(same, self._chosen)
        self._items = items
        self._choose(row)

    def move(self, step: int) -> None:
        """Move the cursor by `step` items, stopping at both ends."""
        self._choose(self._chosen + step)

    def move_page(self, pages: int) -> None:
        """Move the cursor by as many items as the screen shows."""
        self._choose(self._chosen + pages * self._shown_items)

    def move_to_end(self, *, last: bool) -> None:
        """Move the cursor to the last item, or to the first."""
        self._choose(len(self._items) - 1 if last else 0)

    def _choose(self, index: int) -> None:
        self._chosen = max(0, min(index, len(self._items) - 1))
        self.refresh()
        self.post_message(self.Moved())

    # --- mouse ---------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        row = event.y - _HEADING_ROWS
        index = self._top + row // self._item_rows
        if row >= 0 and index < len(self._items):
            self._choose(index)

    def on_mouse_scroll_down(self) -> None:
        self.move(_WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        self.move(-_WHEEL_ROWS)

    # --- drawing -------------------------------------------------------------------------------

    @property
    def _item_rows(self) -> int:
        if not self._items or self.below(self._items[0], self._canvas_of(self.size.width)) is None:
            return 1
        return 2

    @property
    def _shown_items(self) -> int:
        return max(1, (self.size.height - _HEADING_ROWS) // self._item_rows)

    def draw(self, canvas: Canvas) -> list[Line]:
        shown = self._shown_items
        last_top = max(0, len(self._items) - shown)
        self._top = min(max(self._top, self._chosen - shown + 1), self._chosen, last_top)
        width = min(canvas.width, WIDEST_CELLS)
        visible = self._items[self._top : self._top + shown]
        rows = [
            [tr(title) for title in self._titles],
            *(self.texts(item, canvas) for item in visible),
        ]
        heading, *bodies = table_cells(self._columns, rows, width)
        lines: list[Line] = [[("".join(heading), canvas.styles.muted)]]
        for index, (item, cells) in enumerate(zip(visible, bodies, strict=True), self._top):
            style = self.style(item, canvas)
            if index == self._chosen:
                style += Style(bold=True, reverse=True)
            lines.append([("".join(cells), style)])
            if (second := self.below(item, canvas)) is not None:
                lines.append(second)
        return lines
