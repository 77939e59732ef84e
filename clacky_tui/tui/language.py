"""The app's action that changes the language it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.i18n import LANGUAGES, tr

if TYPE_CHECKING:
    from clacky_tui.tui.session_bar import SessionBar


class Speaking:
    """Mixed into the app, which makes the parts."""

    _bar: SessionBar

    def set_language(self, code: str) -> None:
        """Speak `code` from now on, everywhere on the screen."""
        raise NotImplementedError

    def action_set_language(self, code: str) -> None:
        """Speak "en", "zh" or what the environment asks for; the next start is not concerned."""
        known = ("auto", *LANGUAGES)
        if code.lower() not in known:
            self._bar.set_hint(
                tr(
                    "There is no language {code!r}. There are: {known}.",
                    code=code,
                    known=", ".join(known),
                )
            )
            return
        self.set_language(code.lower())
