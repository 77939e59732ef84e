"""Work that is asked for more often than it needs doing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.widget import Widget


class Rerun:
    """Runs `work` once per burst of requests, and once more if one came while it ran.

    It never runs twice at once and is never cancelled half-way, so the last run saw the latest state.
    """

    def __init__(self, widget: Widget, work: Callable[[], Awaitable[None]]) -> None:
        self._widget = widget
        self._work = work
        self._wanted = False
        self._running = False

    def request(self) -> None:
        """See to it that `work` starts after this call."""
        self._wanted = True
        if not self._running:
            self._running = True
            self._widget.run_worker(self._run())

    async def _run(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                await self._work()
        finally:
            self._running = False
