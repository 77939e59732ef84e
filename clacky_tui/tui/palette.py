"""The command palette: everything the app can do, open or switch to, found by typing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from clacky_tui.actions import ACTIONS
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.lists.relative_time import time_ago
from clacky_tui.tui.pickers.rows import Row
from clacky_tui.tui.pickers.sheet import Sheet

if TYPE_CHECKING:
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.tui.key_table import KeyEntry

MOST_SESSIONS = 50

Call = str | tuple[str, str, tuple[object, ...]]
"""What the app's `run_action` takes."""


class Palette(Sheet[Call]):
    """Gives the action to run.

    Models and sessions are read after it is on the screen, on threads, and listed as they come.

    Args:
        keys: the app's keys; those of actions stand beside them, the others are entries too.
        themes: names of the themes.
        load: reads settings and the model in use; called on a thread.
        clock: the present, timezone-aware.
    """

    TITLE_WORDS = tr_noop("Everything")
    TYPES_AT_ONCE = True
    PROMPT = ">"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "accept", "do it")]

    def __init__(
        self,
        keys: Sequence[KeyEntry],
        themes: Iterable[str],
        load: Callable[[], tuple[Settings, ModelEntry | None]],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._command_entries = command_rows({row.action: row.keys for row in keys})
        self._key_entries = key_rows(keys)
        self._themes = [
            _entry(tr("theme {name}", name=name), "", "set_theme", name) for name in themes
        ]
        self._models: list[Row[Call]] = []
        self._sessions: list[Row[Call]] = []
        self._load = load
        self._clock = clock

    def opened(self) -> None:
        self.run_worker(self._find_models())
        self.run_worker(self._find_sessions())

    def rows(self) -> list[Row[Call]]:
        groups = {
            tr("Commands"): self._command_entries,
            tr("Keys"): self._key_entries,
            tr("Themes"): self._themes,
            tr("Models"): self._models,
            tr("Sessions"): self._sessions,
        }
        rows: list[Row[Call]] = []
        for heading, entries in groups.items():
            if entries:
                rows += [Row(heading), *entries]
        return rows

    async def _find_models(self) -> None:
        try:
            settings, entry = await asyncio.to_thread(self._load)
        except ClackyError as error:
            self.tell(tr("No models: {problem}", problem=f"{error.message} {error.hint}".strip()))
            return
        names = dict.fromkeys(model.model for model in ([entry] if entry else []))
        names |= dict.fromkeys(model.model for model in settings.models)
        self._models = [
            _entry(tr("model {name}", name=name), "", "set_model", name) for name in names
        ]
        self.refresh_rows()

    async def _find_sessions(self) -> None:
        from clacky_tui.sessions import store

        try:
            found = await asyncio.to_thread(store.list_sessions)
        except (ClackyError, OSError) as error:
            self.tell(tr("No sessions: {error}", error=error))
            return
        now = self._clock()
        newest = sorted(
            (row for row in found if not row.broken), key=lambda row: row.updated_at, reverse=True
        )
        self._sessions = [
            _entry(
                tr("session {shown_name}", shown_name=row.shown_name),
                time_ago(row.updated_at, now),
                "open_session",
                row.id,
            )
            for row in newest[:MOST_SESSIONS]
        ]
        self.refresh_rows()


def command_rows(keys: Mapping[str, str]) -> list[Row[Call]]:
    """The slash commands, with the keys of those that have any."""
    return [
        Row(action.name, tr(action.description), keys.get(action.run, ""), action.run)
        for action in ACTIONS
    ]


def key_rows(keys: Iterable[KeyEntry]) -> list[Row[Call]]:
    """What only keys do, so that it can be found and learnt here too."""
    known = {action.run for action in ACTIONS} | {"command_palette"}
    return [
        Row(row.name or row.action, row.meaning, row.keys, row.action)
        for row in keys
        if row.action and row.action not in known
    ]


def _entry(title: str, note: str, action: str, argument: str) -> Row[Call]:
    return Row(title, note, value=("", action, (argument,)))
