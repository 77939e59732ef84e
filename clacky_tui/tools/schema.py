"""The tools as the model sees them, from `schemas.json`: sixteen, in a frozen order, immutable."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, NoReturn

from clacky_tui.domain.messages import ToolSchema


class _FrozenDict(dict[str, Any]):
    """A dict that refuses every change; still a dict, so JSON writers take it as it is."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a tool schema never changes: it is part of the cached prefix")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> _FrozenDict:
        return self


@cache
def tool_schemas() -> tuple[ToolSchema, ...]:
    """All schemas in their fixed order; serialised, they are the same bytes in every process."""
    text = resources.files(__package__).joinpath("schemas.json").read_text("utf-8")
    return tuple(
        ToolSchema(entry["name"], entry["description"], _frozen(entry["parameters"]))
        for entry in json.loads(text)
    )


def tool_schema(name: str) -> ToolSchema:
    """The schema of one tool; KeyError when there is none."""
    for schema in tool_schemas():
        if schema.name == name:
            return schema
    raise KeyError(name)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return _FrozenDict({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
