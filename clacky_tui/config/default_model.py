"""Which configured model answers in new sessions: the mark `type: default` in `config.yml`.

The file belongs to the person, so only the mark is edited in its text: comments, order and layout
stay as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui import paths
from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, write_atomic

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode

_BY_HAND = "Write `type: default` under the model in it yourself."


def save_default_model(name: str, path: Path | None = None) -> None:
    """Move the mark to the model called `name` (any case). Blocks on the disk.

    Raises:
        ConfigError: the file has no list with that model in it, or is no YAML; it is not touched.
        OSError: it cannot be read or written.
    """
    import yaml

    file = path or paths.config_file()
    try:
        text = file.read_text("utf-8")
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist.", hint="Add the model there first.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.", hint="Mend it first.") from None
    rows = _rows(document)
    wanted = next((row for row in rows if _text(_name_pair(row)).lower() == name.lower()), None)
    if wanted is None:
        raise ConfigError(f"{file} has no list of models with {name} in it.", hint=_BY_HAND)
    edits = [_marked(wanted, text)]
    others = (row for row in rows if row is not wanted and _text(_pair(row, "type")) == "default")
    edits += [_unmarked(row, text) for row in others]
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    write_atomic(file, text.encode(), mode=PRIVATE_FILE_MODE)


_Edit = tuple[int, int, str]
"""Characters from start to end give way to a text."""


def _marked(row: MappingNode, text: str) -> _Edit:
    if (pair := _pair(row, "type")) is not None:
        return pair[1].start_mark.index, pair[1].end_mark.index, "default"
    named = _name_pair(row)
    assert named is not None
    key, value = named
    at = value.end_mark.index
    if row.flow_style:
        return at, at, ", type: default"
    at = _line_end(text, at)
    return at, at, "\n" + " " * key.start_mark.column + "type: default"


def _unmarked(row: MappingNode, text: str) -> _Edit:
    """Take the line out where the mark has one for itself, else only what it says."""
    mark = _pair(row, "type")
    assert mark is not None
    key, value = mark
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    end = _line_end(text, value.end_mark.index)
    own_line = not text[start : key.start_mark.index].strip()
    if own_line and not row.flow_style and not text[value.end_mark.index : end].strip():
        return start, min(end + 1, len(text)), ""
    return value.start_mark.index, value.end_mark.index, "null"


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _rows(document: Node | None) -> list[MappingNode]:
    """The models of a mapping with a list of them, or of a bare list."""
    import yaml

    listed = document
    if isinstance(document, yaml.MappingNode):
        listed = next((v for k, v in document.value if k.value == "models"), None)
    if not isinstance(listed, yaml.SequenceNode):
        return []
    return [row for row in listed.value if isinstance(row, yaml.MappingNode) and row.value]


def _pair(row: MappingNode, wanted: str) -> tuple[ScalarNode, ScalarNode] | None:
    import yaml

    for key, value in row.value:
        if str(key.value).removeprefix(":") == wanted and isinstance(value, yaml.ScalarNode):
            return key, value
    return None


def _name_pair(row: MappingNode) -> tuple[ScalarNode, ScalarNode] | None:
    return _pair(row, "model") or _pair(row, "model_name") or _pair(row, "name")


def _text(pair: tuple[ScalarNode, ScalarNode] | None) -> str:
    return str(pair[1].value) if pair else ""
