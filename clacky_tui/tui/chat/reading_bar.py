"""Reading mode: the keyboard moves through the transcript, and this row says with which keys."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from clacky_tui.tui.chat.canvas import GUTTER
from clacky_tui.tui.chat.entries import Entry
from clacky_tui.tui.chat.entry_cursor import EntryCursor
from clacky_tui.tui.chat.entry_view import EntryView
from clacky_tui.tui.chat.pieces import code_near, source_of
from clacky_tui.tui.lists.key_row import KeyRow

BY_ENTRY: list[BindingType] = [
    Binding("up,k", "step(-1)", "move", key_display="k j"),
    Binding("down,j", "step(1)", "next entry", show=False),
    Binding("enter,space", "open_close", "open", key_display="enter"),
    Binding("y", "copy", "copy"),
    Binding("o", "view", "full screen"),
    Binding("c", "copy_code", "copy code"),
    Binding("v", "select", "select"),
    Binding("slash", "find", "find", key_display="/"),
    Binding("n", "match(1)", "next match", show=False),
    Binding("N", "match(-1)", "match before", show=False),
    Binding("g", "end(-1)", "first entry", show=False),
    Binding("G", "end(1)", "last entry", show=False),
    Binding("escape,q", "leave", "back", key_display="esc"),
]
BY_CELL: list[BindingType] = [
    Binding("up,k", "caret(-1, 0)", "up", show=False),
    Binding("down,j", "caret(1, 0)", "down", show=False),
    Binding("left,h", "caret(0, -1)", "left", show=False),
    Binding("right,l", "caret(0, 1)", "right", show=False),
    Binding("home,0", "edge(-1)", "start of the row", show=False),
    Binding("end,$,dollar_sign", "edge(1)", "end of the row", show=False),
    Binding("h,j,k,l", "nothing", "move", key_display="arrows hjkl"),
    Binding("o", "swap", "other end"),
    Binding("y,enter", "copy", "copy", key_display="y"),
    Binding("escape,v,q", "end_select", "back", key_display="esc"),
]


class ReadingBar(KeyRow, can_focus=True):
    """Hidden until `open`. Has the keyboard while it is open; typing text gives it back.

    Args:
        view: the entries it moves through.
    """

    DEFAULT_CSS: ClassVar[str] = """
    ReadingBar { display: none; }
    """

    class Left(Message):
        """The keyboard is free again; `typed` is a letter that was meant for the composer."""

        def __init__(self, typed: str = "") -> None:
            super().__init__()
            self.typed = typed

    class CopyAsked(Message):
        """`text` is to be copied."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class ViewAsked(Message):
        """What is under the cursor is to be shown whole."""

    class FindAsked(Message):
        """A search is to begin."""

    class MatchAsked(Message):
        """The next match of the search is wanted, or the one before."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    BINDINGS: ClassVar[list[BindingType]] = BY_ENTRY

    def __init__(self, view: EntryView, *, id: str | None = None) -> None:
        super().__init__(BY_ENTRY, id=id)
        self._view = view
        self.cursor = EntryCursor(view)

    @property
    def is_open(self) -> bool:
        """True while the keyboard moves through the transcript."""
        return bool(self.display)

    def open(self, at: Entry | None = None) -> None:
        """Take the keyboard; the cursor begins at the entry `at`, by default the newest in sight."""
        self.display = True
        self.set_bindings(BY_ENTRY)
        self.screen.set_focus(self)  # at once: keys may have come together with the one for this
        if at is None:
            self.cursor.move(0)
        else:
            self.cursor.go_to(at)

    def take_selection(self) -> None:
        """Take the keyboard for what the mouse has selected."""
        self.display = True
        self.set_bindings(BY_CELL)
        self.screen.set_focus(self)

    def close(self) -> None:
        """Hide it and take its marks back, without saying so."""
        self.display = False
        self.cursor.leave()

    # --- keys --------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        keys = BY_CELL if self.cursor.is_selecting else BY_ENTRY
        if self.is_open:
            self.set_bindings(keys)  # the mouse may have selected something, or let it go
        else:
            keys = []  # left already, but the keyboard has not yet gone on
        for binding in keys:
            if isinstance(binding, Binding) and event.key in binding.key.split(","):
                event.stop()
                event.prevent_default()
                self.call_later(self.run_action, binding.action)
                return
        if event.is_printable and event.character:
            event.stop()
            event.prevent_default()
            self._leave(event.character)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._leave(event.text)

    def on_blur(self) -> None:
        if self.is_open and self.screen.is_current and self.app.app_focus:
            self.close()

    def _leave(self, typed: str = "") -> None:
        self.close()
        self.post_message(self.Left(typed))

    def action_step(self, step: int) -> None:
        self.cursor.move(step)

    def action_end(self, end: int) -> None:
        self.cursor.move_to_end(end)

    def action_open_close(self) -> None:
        self.cursor.toggle()

    def action_copy(self) -> None:
        if self.cursor.is_selecting:
            text = self._view.selected_text()
            self.action_end_select()
        else:
            text = source_of(self.cursor.entries)
        self.post_message(self.CopyAsked(text))

    def action_copy_code(self) -> None:
        self.post_message(self.CopyAsked(code_near(self._view.entries, self.cursor.index)))

    def action_view(self) -> None:
        self.post_message(self.ViewAsked())

    def action_find(self) -> None:
        self.post_message(self.FindAsked())

    def action_match(self, step: int) -> None:
        self.post_message(self.MatchAsked(step))

    def action_select(self) -> None:
        self.cursor.begin_selection()
        if self.cursor.is_selecting:
            self.set_bindings(BY_CELL)

    def action_end_select(self) -> None:
        self.cursor.end_selection()
        self.set_bindings(BY_ENTRY)

    def action_caret(self, rows: int, cells: int) -> None:
        self.cursor.move_caret(rows, cells)

    def action_edge(self, edge: int) -> None:
        self.cursor.move_caret_to(len(GUTTER) if edge < 0 else None)

    def action_swap(self) -> None:
        self.cursor.swap_ends()

    def action_nothing(self) -> None:
        """Stands for keys that are named together with others."""

    def action_leave(self) -> None:
        self._leave()
