"""The app's action that changes the language it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.i18n import LANGUAGES, tr
from clacky_tui.tui.settings.live import LiveSettings

if TYPE_CHECKING:
    from clacky_tui.tui.router import Router
    from clacky_tui.tui.session_bar import SessionBar

_CODES = ("auto", *LANGUAGES)


class Speaking(LiveSettings):
    """A base of the app, which makes the parts."""

    _bar: SessionBar
    _router: Router | None

    def set_language(self, code: str) -> None:
        """Speak `code` from now on; what was said in the chat before stays as it was said."""
        super().set_language(code)
        self._bar.speak_anew()
        if self._router is not None:
            self._router.speak_anew()

    def action_set_language(self, code: str) -> None:
        """Speak "en", "zh" or what the environment asks for; the next start is not concerned."""
        if code.lower() in _CODES:
            self.set_language(code.lower())
            return
        known = ", ".join(_CODES)
        self._bar.set_hint(
            tr("There is no language {code!r}. There are: {known}.", code=code, known=known)
        )
