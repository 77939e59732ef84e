"""The app's ways out: everything is saved, and nothing that is typed meanwhile counts any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events

from clacky_tui.errors import ExitCode
from clacky_tui.tui.output.hook import LayeredApp

if TYPE_CHECKING:
    from clacky_tui.tui.bridge import WorkerBridge
    from clacky_tui.tui.draft import DraftKeeper
    from clacky_tui.tui.router import Router

CLOSE_SECONDS = 3.0
"""How long leaving waits for the worker to save."""


class Leaving(LayeredApp):
    """A base of the app, which makes the parts."""

    _bridge: WorkerBridge | None
    _draft: DraftKeeper
    _router: Router | None
    _loop_at_work: asyncio.AbstractEventLoop | None = None
    _early_end: int | None = None
    """The exit code of a signal that came before the app was up."""
    _leaving = False
    closing_words = ""
    """Printed on the normal screen after leaving: where the session lies, what it cost."""

    def _take_envelopes(self) -> None:
        raise NotImplementedError

    async def action_leave(self) -> None:
        await self._leave(0)

    def note_up(self) -> None:
        """From now on a signal can be heeded at once; one that came before is heeded now."""
        self._loop_at_work = asyncio.get_running_loop()
        if self._early_end is not None:
            self.call_later(self._leave, self._early_end)

    def end_on_signal(self, code: int) -> bool:
        """Leave cleanly with `code`, at the latest once the app is up; False when the app is over, or
        told for a second time before it is up, and the process may just end."""
        if self._leaving and code == ExitCode.INTERRUPTED:
            return True  # a ctrl+c too many, typed when the terminal was the shell's again
        loop = self._loop_at_work
        if loop is None and self._early_end is None:
            self._early_end = code
            return True
        if loop is None or loop.is_closed():
            return False
        loop.call_soon_threadsafe(lambda: loop.create_task(self._leave(code)))
        return True

    async def _leave(self, code: int) -> None:
        """Save everything, stop the worker, end the app. The second call does nothing."""
        if self._leaving:
            return
        self._leaving = True
        try:
            await self._save_all()
        finally:
            self.exit(return_code=code)

    async def _save_all(self) -> None:
        from clacky_tui.commands import Shutdown
        from clacky_tui.tui.closing import closing_words

        await self._draft.close()
        if self._bridge is not None:
            self._bridge.send(Shutdown())
            await self._bridge.wait_closed(CLOSE_SECONDS)
            self._take_envelopes()
        if self._router is not None:
            self.closing_words = closing_words(
                self._router.closed, self._router.last_usage, self._router.session_id
            )

    async def on_event(self, event: events.Event) -> None:
        # Textual 8.2.8 looks for the screen of a key also when there is none any more, and crashes.
        if self._leaving and isinstance(event, events.InputEvent | events.Paste):
            return
        await super().on_event(event)
