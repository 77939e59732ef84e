"""Searching the transcript, letter by letter, also what is folded and what is not loaded yet."""

from __future__ import annotations

import asyncio
import re
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.entries import FoldingEntry
from clacky_tui.tui.chat.entry_view import EntryView
from clacky_tui.tui.chat.find import Match, compile_query, find_all

EARLIER_SECONDS = 30.0
"""How long a page of earlier chat may take; then the search goes without it."""


class FindBar(Horizontal):
    """Hidden until `open`. Up and Down go through the matches, Enter stays there, Esc goes back.

    Args:
        view: what is searched.
    """

    DEFAULT_CSS: ClassVar[str] = """
    FindBar { height: 1; display: none; background: transparent; }
    FindBar > Static { width: auto; padding: 0 1; color: $accent; }
    FindBar > #found { color: $text-muted; &:ansi { color: ansi_default; text-style: dim; } }
    FindBar > Input { width: 1fr; background: transparent; background-tint: transparent; }
    """

    class Left(Message):
        """The search line is closed; `kept` when the person stays at a match."""

        def __init__(self, *, kept: bool) -> None:
            super().__init__()
            self.kept = kept

    def __init__(self, view: EntryView, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = view
        self._field = Input(compact=True, select_on_focus=False)
        self._field.cursor_blink = False
        self._count = Static(markup=False, id="found")
        self._pattern: re.Pattern[str] | None = None
        self._matches: list[Match] = []
        self._at = -1
        self._earlier = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Static(tr("find"), markup=False)
        yield self._field
        yield self._count

    @property
    def is_open(self) -> bool:
        """True while a query can be typed."""
        return bool(self.display)

    @property
    def match(self) -> Match | None:
        """The one that was gone to."""
        return self._matches[self._at] if 0 <= self._at < len(self._matches) else None

    def open(self) -> None:
        """Let the person type what to look for; the last query is there, ready to be replaced."""
        self.display = True
        self.screen.set_focus(self._field)  # at once: keys may have come together with the one here
        self._field.select_all()
        if self._field.value:
            self._begin()

    def close(self) -> None:
        """Hide it, without saying so. What was found stays marked."""
        self.display = False

    def forget(self) -> None:
        """Take the marks back."""
        self.workers.cancel_group(self, "find")
        self._matches, self._at = [], -1
        self._view.mark(pattern=None, found=None)

    def on_key(self, event: events.Key) -> None:
        if event.key not in ("up", "down", "escape"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.close()
            self.forget()
            self.post_message(self.Left(kept=False))
        else:
            self.step(-1 if event.key == "up" else 1)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._begin()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()
        self.post_message(self.Left(kept=self.match is not None))

    # --- matches -----------------------------------------------------------------------------

    def _begin(self) -> None:
        self._pattern = compile_query(self._field.value)
        self._matches, self._at = [], -1
        self._view.mark(pattern=self._pattern, found=None)
        self.run_worker(self._search, group="find", exclusive=True)  # type: ignore[arg-type]

    def step(self, step: int) -> None:
        """Go to the next match, or the one before; before the first, earlier chat is loaded."""
        if self._pattern is None:
            return
        to = self._at + step
        if 0 <= to < len(self._matches):
            self._go(to)
        elif to < 0:
            self.run_worker(self._search_earlier, group="find", exclusive=True)  # type: ignore[arg-type]

    async def _search(self) -> None:
        """Find all that is loaded and go to the newest match; when there is none, load more."""
        await self._collect()
        if self._matches:
            self._go(len(self._matches) - 1)
        else:
            await self._search_earlier()

    async def _search_earlier(self) -> None:
        """Load earlier chat until there is a match in it, and go there."""
        known = len(self._matches)
        after = known - self._at
        while self._pattern is not None and self._view.has_earlier:
            self._count.update(tr("looking in earlier chat"))
            if not await self._load_earlier():
                break
            await self._collect()
            if len(self._matches) > known:
                self._go(len(self._matches) - after - 1 if known else len(self._matches) - 1)
                return
        self._show_count()

    async def _load_earlier(self) -> bool:
        """True when more chat is there than before."""
        self._earlier.clear()
        self._view.want_earlier()
        try:
            async with asyncio.timeout(EARLIER_SECONDS):
                await self._earlier.wait()
        except TimeoutError:
            return False
        return True

    def note_earlier(self) -> None:
        """Earlier chat has been put before, or could not be read."""
        self._earlier.set()

    async def _collect(self) -> None:
        pattern = self._pattern
        if pattern is not None:
            entries = list(self._view.entries)
            found = await asyncio.to_thread(find_all, entries, pattern)
            there = set(self._view.entries)
            self._matches = [match for match in found if match.entry in there]
        self._show_count()

    def _go(self, at: int) -> None:
        entry, number = self._matches[at]
        if entry not in self._view.entries:  # another session was opened
            self._begin()
            return
        self._at = at
        if isinstance(entry, FoldingEntry) and not entry.is_open and not self._is_in_sight(entry):
            self._view.open_whole(entry)
        self._view.show_match(entry, number)
        self._show_count()

    def _is_in_sight(self, entry: FoldingEntry) -> bool:
        """True when the entry shows the match although it is not open."""
        return self._view.count_shown(entry) > 0

    def _show_count(self) -> None:
        if self._pattern is None:
            words = ""
        elif not self._matches:
            words = tr("not found")
        else:
            words = f"{self._at + 1}/{len(self._matches)}"
        self._count.update(words)
