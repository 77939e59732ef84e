"""Settings › Advanced: budgets, limits and switches of `config.yml`."""

from __future__ import annotations

from collections.abc import Sequence

from clacky_tui.config.settings import load_settings
from clacky_tui.config.writing import save_setting
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr
from clacky_tui.paths import config_file, shorten_home
from clacky_tui.tools.wording import one_line
from clacky_tui.tui.settings.fields import FieldRow, Value, advanced_rows
from clacky_tui.tui.settings.section import ConfigWritten, FieldsSection


class AdvancedSection(FieldsSection):
    """What is changed here holds as soon as the agent is idle."""

    def __init__(self) -> None:
        super().__init__()
        self._problems: tuple[str, ...] = ()

    def fetch(self) -> Sequence[FieldRow]:
        settings = load_settings()
        self._problems = settings.problems
        return advanced_rows(settings)

    def summary(self, items: Sequence[FieldRow]) -> str:
        if self._problems:
            return one_line(self._problems[0])
        return tr("Kept in {file}, whose other lines stay as they are.", file=_file())

    def write(self, field_name: str, value: Value) -> None:
        save_setting(field_name, value)

    def saved(self, error: ClackyError | OSError | None) -> None:
        super().saved(error)
        if error is not None:
            self.reload()
        else:
            self.post_message(ConfigWritten())


def _file() -> str:
    return shorten_home(config_file())
