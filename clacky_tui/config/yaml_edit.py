"""Edits in the text of a YAML file that belongs to a person: all they do not touch stays as it is.

Libraries that load and dump it again lose the comment above a list's next item as soon as the last
key of the item before goes (ruamel.yaml 0.18), and lay the file out anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, SequenceNode

Edit = tuple[int, int, str]
"""Characters from start to end give way to a text."""


def compose(text: str) -> Node | None:
    """The nodes of `text` with their places in it; None when there is no document.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    import yaml

    return yaml.compose(text, Loader=yaml.SafeLoader)


def scalar_text(value: object) -> str:
    """`value` on one line, as it can stand in block and in flow style."""
    import yaml

    options: dict[str, Any] = {"default_flow_style": True, "allow_unicode": True, "width": 10**9}
    text = str(yaml.safe_dump([value], **options)).strip()
    if "\n" in text:
        text = yaml.safe_dump([value], default_style='"', **options).strip()
    return text.removeprefix("[").removesuffix("]")


def apply_edit(text: str, edit: Edit) -> str:
    """`text` with `edit`; new lines end as those of `text` do."""
    start, end, replacement = edit
    line_break = "\r\n" if "\r\n" in text else "\n"
    return text[:start] + replacement.replace("\n", line_break) + text[end:]


def pair_of(mapping: MappingNode, key: str) -> tuple[Node, Node] | None:
    """The nodes of `key`, also of one written as a Ruby symbol, and of its value."""
    for name, value in mapping.value:
        if str(name.value).removeprefix(":") == key:
            return name, value
    return None


def set_pair(text: str, mapping: MappingNode, key: str, value: str) -> Edit:
    """Let `key` have `value`, which is YAML on one line; a new key stands behind the last one."""
    pair = pair_of(mapping, key)
    if pair is not None:
        start, end = pair[1].start_mark.index, _content_end(text, pair[1])
        return start, end, f"{'' if text[start - 1 : start].isspace() else ' '}{value}"
    if not mapping.value:
        at = mapping.start_mark.index + 1  # {}
        return at, at, f"{key}: {value}"
    return add_pair_behind(text, mapping, str(mapping.value[-1][0].value), f"{key}: {value}")


def add_pair_behind(text: str, mapping: MappingNode, key: str, pair: str) -> Edit:
    """Put a ``key: value`` text behind the pair of `key`."""
    found = pair_of(mapping, key.removeprefix(":"))
    assert found is not None
    name, value = found
    at = _content_end(text, value)
    if mapping.flow_style:
        return at, at, f", {pair}"
    at = line_end(text, at)
    return at, at, f"\n{' ' * name.start_mark.column}{pair}"


def remove_pair(text: str, mapping: MappingNode, key: str) -> Edit | None:
    """Take the line of `key` out where it has one for itself, else only what it says."""
    pair = pair_of(mapping, key)
    if pair is None:
        return None
    name, value = pair
    value_end = _content_end(text, value)
    start = text.rfind("\n", 0, name.start_mark.index) + 1
    end = text.find("\n", value_end)
    end = len(text) if end < 0 else end
    own_line = not text[start : name.start_mark.index].strip()
    if own_line and not mapping.flow_style and not text[value_end:end].strip():
        return start, min(end + 1, len(text)), ""
    return set_pair(text, mapping, key, "null")


def fill_empty(text: str, value: Node, lines: str) -> Edit:
    """Put block `lines` in the place of a value that is empty, null, ``[]`` or ``{}``."""
    start = value.start_mark.index
    end = line_end(text, value.end_mark.index)
    comment = text[value.end_mark.index : end].strip()
    space = " " if comment and not text[start - 1 : start].isspace() else ""
    return start, end, f"{space}{comment}\n{lines}"


def add_item(text: str, items: SequenceNode, pairs: Mapping[str, str]) -> Edit:
    """Put a mapping of `pairs` behind the last item, of which there is at least one."""
    at = _content_end(text, items.value[-1])
    if items.flow_style:
        return at, at, f", {flow_mapping(pairs)}"
    at = line_end(text, at)
    return at, at, "\n" + block_item(pairs, items.start_mark.column)


def remove_item(text: str, items: SequenceNode, index: int) -> Edit | None:
    """Take an item out with the comments in it; None where its dash is not found."""
    item = items.value[index]
    start, end = item.start_mark.index, _content_end(text, item)
    if items.flow_style:
        if index:
            return _content_end(text, items.value[index - 1]), end, ""
        following = items.value[1].start_mark.index if len(items.value) > 1 else end
        return start, following, ""
    before = text[:start].rstrip()
    if not before.endswith("-"):
        return None
    start = text.rfind("\n", 0, len(before)) + 1
    return start, min(line_end(text, end, with_break=True), len(text)), ""


def block_item(pairs: Mapping[str, str], column: int) -> str:
    """A list item of `pairs` in block style, its dash at `column`, without the last line's end."""
    lines = [f"{key}: {value}" for key, value in pairs.items()]
    return " " * column + "- " + f"\n{' ' * (column + 2)}".join(lines)


def flow_mapping(pairs: Mapping[str, str]) -> str:
    """`pairs` in braces."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"


def line_end(text: str, at: int, *, with_break: bool = False) -> int:
    """Where the line of `at` ends, before its line break or behind it."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    if with_break:
        return end + 1
    return end - 1 if end > at and text[end - 1] == "\r" else end


def _content_end(text: str, node: Node) -> int:
    """Where `node` ends; marks of block collections and texts stand behind what follows them."""
    import yaml

    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _content_end(text, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    return max(start, len(text[:end].rstrip())) if end > start else end
