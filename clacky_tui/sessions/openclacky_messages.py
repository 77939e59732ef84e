"""Messages in OpenClacky's session files, to ours and back (spec/agent-core.md 2.1).

The format is OpenAI's with internal flags; old sessions also hold blocks of other wires.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from clacky_tui.domain.messages import ImagePart, Message, Origin, Part, TextPart, ToolCall
from clacky_tui.sessions.records import number, word

_DATA_URL = re.compile(r"data:([\w.+/-]+);base64,(.*)", re.DOTALL)
_SCAFFOLDING = (
    "system_injected",
    "memory_update",
    "subagent_instructions",
    "subagent_result",
    "compressed_summary",
    "chunk_index",
    "truncated",
)
_SYSTEM_MARK = "[SYSTEM]"


def is_kept(fields: Mapping[str, Any]) -> bool:
    """Whether the file's message belongs to the conversation: no prompt, nothing passing."""
    known = fields.get("role") in ("user", "assistant", "tool")
    return known and not fields.get("transient")


def messages_from(fields: Mapping[str, Any]) -> Iterator[Message]:
    """Our messages for one of the file's; several where it holds results as blocks."""
    role, content = fields["role"], fields.get("content")
    blocks = [block for block in _listed(content) if isinstance(block, dict)]
    common: dict[str, Any] = {"task_id": number(fields.get("task_id")), "created_at": _time(fields)}
    for block in blocks:
        if block.get("type") == "tool_result":
            result, call_id = _content(block.get("content")), word(block.get("tool_use_id"))
            yield Message("tool", result, Origin.TOOL, tool_call_id=call_id, **common)
    own = [block for block in blocks if block.get("type") != "tool_result"]
    if blocks and not own:
        return
    body = _content(own if blocks else content)
    thinking = [block for block in own if block.get("type") == "thinking"]
    thoughts = "\n".join(word(block.get("thinking")) for block in thinking)
    yield Message(
        role,
        body,
        _origin(role, body, fields),
        tool_calls=tuple(_calls(fields, own)) if role == "assistant" else (),
        tool_call_id=word(fields.get("tool_call_id")) if role == "tool" else "",
        reasoning=word(fields.get("reasoning_content")) or thoughts,
        reasoning_signature=word(thinking[-1].get("signature")) if thinking else "",
        **common,
    )


def fields_of(message: Message) -> dict[str, Any]:
    """`message` as OpenClacky keeps it. Signatures and our finer origins have no place there."""
    fields: dict[str, Any] = {"role": message.role, "content": message.content}
    if not isinstance(message.content, str):
        fields["content"] = [_block(part) for part in message.content]
    if message.tool_calls:
        fields["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        fields["tool_call_id"] = message.tool_call_id
    if message.reasoning:
        fields["reasoning_content"] = message.reasoning
    if message.task_id:
        fields["task_id"] = message.task_id
    if message.created_at:
        fields["created_at"] = message.created_at.timestamp()
    if message.role == "user" and message.origin is not Origin.USER:
        fields["system_injected"] = True
    if message.origin is Origin.SESSION_CONTEXT:
        fields["session_context"] = True
    return fields


def _origin(role: str, content: str | tuple[Part, ...], fields: Mapping[str, Any]) -> Origin:
    if role == "tool":
        return Origin.TOOL
    if role == "assistant":
        return Origin.MODEL
    if fields.get("session_context"):
        return Origin.SESSION_CONTEXT
    first = content if isinstance(content, str) else ""
    injected = any(fields.get(flag) for flag in _SCAFFOLDING) or first.startswith(_SYSTEM_MARK)
    return Origin.NOTICE if injected else Origin.USER


def _content(content: Any) -> str | tuple[Part, ...]:
    """Text alone as text, else parts."""
    if isinstance(content, str):
        return content
    parts = tuple(part for part in map(_part, _listed(content)) if part is not None)
    if any(isinstance(part, ImagePart) for part in parts):
        return parts
    return "\n".join(part.text for part in parts if isinstance(part, TextPart))


def _part(block: Any) -> Part | None:
    match block:
        case str():
            return TextPart(block)
        case {"type": "text", "text": str() as text}:
            return TextPart(text)
        case {"type": "image_url", "image_url": {"url": str() as url}}:
            data = _DATA_URL.fullmatch(url)
            return ImagePart(data[1], data[2]) if data else TextPart(f"[image: {url}]")
        case {"type": "image", "source": {"data": str() as data, "media_type": str() as kind}}:
            return ImagePart(kind, data)
        case {"type": "tool_use" | "tool_result" | "thinking"}:
            return None
        case {"type": kind}:
            return TextPart(f"[{kind}]")
        case _:
            return None


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    return {
        "type": "image_url",
        "image_url": {"url": f"data:{part.media_type};base64,{part.data}"},
    }


def _calls(fields: Mapping[str, Any], blocks: list[dict[str, Any]]) -> Iterator[ToolCall]:
    listed = _listed(fields.get("tool_calls"))
    for call in listed:
        match call:
            case {"function": {"name": str() as name} as function}:
                yield ToolCall(word(call.get("id")), name, _arguments(function.get("arguments")))
            case {"name": str() as name}:
                yield ToolCall(word(call.get("id")), name, _arguments(call.get("arguments")))
    for block in blocks:
        if block.get("type") == "tool_use" and not listed:
            name, arguments = word(block.get("name")), _arguments(block.get("input"))
            yield ToolCall(word(block.get("id")), name, arguments)


def _arguments(value: Any) -> str:
    if value is None:
        return "{}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _time(fields: Mapping[str, Any]) -> datetime | None:
    value = fields.get("created_at")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value).astimezone()
    except (OverflowError, ValueError, OSError):
        return None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
