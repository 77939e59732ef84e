"""The transcript alone on a screen."""

from __future__ import annotations

from textual.app import App, ComposeResult

from clacky_tui.tui.chat.transcript import Transcript
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes


class ChatApp(App[None]):
    """Nothing but a transcript; its clock stands still."""

    CSS = "Screen { background: transparent; } Transcript { margin: 0; }"

    def __init__(self) -> None:
        super().__init__()
        for shipped in load_themes().values():
            self.register_theme(shipped)
        self.theme = DEFAULT_THEME
        self.transcript = Transcript(clock=lambda: 100.0)

    def compose(self) -> ComposeResult:
        yield self.transcript

    def rows(self) -> list[str]:
        """What stands on the screen, without blank rows."""
        strips = self.screen._compositor.render_strips()
        return [row for strip in strips if (row := strip.text.rstrip())]
