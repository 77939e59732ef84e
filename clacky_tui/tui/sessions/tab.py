"""The sessions tab's place on the screen: the list of sessions, or the recycle bin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.lazy_tab import LazyTab, TabPane

if TYPE_CHECKING:
    from clacky_tui.tui.sessions.bin_pane import BinPane
    from clacky_tui.tui.sessions.pane import SessionsPane


class SessionsTab(LazyTab):
    """Keeps the `SessionsPane` and the `BinPane`, of which one is on show.

    Args:
        clock: the present, timezone-aware.
    """

    def __init__(self, *, clock: Callable[[], datetime] = local_now) -> None:
        super().__init__()
        self._clock = clock
        self._session_id = ""
        self._working_dir = Path.cwd()
        self._sessions: SessionsPane | None = None
        self._bin: BinPane | None = None

    def build(self) -> SessionsPane:
        from clacky_tui.tui.sessions.pane import SessionsPane

        self._sessions = SessionsPane(clock=self._clock)
        self._sessions.set_session(self._session_id, self._working_dir)
        return self._sessions

    def rebuild(self) -> None:
        super().rebuild()
        if self._pane is None:
            self._sessions = self._bin = None

    def start_session(self, session_id: str, working_dir: str) -> None:
        """Another session is open here now."""
        self._session_id = session_id
        self.set_working_dir(working_dir)

    def set_working_dir(self, working_dir: str) -> None:
        """The session that is open here works in another directory now."""
        self._working_dir = Path(working_dir)
        if self._sessions is not None:
            self._sessions.set_session(self._session_id, self._working_dir)

    def reload(self) -> None:
        """A session changed; read again when on show."""
        if self._sessions is not None:
            self._sessions.reload()

    def on_sessions_pane_bin_asked(self) -> None:
        from clacky_tui.tui.sessions.bin_pane import BinPane

        if not self.is_attached:  # asked for just before the app was left
            return
        if self._bin is None:
            self._bin = BinPane(clock=self._clock)
            self.mount(self._bin)
        self._show(self._bin)

    def on_bin_pane_left(self) -> None:
        if self._sessions is not None:
            self._show(self._sessions)

    def _show(self, pane: TabPane) -> None:
        if self._pane is not None:
            self._pane.set_shown(False)
            self._pane.display = False
        self._pane = pane
        pane.display = True
        self.open()
