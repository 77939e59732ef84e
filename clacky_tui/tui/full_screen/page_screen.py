"""A screen with a page of lines: a title, the page, and the keys under it."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.find import compile_query
from clacky_tui.tui.chat.text import Line, cut, line_cells, sanitize_line
from clacky_tui.tui.closes_once import ClosesOnce
from clacky_tui.tui.full_screen.page import Page
from clacky_tui.tui.layout import MARGIN
from clacky_tui.tui.lists.key_row import KeyRow


class TitleRow(CanvasWidget):
    """What is shown on the left, where in it on the right."""

    DEFAULT_CSS: ClassVar[str] = "TitleRow { height: 1; width: 100%; background: transparent; }"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = sanitize_line(title)
        self._place = ""

    def set_place(self, place: str) -> None:
        """Where the page stands, in words."""
        if place != self._place:
            self._place = place
            self.refresh()

    def draw(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        place: Line = [(f"{self._place} ", styles.muted)]
        room = max(canvas.width - line_cells(place) - len(MARGIN) - 1, 4)
        title = cut([(self._title, styles.strong)], room, (canvas.glyphs.more, styles.muted))
        gap = canvas.width - len(MARGIN) - line_cells(title) - line_cells(place)
        return [[(MARGIN, styles.ground), *title, (" " * max(gap, 1), styles.ground), *place]]


class PageScreen(ClosesOnce[None]):
    """Esc, q or Ctrl+O leaves it.

    Args:
        title: what is shown, on one line.
    """

    AUTO_FOCUS = "Page"
    DEFAULT_CSS: ClassVar[str] = """
    PageScreen { background: transparent; }
    PageScreen Input { height: 1; background: transparent; background-tint: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "rows(-1)", "up", show=False),
        Binding("down,j", "rows(1)", "down", show=False),
        Binding("pageup,b", "pages(-1)", "page up", show=False),
        Binding("pagedown,space", "pages(1)", "page down", show=False),
        Binding("home,g,ctrl+home", "top", "top", key_display="g"),
        Binding("end,G,ctrl+end", "end", "end", key_display="G"),
        Binding("left,h", "sideways(-1)", "left", show=False),
        Binding("right,l", "sideways(1)", "sideways", key_display="h l"),
        Binding("slash", "find", "find", key_display="/"),
        Binding("n", "step(1)", "next", key_display="n p"),
        Binding("p,N", "step(-1)", "the one before", show=False),
        Binding("y", "copy", "copy all"),
        Binding("escape,q,ctrl+o", "leave", "back", key_display="q"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title_row = TitleRow(title)
        self.page = Page(self._show_place)
        self._field = Input(compact=True, placeholder=tr("find"), select_on_focus=False)
        self._field.cursor_blink = False
        self._field.display = False
        self._matches: list[int] = []
        self._at = -1
        """The match that was gone to."""

    def compose(self) -> ComposeResult:
        yield self._title_row
        yield self.page
        yield self._field
        yield KeyRow(self.BINDINGS)

    def whole_text(self) -> str:
        """All that can be copied."""
        raise NotImplementedError

    def _show_place(self) -> None:
        page = self.page
        if self._matches:
            words = tr("{at}/{count} found", at=self._at + 1, count=len(self._matches))
        elif self._field.value and self._field.display:
            words = tr("not found")
        else:
            last = min(page.top + page.size.height, page.line_count)
            words = tr(
                "{first:,}-{last:,} of {count:,}",
                first=min(page.top + 1, last),
                last=last,
                count=page.line_count,
            )
            words += " following" if page.follows and self._is_live() else ""
        self._title_row.set_place(words)

    def _is_live(self) -> bool:
        """True while more may come."""
        return False

    # --- actions -----------------------------------------------------------------------------

    def action_rows(self, rows: int) -> None:
        self.page.scroll_rows(rows)

    def action_pages(self, pages: int) -> None:
        self.page.scroll_pages(pages)

    def action_top(self) -> None:
        self.page.go_to(0)

    def action_end(self) -> None:
        self.page.go_to(self.page.line_count)

    def action_sideways(self, steps: int) -> None:
        self.page.scroll_sideways(steps)

    def action_find(self) -> None:
        self._field.display = True
        self.set_focus(self._field)

    def action_step(self, step: int) -> None:
        """The next match, or what the page is divided into while nothing is searched for."""
        if self._matches:
            self._at = (self._at + step) % len(self._matches)
            self.page.go_to_match(self._matches[self._at])
            self._show_place()
        else:
            self.step_part(step)

    def step_part(self, step: int) -> None:
        """Go to the next part of the page, or the one before; most pages have none."""

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.whole_text())

    def action_leave(self) -> None:
        if self._field.display:
            self._end_search()
        else:
            self.dismiss()

    def _end_search(self) -> None:
        self._field.display = False
        self._matches, self._at = [], -1
        self._field.value = ""
        self.page.highlight(None)
        self.page.focus()
        self._show_place()

    # --- searching ---------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        pattern = compile_query(event.value)
        self.run_worker(partial(self._search, pattern), group="find", exclusive=True)  # type: ignore[arg-type]

    async def _search(self, pattern: re.Pattern[str] | None) -> None:
        self.page.highlight(pattern)
        matches = await asyncio.to_thread(self.page.lines_with, pattern) if pattern else []
        self._matches = matches
        self._at = next(
            (n for n, line in enumerate(matches) if line >= self.page.top), len(matches) - 1
        )
        if matches:
            self.page.go_to_match(matches[self._at])
        self._show_place()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._matches:
            self.page.focus()
        else:
            self._end_search()

    def on_key(self, event: events.Key) -> None:
        if self._field.has_focus and event.key in ("up", "down"):
            event.stop()
            event.prevent_default()
            self.action_step(-1 if event.key == "up" else 1)
