"""The app's actions that move about in it: tabs, and the rows of the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.i18n import tr_noop
from clacky_tui.tui.output.hook import LayeredApp

if TYPE_CHECKING:
    from clacky_tui.tui.chat.composer import Composer
    from clacky_tui.tui.chat.docked_prompt import DockedPrompt
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.lazy_tab import LazyTab
    from clacky_tui.tui.tab_bar import TabBar

TABS = [
    ("chat", tr_noop("Chat")),
    ("billing", tr_noop("Billing")),
    ("context", tr_noop("Context")),
    ("sessions", tr_noop("Sessions")),
    ("trash", tr_noop("Trash")),
    ("settings", tr_noop("Settings")),
]


class Navigation(LayeredApp):
    """The base of the app, which makes the parts."""

    _composer: Composer
    _panes: dict[str, LazyTab]
    _prompts: tuple[DockedPrompt, ...]
    """Those of the chat; one that is open has the keyboard."""
    _tabs: TabBar
    _transcript: Transcript

    def close_sheets(self) -> None:
        """Take away what is open over the screen, without an answer."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def _warn(self, text: str) -> None:
        self._transcript.add_notice("warning", text)

    def action_show_tab(self, tab: str) -> None:
        self.close_sheets()
        self._tabs.active = tab
        self.query_one("#chat").display = tab == "chat"
        for name, pane in self._panes.items():
            if name != tab:
                pane.close()  # first, since what asks in it gives the focus back
        if tab in self._panes:
            self._panes[tab].open()
        else:
            asking = next((prompt for prompt in self._prompts if prompt.is_open), None)
            self.screen.set_focus(asking or self._composer)  # at once: more keys may wait

    def action_next_tab(self, step: int) -> None:
        names = [name for name, _ in TABS]
        self.action_show_tab(names[(names.index(self._tabs.active) + step) % len(names)])

    def action_toggle_output(self) -> None:
        self._transcript.toggle_last()

    def action_scroll_chat(self, pages: int) -> None:
        self._transcript.scroll_page(pages)

    def action_scroll_home(self) -> None:
        self._transcript.scroll_home()

    def action_scroll_end(self) -> None:
        self._transcript.scroll_end()

    def action_redraw(self) -> None:
        self.redraw()
