"""The app's side of a resumed session: what was said before comes above what is said now."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.entries import Entry, NoteEntry
from clacky_tui.tui.welcome import OPENING_LINE, restored_line

if TYPE_CHECKING:
    from textual.app import App

    from clacky_tui import events
    from clacky_tui.config.preferences import Preferences
    from clacky_tui.tui.chat.find_bar import FindBar
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.replay import Replay


class EarlierChat:
    """Mixed into the app. One screenful is read at first, more when the person is at the top."""

    _find: FindBar
    _transcript: Transcript
    preferences: Preferences
    _replay: Replay | None = None
    _opening: NoteEntry | None = None
    """Under the end of a session that the worker is still opening."""
    _paging: Replay | None = None
    """Whose next page is on its way."""

    async def _show_end(self, path: Path) -> None:
        """Show the end of the session in `path` while the worker has not begun to open it.

        What is wrong with a journal that cannot be read is told by the worker.
        """
        try:
            replay, entries = await asyncio.to_thread(_read_end, path, self.preferences.token_line)
        except OSError:
            return
        self._replay = replay
        self._opening = NoteEntry("info", tr(OPENING_LINE))
        self._opening.gap_before = bool(entries)
        self._transcript.clear()
        self._transcript.put_before([*entries, self._opening], has_earlier=replay.has_earlier)

    def _replay_session(self, opened: events.SessionOpened) -> bool:
        """Show the end of a restored session; what another one said before is out of reach.

        Returns:
            False when the session is a new one, and the transcript empty.
        """
        note, self._opening = self._opening, None
        if not opened.restored:
            self._replay = None
            self._transcript.clear()
            return False
        words = restored_line(opened.name, opened.tasks)
        path = Path(opened.journal_path)
        replay = self._replay
        if note and replay and replay.began_at(path, opened.journal_bytes):
            note.replace("success", words)
            is_free = self._paging is not replay
            self._transcript.put_before([], has_earlier=replay.has_earlier and is_free)
            return True
        from clacky_tui.tui.replay import Replay

        self._transcript.clear()
        self._transcript.add_notice("success", words)
        self._replay = Replay(
            path,
            opened.journal_bytes,
            simulated=opened.simulated,
            token_line=self.preferences.token_line,
        )
        self.on_entry_view_earlier_wanted()
        return True

    def on_entry_view_earlier_wanted(self) -> None:
        if self._replay is not None:
            app = cast("App[None]", self)
            app.run_worker(self._show_earlier(self._replay), group="replay")

    async def _show_earlier(self, replay: Replay) -> None:
        self._paging = replay
        try:
            entries = await asyncio.to_thread(replay.earlier)
        except OSError as error:
            text = tr("What was said before cannot be read: {strerror}.", strerror=error.strerror)
            self._transcript.add_notice("warning", text)
        else:
            self._paging = None
            if replay is self._replay:
                self._transcript.put_before(entries, has_earlier=replay.has_earlier)
        finally:
            self._paging = None
            self._find.note_earlier()


def _read_end(path: Path, token_line: str) -> tuple[Replay, list[Entry]]:
    """Blocking, and the first import of what reads a journal."""
    from clacky_tui.tui.replay import Replay

    replay = Replay.at_end(path, token_line=token_line)
    return replay, replay.earlier()
