"""The first line of the screen: the tabs on the left, the session's name on the right."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class TabBar(Widget):
    """One row. Clicking a tab asks for it; the keys live in the app.

    Args:
        tabs: (id, title) from left to right.
    """

    DEFAULT_CSS: ClassVar[str] = """
    TabBar { height: 1; color: $text-muted; }
    """

    active: reactive[str] = reactive("")
    session_name: reactive[str] = reactive("")

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, tab_id: str) -> None:
            super().__init__()
            self.tab_id = tab_id

    def __init__(self, tabs: list[tuple[str, str]]) -> None:
        super().__init__()
        self._tabs = tabs
        self.set_reactive(TabBar.active, tabs[0][0])

    def render(self) -> RenderResult:
        line = Content(" ")
        for tab_id, title in self._tabs:
            style = "bold $accent underline" if tab_id == self.active else ""
            line += Content.styled(title, style) + Content("  ")
        room = self.size.width - line.cell_length - 1
        name = self.session_name
        if cell_len(name) > room:
            name = set_cell_size(name, room - 1) + "…" if room > 1 else ""
        return line + Content(" " * (room - cell_len(name)) + name)

    def on_click(self, event: events.Click) -> None:
        left = 1
        for tab_id, title in self._tabs:
            right = left + cell_len(title)
            if left <= event.x < right:
                self.post_message(self.Chosen(tab_id))
                return
            left = right + 2
