"""The composer's unsent text, kept from one start to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.dom import DOMNode
from textual.timer import Timer

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.paths import draft_file

KEEP_SECONDS = 0.5


def read_draft() -> str:
    """What was being written when the app ended; empty when nothing was."""
    try:
        return draft_file().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def save_draft(text: str) -> None:
    """Keep `text` for the next start; blank text drops the old draft. A full disk stops nothing."""
    path = draft_file()
    try:
        if text.strip():
            make_private_dir(path.parent)
            write_atomic(path, text.encode("utf-8", "replace"), mode=PRIVATE_FILE_MODE)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return


class DraftKeeper:
    """Saves what is being written at most `KEEP_SECONDS` after it changed, so that a crash loses little.

    Args:
        owner: whose timers and workers are used.
        text: what stands in the composer now.
    """

    def __init__(self, owner: DOMNode, text: Callable[[], str]) -> None:
        self._owner = owner
        self._text = text
        self._timer: Timer | None = None
        self._lock = asyncio.Lock()

    def note_change(self) -> None:
        """The text has changed; it is saved once for all that changes within the time."""
        if self._timer is None:
            self._timer = self._owner.set_timer(KEEP_SECONDS, self._save_soon)

    async def save(self) -> None:
        """Save the text as it is now."""
        async with self._lock:
            await asyncio.to_thread(save_draft, self._text())

    def _save_soon(self) -> None:
        self._timer = None
        self._owner.run_worker(self.save(), group="draft")
