"""Ctrl+R: the messages of before that hold what is typed, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.choice_list import ChoiceList
from clacky_tui.tui.chat.key_line import key_line
from clacky_tui.tui.chat.text import Line, fit, sanitize_line

MATCHES_LIMIT = 50
LEAD_CHARACTERS = 20
"""So much is shown before the match in a long message."""


class HistorySearch(ChoiceList[str]):
    """Above the composer, which holds the query meanwhile."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._query = ""

    def search(self, entries: Sequence[str], query: str) -> None:
        """Show those of `entries` (oldest first) that hold `query`, letter case apart, each once."""
        self._query = query
        wanted = query.casefold()
        found = dict.fromkeys(text for text in reversed(entries) if wanted in text.casefold())
        self.show(list(found)[:MATCHES_LIMIT])
        self.display = True
        self.refresh(layout=True)

    def close(self) -> None:
        super().close()
        self.display = False

    def draw(self, canvas: Canvas) -> list[Line]:
        keys = [("ctrl+r", tr("older")), ("enter", tr("takes it")), ("esc", tr("goes back"))]
        head: Line = [(GUTTER, canvas.styles.ground), *key_line(keys, canvas)]
        if self.is_open:
            return [head, *super().draw(canvas)]
        said = tr("No earlier message holds this.") if self._query else tr("No earlier messages.")
        return [head, [(GUTTER + said, canvas.styles.muted)]]

    def draw_row(self, choice: str, is_chosen: bool, canvas: Canvas) -> Line:
        styles = canvas.styles
        text, query = sanitize_line(choice), sanitize_line(self._query)
        at = text.casefold().find(query.casefold()) if query else -1
        if at > LEAD_CHARACTERS and len(text) > canvas.text_cells:
            text = canvas.glyphs.more + text[at - LEAD_CHARACTERS :]
            at = LEAD_CHARACTERS + len(canvas.glyphs.more)
        text = fit(text, canvas.text_cells, canvas.glyphs.more)
        ground = styles.strong if is_chosen else styles.ground
        if at < 0:
            return [(text, ground)]
        end = at + len(query)
        return [(text[:at], ground), (text[at:end], styles.accent), (text[end:], ground)]
