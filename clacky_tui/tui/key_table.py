"""Every key and command with its meaning, as rows: the help shows them, the README is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from clacky_tui.actions import ACTIONS
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.edit_area import EditArea

WRITING = tr_noop("Writing")
ANYWHERE = tr_noop("Anywhere")
COMMANDS = tr_noop("Commands")

_SHORT_NAMES = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "underscore": "_",
    "question_mark": "?",
    "slash": "/",
    "backslash": "\\",
    "circumflex_accent": "^",
}


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One row of help."""

    section: str
    keys: str
    """As a person reads them, commas between; a command with its slash."""
    meaning: str
    name: str = ""
    """What the keymap file calls it; empty for what it cannot change."""
    action: str = ""
    """What the app's `run_action` takes; empty for what only its widget can do."""


def shown_keys(keys: Iterable[str]) -> str:
    """`keys`, named as Textual does, as a person reads them: ``ctrl+], alt+g``."""
    return ", ".join(_shown_key(key.strip()) for key in keys)


def _shown_key(key: str) -> str:
    *modifiers, base = key.split("+")
    return "+".join([*modifiers, _SHORT_NAMES.get(base, base)])


def entries_of(
    section: str, bindings: Iterable[BindingType], keymap: Mapping[str, str]
) -> list[KeyEntry]:
    """A row per binding with a description.

    Args:
        section: over the rows.
        bindings: of the app or a widget.
        keymap: the person's own keys by name, separated by commas.
    """
    entries = []
    for binding in bindings:
        if not isinstance(binding, Binding) or not binding.description:
            continue
        name = binding.id or ""
        if name in keymap:
            keys = shown_keys(keymap[name].split(","))
        else:
            keys = binding.key_display or shown_keys(binding.key.split(","))
        meaning = tr(binding.tooltip or binding.description)
        entries.append(KeyEntry(tr(section), keys, meaning, name, binding.action))
    return entries


def composer_bindings() -> list[BindingType]:
    """The composer's own keys."""
    return [*Composer.BINDINGS, *EditArea.BINDINGS]


def composer_entries(keymap: Mapping[str, str]) -> list[KeyEntry]:
    """A row per key of the composer."""
    return entries_of(WRITING, composer_bindings(), keymap)


def command_entries() -> list[KeyEntry]:
    """A row per slash command."""
    return [KeyEntry(tr(COMMANDS), action.usage, tr(action.description)) for action in ACTIONS]


def key_table(
    app_bindings: Sequence[BindingType],
    panes: Mapping[str, Sequence[BindingType]],
    keymap: Mapping[str, str] | None = None,
) -> list[KeyEntry]:
    """Everything: writing, anywhere, each pane, commands. Pure; the README is generated from it.

    Args:
        app_bindings: of the app.
        panes: the bindings of each tab's pane by its title.
        keymap: the person's own keys by name; None for the defaults.
    """
    own = keymap or {}
    tabs = [
        entry for title, bindings in panes.items() for entry in entries_of(title, bindings, own)
    ]
    return [
        *composer_entries(own),
        *entries_of(ANYWHERE, app_bindings, own),
        *tabs,
        *command_entries(),
    ]
