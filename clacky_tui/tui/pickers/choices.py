"""Chooses among a few fixed values: the reasoning level, the permission mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.pickers.rows import Row
from clacky_tui.tui.pickers.sheet import Sheet

REASONING_LEVELS = (
    ("off", tr_noop("answers at once; the model's own default")),
    ("low", tr_noop("a few thoughts first; cheap and quick")),
    ("medium", tr_noop("thinks before each step; for code with corners")),
    ("high", tr_noop("thinks long; for hard problems, and dearest")),
)
"""Levels of `commands.SetReasoningLevel` and what each is for."""
PERMISSION_MODES = (
    (PermissionMode.CONFIRM_SAFES, tr_noop("reading runs; edits and other commands ask first")),
    (
        PermissionMode.AUTO_APPROVE,
        tr_noop("everything runs unasked; questions are answered for you"),
    ),
    (PermissionMode.CONFIRM_ALL, tr_noop("everything runs unasked; questions wait for you")),
)
IN_USE = tr_noop("in use")


class ChoicePicker(Sheet[str]):
    """Gives one of `choices`.

    Args:
        title: what is chosen.
        choices: (value, name, what it is for).
        current: the value in use.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "accept", "take it")]

    def __init__(self, title: str, choices: Sequence[tuple[str, str, str]], current: str) -> None:
        super().__init__()
        self._question = title
        self._choices = choices
        self._current = current

    def opened(self) -> None:
        self.retitle(self._question)
        self.view.choose(self._current)

    def rows(self) -> list[Row[str]]:
        return [
            Row(
                name,
                tr(meaning),
                tr(IN_USE) if value == self._current else "",
                value,
                detail=tr(meaning),
            )
            for value, name, meaning in self._choices
        ]


def reasoning_picker(current: str) -> ChoicePicker:
    """The levels, with `current` chosen."""
    levels = [(level, level, meaning) for level, meaning in REASONING_LEVELS]
    return ChoicePicker(tr("How long the model thinks before it answers"), levels, current)


def mode_picker(current: str) -> ChoicePicker:
    """The permission modes, with `current`, a `PermissionMode` value, chosen."""
    modes = [(mode.value, mode.label, meaning) for mode, meaning in PERMISSION_MODES]
    return ChoicePicker(tr("What runs without asking"), modes, current)
