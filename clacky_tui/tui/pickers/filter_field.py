"""The line of a sheet in which a filter is typed; it has the keyboard whether it is open or not."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterField(Input, inherit_bindings=False):
    """While closed it takes no key but `/`, which opens it. Home, End and Enter are the sheet's.

    It keeps the focus all the time: letters typed right after the slash, in one burst over a slow
    line, would otherwise arrive before the focus does.
    """

    DEFAULT_CSS: ClassVar[str] = """
    FilterField { width: 1fr; background: transparent; background-tint: transparent; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("ctrl+a", "home", show=False),
        Binding("ctrl+e", "end", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("ctrl+w,alt+backspace", "delete_left_word", show=False),
        Binding("ctrl+u", "delete_left_all", show=False),
    ]

    class Opened(Message):
        """The slash was pressed: what is typed from now on is a filter."""

    def __init__(self, *, is_open: bool) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._is_open = is_open

    @property
    def is_open(self) -> bool:
        """True while keys go into it."""
        return self._is_open

    def close(self) -> None:
        """Take no keys, and forget what was typed."""
        self._is_open = False
        self.value = ""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return self._is_open and super().check_consume_key(key, character)

    # Textual calls the handlers of the base class by itself, unless that is prevented.

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        if self._is_open:
            return
        event.prevent_default()
        if event.character == "/":
            event.stop()
            self._is_open = True
            self.post_message(self.Opened())

    def _on_paste(self, event: events.Paste) -> None:
        if not self._is_open:
            event.prevent_default()
            event.stop()
