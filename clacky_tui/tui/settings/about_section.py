"""Settings › About: the version, where things lie, what it runs on."""

from __future__ import annotations

import platform
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from clacky_tui import __version__, paths
from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.layout import align_left
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.settings.section import SettingsSection

LABEL_CELLS = 14


@dataclass(frozen=True, slots=True)
class Fact:
    """One line."""

    label: str
    text: str


class FactList(RowList[Fact]):
    """A label and a text per line."""

    def __init__(self) -> None:
        super().__init__("", ())

    def texts(self, item: Fact, canvas: Canvas) -> Sequence[str]:
        return (align_left(item.label, LABEL_CELLS) + item.text,)


class AboutSection(SettingsSection[Fact]):
    """Nothing to change here."""

    def __init__(self) -> None:
        super().__init__(FactList())

    def fetch(self) -> Sequence[Fact]:
        places = (
            (tr("Data"), paths.data_dir()),
            (tr("Agent"), paths.config_file()),
            (tr("Screen"), paths.preferences_file()),
            (tr("Sessions"), paths.sessions_dir()),
            (tr("Ledger"), paths.billing_dir()),
            (tr("Themes"), paths.user_themes_dir()),
        )
        return [
            Fact(tr("Version"), f"clacky {__version__}"),
            Fact(tr("Licence"), "MIT"),
            *(Fact(label, paths.shorten_home(path)) for label, path in places),
            Fact("Python", platform.python_version()),
            Fact("Textual", version("textual")),
            Fact(tr("System"), f"{platform.system()} {platform.release()}"),
        ]

    def select(self, items: Sequence[Fact], typed: str) -> Sequence[Fact]:
        wanted = typed.casefold()
        return [fact for fact in items if wanted in f"{fact.label} {fact.text}".casefold()]

    def key(self, item: Fact) -> Hashable:
        return item.label

    def summary(self, items: Sequence[Fact]) -> str:
        return tr("A terminal agent that shows, explains and caps what it costs.")

    def detail(self, item: Fact) -> str:
        return f"{item.label}: {item.text}"
