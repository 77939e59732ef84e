"""The help: the keys of what has the keyboard, then all others, then the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.key_table import KeyEntry
from clacky_tui.tui.pickers.rows import Row
from clacky_tui.tui.pickers.sheet import Sheet


class HelpScreen(Sheet[str]):
    """Keys and commands, searched with `/`. Esc, q, `?` or Enter closes it.

    Args:
        entries: in order; each section stands under its name.
        shows_names: say what the keymap file calls each.
    """

    TITLE_WORDS = tr_noop("Help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark", "cancel", "close", show=False)
    ]

    def __init__(self, entries: Sequence[KeyEntry], *, shows_names: bool = False) -> None:
        super().__init__()
        self._entries = entries
        self._shows_names = shows_names

    def rows(self) -> list[Row[str]]:
        rows: list[Row[str]] = []
        section = ""
        for number, entry in enumerate(self._entries):
            if entry.section != section:
                rows += [Row("")] if section else []
                section = entry.section
                rows.append(Row(section))
            name = entry.name if self._shows_names else ""
            rows.append(
                Row(entry.keys, entry.meaning, name, f"{number}", f"{entry.keys}: {entry.meaning}")
            )
        return rows

    def accept(self, value: str) -> None:
        self.dismiss(None)


class KeysScreen(HelpScreen):
    """What the keymap file may change, by name."""

    def opened(self) -> None:
        from clacky_tui.paths import keymap_file, shorten_home

        self.retitle(
            tr(
                'Own keys: a line like jump = "f10" in {keymap_file}',
                keymap_file=shorten_home(keymap_file()),
            )
        )
