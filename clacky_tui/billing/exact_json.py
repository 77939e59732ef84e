"""JSON text in which a Decimal is a number with all its digits; the standard encoder has no way to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


def encode(value: Any, *, indent: int | None = None) -> str:
    """`value` as JSON: mappings with text keys, sequences, text, numbers, Decimal, None.

    Args:
        value: what to write; a Decimal becomes a plain decimal literal, never an exponent or a float.
        indent: spaces per level; None writes everything on one line.
    """
    return _encode(value, indent, 0)


def _encode(value: Any, indent: int | None, level: int) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            entries = [
                f"{json.dumps(k)}: {_encode(v, indent, level + 1)}" for k, v in value.items()
            ]
            return _bracket("{}", entries, indent, level)
        case str():
            return json.dumps(value)
        case Sequence():
            return _bracket("[]", [_encode(v, indent, level + 1) for v in value], indent, level)
        case _:
            return json.dumps(value)


def _bracket(pair: str, entries: list[str], indent: int | None, level: int) -> str:
    if indent is None or not entries:
        return pair[0] + ", ".join(entries) + pair[1]
    inner, outer = "\n" + " " * indent * (level + 1), "\n" + " " * indent * level
    return pair[0] + inner + ("," + inner).join(entries) + outer + pair[1]
