"""A request body of either wire, read back into one plain conversation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.wire_json import as_object, decode_arguments


@dataclass(frozen=True, slots=True)
class SeenCall:
    """A tool call that the model made earlier."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One text from the user, one reply, or one tool result (`call_id` says of which call)."""

    kind: Literal["user", "assistant", "tool"]
    text: str
    calls: tuple[SeenCall, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything a scenario may know of a request."""

    entries: tuple[Entry, ...]
    tool_names: frozenset[str]
    digest: str
    """Changes with every message added; cache breakpoints do not count."""


def read_conversation(wire: WireFormat, body: dict[str, Any]) -> Conversation:
    """The conversation in `body`; anything that has not the wire's form is left out."""
    messages = [as_object(message) for message in items(body.get("messages"))]
    read = _anthropic_entries if wire == "anthropic" else _openai_entries
    tools = [as_object(tool) for tool in items(body.get("tools"))]
    names = {str(tool.get("name") or as_object(tool.get("function")).get("name")) for tool in tools}
    canonical = json.dumps([without_cache_control(m) for m in messages], sort_keys=True)
    return Conversation(
        entries=tuple(entry for message in messages for entry in read(message)),
        tool_names=frozenset(names),
        digest=hashlib.sha256(canonical.encode()).hexdigest()[:10],
    )


def without_cache_control(value: Any) -> Any:
    """`value` without the breakpoints in it, which are no part of what is cached."""
    if isinstance(value, dict):
        return {k: without_cache_control(v) for k, v in value.items() if k != "cache_control"}
    if isinstance(value, list):
        return [without_cache_control(item) for item in value]
    return value


def content_blocks(content: Any) -> list[dict[str, Any]]:
    """Message content as a list of blocks; plain text is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [as_object(block) for block in items(content)]


def items(value: Any) -> list[Any]:
    """`value` when it is a JSON array, else ``[]``."""
    return value if isinstance(value, list) else []


def _anthropic_entries(message: dict[str, Any]) -> Iterator[Entry]:
    blocks = content_blocks(message.get("content"))
    if message.get("role") == "assistant":
        calls = tuple(
            SeenCall(str(b.get("id")), str(b.get("name")), as_object(b.get("input")))
            for b in blocks
            if b.get("type") == "tool_use"
        )
        yield Entry("assistant", _text_of(blocks), calls)
        return
    for block in blocks:
        if block.get("type") == "text":
            yield Entry("user", str(block.get("text")))
        elif block.get("type") == "tool_result":
            result = _text_of(content_blocks(block.get("content")))
            yield Entry("tool", result, call_id=str(block.get("tool_use_id")))


def _openai_entries(message: dict[str, Any]) -> Iterator[Entry]:
    text = _text_of(content_blocks(message.get("content")))
    match message.get("role"):
        case "user":
            yield Entry("user", text)
        case "tool":
            yield Entry("tool", text, call_id=str(message.get("tool_call_id")))
        case "assistant":
            calls = []
            for call in map(as_object, items(message.get("tool_calls"))):
                function = as_object(call.get("function"))
                arguments = decode_arguments(str(function.get("arguments")))
                calls.append(SeenCall(str(call.get("id")), str(function.get("name")), arguments))
            yield Entry("assistant", text, tuple(calls))


def _text_of(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(str(block.get("text")) for block in blocks if block.get("type") == "text")
