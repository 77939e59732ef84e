"""JSON on the wire: one compact, deterministic serialisation out, forgiving reading in."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_EXACT = json.JSONDecoder(parse_float=Decimal)


def encode_body(body: Mapping[str, Any]) -> bytes:
    """`body` as compact UTF-8 JSON in its own key order; equal bodies give equal bytes.

    The Decimals of `decode_object` go out as JSON numbers of double precision.
    Lone surrogates, which no UTF-8 can carry, become ``?``.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", "replace")


def decode_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`, fractions as exact Decimals; ``{}`` when it is anything else."""
    try:
        value = _EXACT.decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def decode_arguments(text: str) -> dict[str, Any]:
    """A tool call's arguments for replay; ``{}`` when they are no object that JSON can hold."""
    try:
        value = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def as_object(value: Any) -> dict[str, Any]:
    """`value` when it is a JSON object, else ``{}``."""
    return value if isinstance(value, dict) else {}


def clean_text(value: Any) -> str:
    """`value` when it is text, else ``""``; lone surrogates become U+FFFD, pairs become one."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def token_count(value: Any) -> int | None:
    """`value` as a number of tokens, or None when it is no whole number from zero up."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, Decimal) and (not value.is_finite() or value != int(value)):
        return None
    return int(value) if value >= 0 else None


def usd(value: Any) -> Decimal | None:
    """`value` as an exact amount in USD, or None when it is no finite number from zero up."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    return amount if amount.is_finite() and amount >= 0 else None


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is not a JSON number")
    return value


def _plain(value: object) -> Any:
    # Schemas may be read-only mappings, which the encoder does not know.
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
