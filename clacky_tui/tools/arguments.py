"""A call's arguments: parsed, carefully repaired, fitted to the tool's schema.

What a model meant is never guessed where a wrong guess writes files or runs commands: text that
was cut off is refused for `write`, `edit` and `terminal` (spec/tools-skills.md 5.3).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from clacky_tui.domain.messages import ToolSchema
from clacky_tui.errors import ToolError
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import one_line

GUARDED_TOOLS = frozenset({"write", "edit", "terminal"})
"""Tools whose arguments are never completed and whose texts must be sent as texts."""

_ADVICE = """Try one of these:
1. Send one JSON object with every required name.
2. Send less at once: split long content into several calls.
3. Leave out the optional names."""

_NAMES_SEEN = re.compile(r'"(\w{1,40})"\s*:|<parameter\s+name="(\w{1,40})"')
_SEEN_LIMIT = 12
_PARAMETER = re.compile(r'\s*<parameter\s+name="(\w+)"\s*>(.*?)</parameter>', re.DOTALL)
_OPENING_TAGS = re.compile(r"(?:\s*<(?:function_calls|invoke)\b[^<>]*>)*")
_CLOSING_TAGS = re.compile(r"(?:\s*</(?:function_calls|invoke)>)*\s*")
_INTEGER = re.compile(r"[+-]?\d{1,18}(?:\.0+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CLOSERS = {"{": "}", "[": "]"}


class _Unfit(Exception):
    """A value that does not fit its schema; the text says what would."""


def parse_arguments(schema: ToolSchema, text: str) -> dict[str, Any]:
    """The arguments in `text` as the schema wants them; unknown names are dropped.

    Values are coerced where the meaning is plain: ``"5"`` to 5, ``"true"`` to True, one item to a
    list, JSON text to a list or object. A null counts as absent. Defaults are not filled in.

    Raises:
        ToolError: not readable, a required name missing, or a value that does not fit. The message
            names the tool, the trouble, the names seen and required, and what to try.
    """
    raw = _parsed(schema, text)
    properties: Mapping[str, Any] = schema.parameters["properties"]
    fitted: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in properties or value is None:
            continue
        try:
            fitted[name] = _fit(properties[name], value, guarded=schema.name in GUARDED_TOOLS)
        except _Unfit as unfit:
            raise _unusable(schema, text, f"{name} {unfit}") from None
    missing = [name for name in schema.parameters.get("required", ()) if name not in fitted]
    if missing:
        raise _unusable(schema, text, f"{', '.join(missing)} missing")
    return fitted


def _parsed(schema: ToolSchema, text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    guarded = schema.name in GUARDED_TOOLS
    trouble = "it is not a JSON object"
    candidates = [text, _without_trailing_commas(text)]
    if not guarded:
        candidates.append(_closed(candidates[1]))
    for candidate in candidates:
        try:
            value = json.loads(candidate, strict=False)
        except (ValueError, RecursionError) as error:
            if candidate is text:
                trouble = one_line(str(error))
            continue
        if isinstance(value, str):
            value = _object_in(value)
        if not isinstance(value, dict):
            continue
        if not any("<" in name or ">" in name for name in value):
            return value
        rebuilt = _from_tainted(value)
        if rebuilt is not None:
            return rebuilt
        trouble = "a name holds < or >"
    from_xml = _from_xml(text)
    if from_xml is not None:
        return from_xml
    if _is_cut_off(text):
        trouble += "; the text looks cut off, so nothing was done: send it again in smaller pieces"
    raise _unusable(schema, text, trouble)


def _object_in(text: str) -> object:
    """Arguments that were encoded twice."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _scan(text: str) -> tuple[list[int], list[str], bool]:
    """Where trailing commas stand, which brackets are open at the end, and if a string is open."""
    commas: list[int] = []
    opened: list[str] = []
    in_string = escaped = False
    last_comma = -1
    for index, character in enumerate(text):
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
            continue
        if character in "}]":
            if last_comma >= 0:
                commas.append(last_comma)
            if opened:
                opened.pop()
        elif character in _CLOSERS:
            opened.append(character)
        if character == ",":
            last_comma = index
        elif not character.isspace():
            last_comma = -1
            in_string = character == '"'
    return commas, opened, in_string


def _without_trailing_commas(text: str) -> str:
    commas, _, _ = _scan(text)
    for index in reversed(commas):
        text = text[:index] + text[index + 1 :]
    return text


def _closed(text: str) -> str:
    """`text` with its missing brackets, where it ends after a whole value.

    A string left open stays open and so stays invalid; a number may have lost digits.
    """
    text = text.rstrip().rstrip(",")
    if text[-1:].isdigit():
        return text
    _, opened, _ = _scan(text)
    return text + "".join(_CLOSERS[bracket] for bracket in reversed(opened))


def _is_cut_off(text: str) -> bool:
    _, opened, in_string = _scan(text)
    return bool(opened) or in_string


