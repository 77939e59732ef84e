"""Changes to `config.yml`: one setting, one model, or which model answers by default.

The file belongs to the person: comments, order, layout and keys we do not know stay as they are. The
result is read once more before it is written, so that a change never brings about another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from pydantic import ValidationError

from clacky_tui import paths
from clacky_tui.config import yaml_edit
from clacky_tui.config.settings import ModelEntry, read_model
from clacky_tui.config.yaml_edit import Edit, scalar_text
from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, exclusive, write_atomic
from clacky_tui.i18n import tr

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, SequenceNode

Scalar = str | bool | int | Decimal | None
Fields = Mapping[str, Scalar]
"""A model's keys as they stand in the file, each with its value; None takes the key out."""

_NAME_KEYS = ("model", "model_name", "name")
_INDENT = 2


def save_setting(name: str, value: Scalar, path: Path | None = None) -> None:
    """Write `settings.<name>`. Blocks on the disk; safe from other processes, as the others here.

    Raises:
        ConfigError: the file is no YAML, or of a form that cannot be changed; it is not touched.
        OSError: it cannot be read or written.
    """
    _change(path, lambda file: file.set_setting(name, value))


def add_model(fields: Fields, path: Path | None = None) -> None:
    """Put a model at the end of the list. Raises as `save_setting` does."""
    _change(path, lambda file: file.add_model(fields))


def change_model(entry: ModelEntry, fields: Fields, path: Path | None = None) -> None:
    """Change what `fields` names of the model that was read as `entry`.

    Raises:
        ConfigError: also when the file no longer has that model.
        OSError: the file cannot be read or written.
    """
    _change(path, lambda file: file.change_model(entry, fields))


def delete_model(entry: ModelEntry, path: Path | None = None) -> None:
    """Take the model that was read as `entry` out of the list. Raises as `change_model` does, and
    for the only model."""
    _change(path, lambda file: file.delete_model(entry))


def save_default_model(entry: ModelEntry, path: Path | None = None) -> None:
    """Move the mark `type: default` to `entry`. Raises as `change_model` does."""
    _change(path, lambda file: file.move_default(entry))


def _change(path: Path | None, change: Callable[[_Document], None]) -> None:
    file = path or paths.config_file()
    with exclusive(file):
        try:
            text = file.read_bytes().decode("utf-8")
        except FileNotFoundError:
            text = ""
        except UnicodeDecodeError as error:
            raise _unreadable(file, error) from None
        document = _Document(file, text)
        change(document)
        write_atomic(file, document.result().encode(), mode=PRIVATE_FILE_MODE)


def _unreadable(file: Path, error: Exception) -> ConfigError:
    return ConfigError(
        tr("{file} cannot be read, so nothing was changed: {error}.", file=file, error=error),
        hint=tr("Mend it first."),
    )


