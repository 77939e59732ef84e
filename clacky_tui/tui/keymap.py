"""The person's own keys: `keymap.toml`, a line per action: ``jump = "f10,ctrl+t"``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from textual.binding import Binding, BindingType
from textual.keys import Keys, _character_to_key, key_to_character

from clacky_tui.actions import ACTIONS
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr
from clacky_tui.tui.key_table import composer_bindings, shown_keys

MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})
_NAMED_KEYS = frozenset(key.value.rpartition("+")[2] for key in Keys) - {"", "<ignore>"}
_LONG_NAMES = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "return": "enter"}


def with_names(bindings: Sequence[BindingType]) -> list[BindingType]:
    """`bindings`, each under a name made from its action unless it has one already.

    ``show_tab('billing')`` is named ``tab-billing``.
    """
    return [
        replace(binding, id=binding.id or name_of(binding.action))
        if isinstance(binding, Binding)
        else binding
        for binding in bindings
    ]


def name_of(action: str) -> str:
    """What the keymap file calls `action`."""
    words = re.sub(r"\W+", "-", action.replace("_", "-")).strip("-")
    return words.removeprefix("show-").removeprefix("action-")


@dataclass(frozen=True, slots=True)
class Keymap:
    """`bound` are keys by name for Textual's own keymap, `commands` keys by slash command."""

    names: Mapping[str, str]
    """All of it, as the file says it."""
    bound: Mapping[str, str]
    commands: Mapping[str, str]


EMPTY = Keymap({}, {}, {})


def load_keymap(path: Path, bindings: Iterable[BindingType], problems: list[ConfigError]) -> Keymap:
    """Read `path`; a missing file changes nothing.

    Args:
        path: the keymap file.
        bindings: the app's, named.
        problems: filled with one error for each line that cannot be used and is ignored.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return EMPTY
    except (OSError, ValueError) as error:
        problems.append(
            ConfigError(
                tr("{path} cannot be read: {error}.", path=path, error=error),
                hint=tr("Your keys are ignored."),
            )
        )
        return EMPTY
    named = [b for b in (*bindings, *composer_bindings()) if isinstance(b, Binding) and b.id]
    bound = {b.id: b.key.split(",") for b in named if b.id}
    commands: dict[str, list[str]] = {a.name: [] for a in ACTIONS if a.name not in bound}
    defaults = {**commands, **bound}
    wanted: dict[str, list[str]] = {}
    for name, value in document.items():
        try:
            wanted[_known(name, defaults)] = _keys_of(name, value)
        except ConfigError as error:
            problems.append(ConfigError(f"{path}: {error.message}", hint=error.hint))
    _drop_conflicts(wanted, defaults, path, problems)
    names = {name: ",".join(keys) for name, keys in wanted.items()}
    return Keymap(
        names,
        {name: keys for name, keys in names.items() if name in bound},
        {name: keys for name, keys in names.items() if name in commands},
    )


def _known(name: str, names: Iterable[str]) -> str:
    if name in names:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, list(names), n=1)
    hint = tr("Did you mean {near}? ", near=near[0]) if near else ""
    raise ConfigError(
        tr("there is no action {name!r}.", name=name),
        hint=tr("{hint}/keys lists the names.", hint=hint),
    )


def _keys_of(name: str, value: object) -> list[str]:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(
            tr("{name} must be keys in quotes.", name=name),
            hint=tr('For example {name} = "f10".', name=name),
        )
    return [_key(name, word.strip()) for word in value.split(",") if word.strip()]


def _key(name: str, word: str) -> str:
    """`word` as Textual names it.

    Raises:
        ConfigError: there is no such key, or it is one that types a character.
    """
    *modifiers, base = word.split("+") if not word.endswith("+") else [*word[:-2].split("+"), "+"]
    base = _LONG_NAMES.get(base.lower(), base)
    if len(base) == 1:
        base = _character_to_key(base)
    character = key_to_character(base)
    unknown = character is None and base.lower() not in _NAMED_KEYS
    if unknown or not MODIFIERS.issuperset(modifiers):
        raise ConfigError(
            tr("{name}: there is no key {word!r}.", name=name, word=word),
            hint=tr("Keys read like ctrl+t, alt+x, f10, pageup."),
        )
    if character is not None and character.isprintable() and not set(modifiers) - {"shift"}:
        raise ConfigError(
            tr("{name}: {word!r} would be missing when you type.", name=name, word=word),
            hint=tr("Put ctrl+ or alt+ before it."),
        )
    return "+".join([*modifiers, base if character is not None else base.lower()])


def _drop_conflicts(
    wanted: dict[str, list[str]],
    defaults: Mapping[str, list[str]],
    path: Path,
    problems: list[ConfigError],
) -> None:
    """Take out of `wanted` what would have a key that means something else, the last line first."""
    while True:
        owners = {**defaults, **wanted}
        clash = next(
            (
                (name, other, key)
                for name in reversed(wanted)
                for other, keys in owners.items()
                for key in wanted[name]
                if other != name and key in keys
            ),
            None,
        )
        if clash is None:
            return
        name, other, key = clash
        del wanted[name]
        problems.append(
            ConfigError(
                tr(
                    "{path}: {value} means {other} already, so {name} keeps its own keys.",
                    path=path,
                    value=shown_keys([key]),
                    other=other,
                    name=name,
                ),
                hint=tr(
                    "Give {other} another key in the same file, or take a free one.", other=other
                ),
            )
        )
