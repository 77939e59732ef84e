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

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.text import sanitize_line
from clacky_tui.tui.spots import Spot


class TabBar(Widget):
    """One row. Clicking a tab asks for it; the keys live in the app. Without room the others than the
    open tab are cut.

    Args:
        tabs: (id, title) from left to right.
        action: of the app, which opens the tab of an id.
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

    def __init__(self, tabs: list[tuple[str, str]], action: str = "show_tab") -> None:
        super().__init__()
        self._tabs = tabs
        self._action = action
        self.set_reactive(TabBar.active, tabs[0][0])

    def jump_spots(self) -> list[Spot]:
        """The tabs, from the left."""
        return [
            Spot(x, cell_len(title), f"{self._action}('{tab_id}')")
            for tab_id, title, x in self._placed_titles()
        ]

    def _placed_titles(self) -> list[tuple[str, str, int]]:
        """Id, title as there is room for it, and where it begins."""
        titles = [tr(title) for _, title in self._tabs]
        gap = 2 if sum(map(cell_len, titles)) + 2 * len(titles) < self.size.width else 1
        longest = max(map(cell_len, titles))
        active = next(i for i, (tab_id, _) in enumerate(self._tabs) if tab_id == self.active)
        shown = titles
        while longest > 1 and sum(map(cell_len, shown)) + gap * len(titles) + 1 > self.size.width:
            longest -= 1
            shown = [
                title if i == active else set_cell_size(title, min(longest, cell_len(title)))
                for i, title in enumerate(titles)
            ]
        placed, x = [], 1
        for (tab_id, _), title in zip(self._tabs, shown, strict=True):
            placed.append((tab_id, title, x))
            x += cell_len(title) + gap
        return placed

    def render(self) -> RenderResult:
        line = Content("")
        for tab_id, title, x in self._placed_titles():
            style = "bold $accent underline" if tab_id == self.active else ""
            line += Content(" " * (x - line.cell_length)) + Content.styled(title, style)
        room = self.size.width - line.cell_length - 3
        name = sanitize_line(self.session_name)
        if cell_len(name) > room:
            name = set_cell_size(name, room - 1) + "…" if room > 1 else ""
        return line + Content(" " * (room + 2 - cell_len(name)) + name)

    def on_click(self, event: events.Click) -> None:
        for tab_id, title, x in self._placed_titles():
            if x <= event.x < x + cell_len(title):
                self.post_message(self.Chosen(tab_id))
                return
