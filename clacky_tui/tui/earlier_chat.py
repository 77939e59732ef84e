"""The app's side of a resumed session: what was said before comes above what is said now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from clacky_tui.tui.welcome import restored_line

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

    def _replay_session(self, opened: events.SessionOpened) -> None:
        """Show the end of a restored session; what another one said before is out of reach."""
        self._replay = None
        if not opened.restored:
            return
        from clacky_tui.tui.replay import Replay

        self._transcript.add_notice("success", restored_line(opened.name, opened.tasks))
        path = Path(opened.journal_path)
        self._replay = Replay(
            path,
            opened.journal_bytes,
            simulated=opened.simulated,
            token_line=self.preferences.token_line,
        )
        self.on_entry_view_earlier_wanted()

    def on_entry_view_earlier_wanted(self) -> None:
        if self._replay is not None:
            app = cast("App[None]", self)
            app.run_worker(self._show_earlier(self._replay), group="replay")

    async def _show_earlier(self, replay: Replay) -> None:
        try:
            entries = await replay.earlier()
        except OSError as error:
            text = f"What was said before cannot be read: {error.strerror}."
            self._transcript.add_notice("warning", text)
        else:
            if replay is self._replay:
                self._transcript.put_before(entries, has_earlier=replay.has_earlier)
        finally:
            self._find.note_earlier()
