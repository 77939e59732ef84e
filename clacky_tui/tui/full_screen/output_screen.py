"""The output of a tool on the whole screen; that of a running one as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.output_tail import OutputTail
from clacky_tui.tui.chat.text import sanitize
from clacky_tui.tui.full_screen.ansi import AnsiReader
from clacky_tui.tui.full_screen.page_screen import PageScreen

LOOK_SECONDS = 0.3
"""How often a running tool's output is looked at."""


class OutputScreen(PageScreen):
    """Follows the tail while the tool runs.

    Args:
        title: the call, on one line.
        read: all its output as it is now.
        live: where more of it comes; None when it is over.
        is_running: whether more may come.
    """

    def __init__(
        self,
        title: str,
        read: Callable[[], str],
        live: OutputTail | None = None,
        is_running: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(title)
        self._read = read
        self._live = live
        self._is_running = is_running
        self._reader = AnsiReader()
        self._seen_chars = 0

    def whole_text(self) -> str:
        return sanitize(self._read())

    def _is_live(self) -> bool:
        return self._is_running()

    async def on_mount(self) -> None:
        self.page.follows = self._is_running()
        await self._read_anew()
        if self._is_running():
            self._clock = self.set_interval(LOOK_SECONDS, self._look)

    async def _read_anew(self) -> None:
        self._seen_chars = self._live.total_chars if self._live is not None else 0
        self._reader = AnsiReader()
        await asyncio.to_thread(self._reader.feed, self._read() or tr("No output yet."))
        self.page.show(self._reader.lines)

    async def _look(self) -> None:
        """Show what has come; at the end the whole output as the tool gave it."""
        if self._live is None or not self._is_running():
            self._clock.stop()
            await self._read_anew()
            return
        if self._live.total_chars == self._seen_chars:
            return
        more = self._live.since(self._seen_chars) if self._seen_chars else None
        if more is None:
            await self._read_anew()
            return
        self._seen_chars = self._live.total_chars
        await asyncio.to_thread(self._reader.feed, more)
        self.page.show(self._reader.lines)
