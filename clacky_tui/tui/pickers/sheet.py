"""A list over the screen, with a filter: every picker, the palette, the help and the popups are one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.chat.text import sanitize
from clacky_tui.tui.closes_once import ClosesOnce
from clacky_tui.tui.lists.key_row import KeyRow
from clacky_tui.tui.pickers.filter_field import FilterField
from clacky_tui.tui.pickers.matching import best_first
from clacky_tui.tui.pickers.rows import Row, RowsView
from clacky_tui.tui.too_small import TooSmall

ValueT = TypeVar("ValueT")

FRAME_ROWS = 2


class Sheet(ClosesOnce[ValueT], ModalScreen[ValueT], Generic[ValueT]):
    """Shows `rows()`. Enter gives the value under the cursor to whoever pushed it, Esc None.

    Letters are keys of the sheet until `/` opens the filter, or with `TYPES_AT_ONCE` the filter is
    open from the start and they go into it.
    """

    TITLE_WORDS: ClassVar[str] = ""
    EMPTY_WORDS: ClassVar[str] = tr_noop("Nothing here yet.")
    """Shown instead of an empty list: what will appear in it."""
    TYPES_AT_ONCE: ClassVar[bool] = False
    PROMPT: ClassVar[str] = "/"
    """Stands before the filter."""

    DEFAULT_CSS: ClassVar[str] = """
    Sheet { align: center middle; background: transparent; }
    Sheet > Vertical {
        width: 84; max-width: 100%; height: auto; max-height: 90%;
        border: round $accent; background: $background;
    }
    Sheet.-narrow > Vertical, Sheet.-low > Vertical {
        width: 100%; height: 100%; max-height: 100%; border: none;
    }
    Sheet RowsView { height: auto; max-height: 100%; min-height: 1; }
    Sheet.-narrow RowsView, Sheet.-low RowsView { height: 1fr; }
    Sheet .line { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Sheet #title { height: auto; max-height: 3; padding: 0 1; text-style: bold; }
    Sheet #detail { height: auto; max-height: 3; padding: 0 1; display: none; }
    Sheet #message { height: auto; max-height: 3; padding: 0 1; color: $warning; display: none; }
    Sheet #empty { height: auto; padding: 0 1; display: none; }
    Sheet #filter { height: 0; layout: horizontal; }
    Sheet #filter.open { height: 1; }
    Sheet #filter > Static { width: auto; padding: 0 1; color: $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "one up", show=False),
        Binding("down", "move(1)", "one down", show=False),
        Binding("pageup", "move_page(-1)", "one page up", show=False),
        Binding("pagedown", "move_page(1)", "one page down", show=False),
        Binding("home", "move_to_end(False)", "the first", show=False),
        Binding("end", "move_to_end(True)", "the last", show=False),
        Binding("enter", "accept", "choose", show=False),
        Binding("slash", "none", "filter", key_display="/"),
        Binding("f1", "app.help", "these keys", show=False),
        Binding("ctrl+q", "app.leave", "save and leave", show=False),
        Binding("ctrl+c", "cancel", "close", show=False),
        Binding("escape", "cancel", "close", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._all: Sequence[Row[ValueT]] = ()
        self.view: RowsView[ValueT] = RowsView()
        self._words = tr(self.TITLE_WORDS)
        self._title = Static(self._words, id="title", markup=False)
        self.field = FilterField(is_open=self.TYPES_AT_ONCE)
        self._filter = Vertical(Static(self.PROMPT, markup=False), self.field, id="filter")
        self._filter.set_class(self.TYPES_AT_ONCE, "open")
        self._empty = Static(tr(self.EMPTY_WORDS), id="empty", markup=False)
        self._detail = Static(id="detail", markup=False)
        self._message = Static(id="message", markup=False)
        self._keys = KeyRow(self.shown_bindings())

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield self._title
            yield self._filter
            yield self.view
            yield self._empty
            yield self._detail
            yield self._message
            yield self._keys
        yield TooSmall()

    def on_mount(self) -> None:
        self._resize_rows()
        self.refresh_rows(keep=False)
        self.field.focus()
        self.opened()

    def on_resize(self) -> None:
        self.call_after_refresh(self._resize_rows)  # when the classes for the size are set

    def _resize_rows(self) -> None:
        """Leave the list what the lines around it do not need; without a frame it takes that itself."""
        if self.has_class("-low") or self.has_class("-narrow"):
            self.view.styles.max_height = None
            return
        taken = 1 + self.field.is_open
        taken += min(1 + cell_len(self._words) // max(self._title.size.width, 1), 3)
        taken += sum(3 for line in (self._detail, self._message) if line.display)
        room = self.app.size.height * 9 // 10 - FRAME_ROWS
        self.view.styles.max_height = max(room - taken, 1)

    # --- for the sheet at hand -----------------------------------------------------------------

    def rows(self) -> Sequence[Row[ValueT]]:
        """What there is to list now; asked again whenever the worker says something."""
        raise NotImplementedError

    def opened(self) -> None:
        """It is on the screen, with its rows."""

    def accept(self, value: ValueT) -> None:
        """Enter was pressed on `value`."""
        self.dismiss(value)

    def rows_for(self, typed: str) -> Sequence[Row[ValueT]]:
        """The rows that fit the filter, best first; headings go when something is typed."""
        return best_first(self._all, typed) if typed else self._all

    @classmethod
    def shown_bindings(cls) -> Sequence[BindingType]:
        """The keys named at the foot: the sheet's own before those every sheet has."""
        own = [] if cls.BINDINGS is Sheet.BINDINGS else cls.BINDINGS
        common = [
            binding
            for binding in Sheet.BINDINGS
            if not (cls.TYPES_AT_ONCE and isinstance(binding, Binding) and binding.key == "slash")
        ]
        return [*own, *common]

    # --- showing -------------------------------------------------------------------------------

    def refresh_rows(self, *, keep: bool = True) -> None:
        """Ask for the rows again; the cursor stays on its value."""
        self._all = self.rows()
        self._arrange(keep=keep)

    def tell(self, text: str) -> None:
        """Say `text` under the list; empty takes it back."""
        self._message.update(sanitize(text))
        self._message.display = bool(text)
        self._resize_rows()

    def retitle(self, text: str) -> None:
        """Show `text` as the title."""
        if text != self._words:
            self._words = text
            self._title.update(sanitize(text))
            self._resize_rows()

    def _arrange(self, *, keep: bool) -> None:
        self.show_rows(self.rows_for(self.field.value.strip()), keep=keep)

    def show_rows(self, rows: Sequence[Row[ValueT]], *, keep: bool) -> None:
        """List `rows`; with `keep` the cursor stays on its value."""
        self.view.show(rows, keep=keep)
        self.view.display = bool(rows)
        self._empty.display = not rows
        self._empty.update(
            tr(self.EMPTY_WORDS) if not self._all else tr("Nothing fits. Esc closes.")
        )

    def on_rows_view_moved(self) -> None:
        row = self.view.chosen
        text = row.detail if row is not None else ""
        shown = bool(text)
        self._detail.update(sanitize(text))
        if shown != self._detail.display:
            self._detail.display = shown
            self._resize_rows()

    def on_rows_view_clicked(self) -> None:
        self.action_accept()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.tell("")
        self._arrange(keep=False)

    # --- keys ----------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        self.tell("")
        self.view.move(step)

    def action_move_page(self, pages: int) -> None:
        self.view.move_page(pages)

    def action_move_to_end(self, last: bool) -> None:
        self.view.move_to_end(last=last)

    def action_accept(self) -> None:
        row = self.view.chosen
        if row is not None and row.value is not None:
            self.accept(row.value)

    def on_filter_field_opened(self) -> None:
        self._show_filter()

    def action_cancel(self) -> None:
        if self.field.is_open and not self.TYPES_AT_ONCE:
            self.field.close()
            self._show_filter()
            self._arrange(keep=True)
        else:
            self.dismiss(None)

    def _show_filter(self) -> None:
        self._filter.set_class(self.field.is_open, "open")
        self._resize_rows()
