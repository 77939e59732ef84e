"""Chooses the working directory: typed, with the folders below offered as one types."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.tui.pickers.rows import Row
from clacky_tui.tui.pickers.sheet import Sheet
from clacky_tui.tui.rerun import Rerun

MOST_ENTRIES = 20_000
"""Of a larger folder only the first entries are looked at."""
MOST_ROWS = 500


def folders_like(typed: str, base: Path) -> list[str]:
    """The folders whose path begins with `typed`, written as it is; hidden ones after a dot only.

    Blocks on the disk. A folder that cannot be read has none.

    Args:
        typed: from the root, from the home directory (``~``), or from `base`.
    """
    prefix, start = _split(typed)
    try:
        with os.scandir(_absolute(prefix, base)) as entries:
            names = sorted(
                (
                    entry.name
                    for entry in islice(entries, MOST_ENTRIES)
                    if entry.name.lower().startswith(start.lower())
                    and (start.startswith(".") or not entry.name.startswith("."))
                    and entry.is_dir()
                ),
                key=str.lower,
            )
    except (OSError, ValueError):  # the latter for what no file system can hold
        return []
    return [f"{prefix}{name}/" for name in names[:MOST_ROWS]]


def _split(typed: str) -> tuple[str, str]:
    at = typed.rfind("/") + 1
    return typed[:at], typed[at:]


class DirectoryPicker(Sheet[str]):
    """Gives an absolute path of a folder that exists.

    Args:
        current: where the agent works now.
    """

    TITLE_WORDS = tr_noop("Working directory")
    EMPTY_WORDS = tr_noop("No folder begins like this.")
    TYPES_AT_ONCE = True
    PROMPT = "cd"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "work there"),
        Binding("tab", "complete", "complete", priority=True),
    ]

    def __init__(self, current: Path) -> None:
        super().__init__()
        self._current = current
        self._folders: Sequence[str] = ()
        self._looking = Rerun(self, self._look)

    def opened(self) -> None:
        self.field.value = f"{shorten_home(self._current).rstrip('/')}/"
        self.field.cursor_position = len(self.field.value)

    def rows(self) -> list[Row[str]]:
        # The field above holds what they all begin with; cut off, they would look alike.
        return [Row(f"{Path(folder).name}/", value=folder) for folder in self._folders]

    def rows_for(self, typed: str) -> Sequence[Row[str]]:
        self._looking.request()
        return self.rows()

    async def _look(self) -> None:
        typed = self.field.value.strip()
        self._folders = await asyncio.to_thread(folders_like, typed, self._current)
        self.show_rows(self.rows(), keep=False)

    def action_complete(self) -> None:
        """Put the chosen folder into the field; what is in it is offered next."""
        row = self.view.chosen
        if row is not None and row.value is not None:
            self.field.value = row.value
            self.field.cursor_position = len(row.value)

    def action_accept(self) -> None:
        """Take what is typed; the chosen folder only completes it."""
        self.run_worker(self._accept(self.field.value.strip() or "~"))

    async def _accept(self, typed: str) -> None:
        path = await asyncio.to_thread(_absolute, typed, self._current)
        if await asyncio.to_thread(path.is_dir):
            self.dismiss(str(path))
        else:
            self.tell(
                tr(
                    "There is no folder {path}. Tab completes to the chosen one.",
                    path=shorten_home(path),
                )
            )


def _absolute(typed: str, base: Path) -> Path:
    expanded = os.path.expanduser(typed)  # noqa: PTH111  as Path, but silent without a home
    return Path(os.path.normpath(base / expanded))