def _from_xml(text: str) -> dict[str, Any] | None:
    """Arguments written as ``<parameter name="k">v</parameter>`` and nothing else, else None."""
    found: dict[str, Any] = {}
    opening = _OPENING_TAGS.match(text)
    position = opening.end() if opening else 0
    while match := _PARAMETER.match(text, position):
        name, value = match.groups()
        if name in found or "<parameter" in value:
            return None
        found[name] = value
        position = match.end()
    return found if found and _CLOSING_TAGS.fullmatch(text, position) else None


def _from_tainted(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """JSON whose names swallowed tags, e.g. ``{"path\\">a</parameter>…name=\\"max_lines": 5}``."""
    parts = [
        f'<parameter name="{name}">{item if isinstance(item, str) else json.dumps(item)}</parameter>'
        for name, item in value.items()
    ]
    return _from_xml("".join(parts))


def _fit(spec: Mapping[str, Any], value: Any, *, guarded: bool) -> Any:
    if "oneOf" in spec:
        return _fit_one_of(spec["oneOf"], value, guarded=guarded)
    match spec.get("type"):
        case "string":
            fitted: Any = _fit_string(value, guarded=guarded)
        case "integer":
            fitted = _fit_integer(spec, value)
        case "number":
            fitted = _fit_number(value)
        case "boolean":
            fitted = _fit_boolean(value)
        case "array":
            fitted = _fit_array(spec, value, guarded=guarded)
        case "object":
            fitted = _fit_object(spec, value)
        case _:
            fitted = value
    if "enum" in spec and fitted not in spec["enum"]:
        raise _Unfit(f"has to be one of {', '.join(spec['enum'])}")
    return fitted


def _fit_one_of(choices: tuple[Mapping[str, Any], ...], value: Any, *, guarded: bool) -> Any:
    """A list, or text that is a JSON list, goes to the list form; the rest to the first that fits."""
    listed = value if isinstance(value, list) else _list_in(value)
    if listed is not None:
        value = listed
        choices = tuple(spec for spec in choices if spec.get("type") == "array") or choices
    reasons = []
    for spec in choices:
        try:
            return _fit(spec, value, guarded=guarded)
        except _Unfit as unfit:
            reasons.append(str(unfit))
    raise _Unfit(" or ".join(dict.fromkeys(reasons)))


def _list_in(value: Any) -> list[Any] | None:
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return None
    decoded = _object_in(value)
    return decoded if isinstance(decoded, list) else None


def _fit_string(value: Any, *, guarded: bool) -> str:
    if not isinstance(value, str):
        if guarded or isinstance(value, list | dict):
            raise _Unfit("has to be a text")
        value = json.dumps(value)
    if _SURROGATE.search(value):
        raise _Unfit("holds half of a surrogate pair, which is not text")
    return str(value)


def _fit_integer(spec: Mapping[str, Any], value: Any) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        value = int(value.strip().partition(".")[0])
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unfit("has to be a whole number")
    if "maximum" in spec:
        return int(min(max(value, spec.get("minimum", value)), spec["maximum"]))
    if value < spec.get("minimum", value):
        raise _Unfit(f"has to be at least {spec['minimum']}")
    return value


def _fit_number(value: Any) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise _Unfit("has to be a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Unfit("has to be a number")
    return value


def _fit_boolean(value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if value in (0, 1) and isinstance(value, bool | int):
        return bool(value)
    raise _Unfit("has to be true or false")


def _fit_array(spec: Mapping[str, Any], value: Any, *, guarded: bool) -> list[Any]:
    listed = value if isinstance(value, list) else _list_in(value)
    items = [value] if listed is None else listed
    return [_fit(spec.get("items", {}), item, guarded=guarded) for item in items]


def _fit_object(spec: Mapping[str, Any], value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = _object_in(value)
    if not isinstance(value, dict):
        raise _Unfit("has to be an object")
    inner = spec.get("additionalProperties", {})
    return {
        _fit_string(name, guarded=True): _fit(inner, item, guarded=False)
        for name, item in value.items()
        if item is not None
    }


def _unusable(schema: ToolSchema, text: str, trouble: str) -> ToolError:
    seen = dict.fromkeys(a or b for a, b in _NAMES_SEEN.findall(text))
    required = ", ".join(schema.parameters.get("required", ())) or "none"
    return refused(
        f"The arguments of {schema.name} cannot be used: {trouble}.\n"
        f"Seen: {', '.join(list(seen)[:_SEEN_LIMIT]) or 'no names'}. Required: {required}.\n"
        f"Definition: {_definition(schema)}\n",
        code="arguments",
        hint=_ADVICE,
    )


def _definition(schema: ToolSchema) -> str:
    required = schema.parameters.get("required", ())
    names = [
        f"{name}{'' if name in required else '?'}: {_kind(spec)}"
        for name, spec in schema.parameters["properties"].items()
    ]
    return f"{schema.name}({', '.join(names)})"


def _kind(spec: Mapping[str, Any]) -> str:
    if "oneOf" in spec:
        return " | ".join(_kind(choice) for choice in spec["oneOf"])
    if "enum" in spec:
        return "|".join(spec["enum"])
    if spec.get("type") == "array":
        return f"[{_kind(spec.get('items', {}))}]"
    return str(spec.get("type", "any"))
