"""Settings › Screen: every preference, with immediate effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clacky_tui.config.preferences import Preferences, save_preference
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr
from clacky_tui.paths import preferences_file, shorten_home
from clacky_tui.tui.settings.fields import FieldRow, Value, screen_fields
from clacky_tui.tui.settings.section import FieldsSection
from clacky_tui.tui.theming import theme_files

ChangePreference = Callable[[str, str | bool | None], str]
"""Lets a preference hold from now on; returns what there is to say of it, maybe nothing."""


class ScreenSection(FieldsSection):
    """Made from the fields of `Preferences`.

    Args:
        preferences: those that hold now.
        change: lets another value hold.
    """

    def __init__(self, preferences: Callable[[], Preferences], change: ChangePreference) -> None:
        super().__init__()
        self._preferences = preferences
        self._change = change

    def fetch(self) -> Sequence[FieldRow]:
        preferences = self._preferences()
        return [
            FieldRow(field, getattr(preferences, field.name))
            for field in screen_fields(list(theme_files()))
        ]

    def summary(self, items: Sequence[FieldRow]) -> str:
        return tr("What you change holds at once, and is kept in {file}.", file=_file())

    def change(self, field_name: str, value: Value) -> str:
        return self._change(field_name, _preference(value))

    def write(self, field_name: str, value: Value) -> None:
        if field_name == "currency":
            save_preference("exchange_rate", None)
        save_preference(field_name, _preference(value))

    def saved(self, error: ClackyError | OSError | None) -> None:
        if error is None:
            self.reload()
        else:
            problem = getattr(error, "strerror", None) or str(error)
            self.tell(
                tr("It holds until you leave, but was not written: {problem}", problem=problem),
                is_error=True,
            )


def _preference(value: Value) -> str | bool | None:
    assert value is None or isinstance(value, str | bool)
    return value


def _file() -> str:
    return shorten_home(preferences_file())