class _Document:
    """The file's text, and what it has to mean in the end.

    Raises:
        ConfigError: the text is no YAML.
    """

    def __init__(self, file: Path, text: str) -> None:
        import yaml

        self._file = file
        self._text = text
        try:
            self._root = yaml_edit.compose(text)
            self._meant: Any = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise _unreadable(file, error) from None
        if isinstance(self._meant, list):
            self._name_list()

    def _name_list(self) -> None:
        """A bare list of models becomes that of a mapping, which has room for settings."""
        assert self._root is not None
        start = self._root.start_mark.index
        if self._root.start_mark.column or not _is_block(self._root):
            raise self._by_hand()
        self._meant = {"models": self._meant}
        self._edit((start, start, "models:\n"))

    def result(self) -> str:
        """The edited text.

        Raises:
            ConfigError: it would not mean what it has to.
        """
        import yaml

        try:
            meant = yaml.safe_load(self._text)
        except (yaml.YAMLError, ValueError):
            raise self._by_hand() from None
        if meant != self._meant:
            raise self._by_hand()
        return self._text

    # --- changes -------------------------------------------------------------------------------

    def set_setting(self, name: str, value: Scalar) -> None:
        written = _written(value)
        section = self._section("settings")
        if section is None or _is_empty(section):
            pair = f"{name}: {written}"
            self._put_section("settings", section, " " * _INDENT + pair, f"{{{pair}}}")
        elif _is_mapping(section):
            self._edit(yaml_edit.set_pair(self._text, section, name, written))
        else:
            raise self._by_hand()
        before = self._meant.get("settings") or {}
        self._meant["settings"] = {**before, _own_key(before, name): _meaning(written)}

    def add_model(self, fields: Fields) -> None:
        pairs = {key: _written(value) for key, value in fields.items() if value is not None}
        if isinstance(self._meant, dict) and "api_key" in self._meant:
            raise self._by_hand()  # the only model, on top level: a list beside it would hide it
        models = self._section("models")
        if models is None or _is_empty(models):
            flow = f"[{yaml_edit.flow_mapping(pairs)}]"
            self._put_section("models", models, yaml_edit.block_item(pairs, _INDENT), flow)
        elif _is_list(models):
            self._edit(yaml_edit.add_item(self._text, models, pairs))
        else:
            raise self._by_hand()
        row = {key: _meaning(value) for key, value in pairs.items()}
        self._meant["models"] = [*(self._meant.get("models") or ()), row]

    def change_model(self, entry: ModelEntry, fields: Fields) -> None:
        index = self._find(entry)
        row = self._meant["models"][index]
        for name, value in fields.items():
            known = _NAME_KEYS if name == "model" else (name,)
            key = next((each for each in known if _own_key(row, each) in row), name)
            if value is None:
                self._take_out(index, key)
                continue
            written = _written(value)
            row[_own_key(row, key)] = _meaning(written)
            self._edit(yaml_edit.set_pair(self._text, self._row(index), key, written))

    def delete_model(self, entry: ModelEntry) -> None:
        index = self._find(entry)
        models = self._section("models")
        assert _is_list(models)
        if len(models.value) < 2:
            raise ConfigError(
                tr("{model} is the only model, so it stays.", model=entry.model),
                hint=tr("Add another one first."),
            )
        edit = yaml_edit.remove_item(self._text, models, index)
        if edit is None:
            raise self._by_hand()
        self._edit(edit)
        del self._meant["models"][index]

    def move_default(self, entry: ModelEntry) -> None:
        index = self._find(entry)
        for number, row in enumerate(self._meant["models"]):
            if (
                number != index
                and isinstance(row, dict)
                and row.get(_own_key(row, "type")) == "default"
            ):
                self._take_out(number, "type")
        row, node = self._meant["models"][index], self._row(index)
        if _own_key(row, "type") in row:
            self._edit(yaml_edit.set_pair(self._text, node, "type", "default"))
        else:
            name = next(key for key in _NAME_KEYS if yaml_edit.pair_of(node, key))
            self._edit(yaml_edit.add_pair_behind(self._text, node, name, "type: default"))
        row[_own_key(row, "type")] = "default"

    # --- places --------------------------------------------------------------------------------

    def _edit(self, edit: Edit) -> None:
        import yaml

        self._text = yaml_edit.apply_edit(self._text, edit)
        try:
            self._root = yaml_edit.compose(self._text)
        except yaml.YAMLError:
            raise self._by_hand() from None

    def _take_out(self, index: int, key: str) -> None:
        row = self._meant["models"][index]
        edit = yaml_edit.remove_pair(self._text, self._row(index), key)
        if edit is None:
            return
        self._edit(edit)
        if edit[2]:
            row[_own_key(row, key)] = None
        else:
            del row[_own_key(row, key)]

    def _row(self, index: int) -> MappingNode:
        models = self._section("models")
        row = models.value[index] if _is_list(models) else None
        if not _is_mapping(row):
            raise self._by_hand()
        return row

    def _find(self, entry: ModelEntry) -> int:
        """Where in the list the row stands that reads as `entry`.

        A row that was changed meanwhile is still the one meant when no other has its name and address.
        """
        rows = self._meant.get("models") if isinstance(self._meant, dict) else None
        if isinstance(rows, list):
            read = [_read(row) for row in rows]
            same = [number for number, each in enumerate(read) if each == entry]
            wanted = _identity(entry)
            alike = [n for n, each in enumerate(read) if each and _identity(each) == wanted]
            if same or len(alike) == 1:
                # Own copies: an alias elsewhere in the file must not seem to change with them.
                self._meant["models"] = [_own_copy(row) for row in rows]
                return (same or alike)[0]
        raise ConfigError(
            tr(
                "{file} has no list of models with {model} in it.",
                file=self._file,
                model=entry.model,
            ),
            hint=tr("Change it in an editor; it stays as it is."),
        )

    def _section(self, name: str) -> Node | None:
        if self._meant is None:
            return None
        if not _is_mapping(self._root):
            raise self._by_hand()
        pair = yaml_edit.pair_of(self._root, name)
        return pair[1] if pair else None

    def _put_section(self, name: str, empty: Node | None, block: str, flow: str) -> None:
        """Fill a section that is not there, or empty."""
        root = self._root
        if _is_mapping(root) and not _is_block(root):
            self._edit(yaml_edit.set_pair(self._text, root, name, flow))
        elif empty is not None:
            self._edit(yaml_edit.fill_empty(self._text, empty, block))
        else:
            at = len(self._text)
            start = "" if not self._text or self._text.endswith("\n") else "\n"
            self._edit((at, at, f"{start}{name}:\n{block}\n"))
        if self._meant is None:
            self._meant = {}

    def _by_hand(self) -> ConfigError:
        return ConfigError(
            tr("{file} is written in a way that is not changed from here.", file=self._file),
            hint=tr("Change it in an editor; it stays as it is."),
        )


def _identity(entry: ModelEntry) -> tuple[str, str]:
    return entry.model.lower(), entry.base_url


def _read(row: Any) -> ModelEntry | None:
    try:
        return read_model(row)
    except (ConfigError, ValidationError):
        return None


def _own_copy(row: Any) -> Any:
    return dict(row) if isinstance(row, dict) else row


def _own_key(mapping: Mapping[Any, Any], key: str) -> str:
    """How `key` is written in `mapping`: maybe as a Ruby symbol."""
    return f":{key}" if key not in mapping and f":{key}" in mapping else key


def _written(value: Scalar) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else scalar_text(value)


def _meaning(written: str) -> Any:
    import yaml

    return yaml.safe_load(written)


def _is_empty(node: Node) -> bool:
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return bool(node.tag == "tag:yaml.org,2002:null")
    return not node.value


def _is_block(node: Node) -> bool:
    import yaml

    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _is_mapping(node: Node | None) -> TypeGuard[MappingNode]:
    import yaml

    return isinstance(node, yaml.MappingNode)


def _is_list(node: Node | None) -> TypeGuard[SequenceNode]:
    import yaml

    return isinstance(node, yaml.SequenceNode)
