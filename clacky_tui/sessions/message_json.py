"""Conversation entries as the JSON values of a journal line, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clacky_tui.domain.messages import ImagePart, Message, Origin, Part, TextPart, ToolCall

_ROLES = ("system", "user", "assistant", "tool")


def message_fields(message: Message) -> dict[str, Any]:
    """`message` as JSON values; empty fields are left out."""
    content: Any = message.content
    if not isinstance(content, str):
        content = [
            {"image": part.data, "media_type": part.media_type}
            if isinstance(part, ImagePart)
            else {"text": part.text}
            for part in content
        ]
    fields: dict[str, Any] = {
        "role": message.role,
        "content": content,
        "origin": message.origin.value,
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments}
            for call in message.tool_calls
        ],
        "tool_call_id": message.tool_call_id,
        "reasoning": message.reasoning,
        "reasoning_signature": message.reasoning_signature,
        "task_id": message.task_id,
        "created_at": message.created_at.isoformat() if message.created_at else None,
    }
    return {key: value for key, value in fields.items() if value or key in ("role", "content")}


def message_from(fields: Mapping[str, Any]) -> Message:
    """The message that `message_fields` wrote.

    Raises:
        ValueError: the values are not those of a message.
    """
    role, content = fields.get("role"), fields.get("content")
    if role not in _ROLES:
        raise ValueError(f"no such role: {role!r}")
    if not isinstance(content, str):
        content = tuple(_part(part) for part in _listed(content))
    created_at = fields.get("created_at")
    try:
        return Message(
            role=role,
            content=content,
            origin=Origin(fields.get("origin", Origin.NOTICE)),
            tool_calls=tuple(_call(call) for call in _listed(fields.get("tool_calls", []))),
            tool_call_id=str(fields.get("tool_call_id", "")),
            reasoning=str(fields.get("reasoning", "")),
            reasoning_signature=str(fields.get("reasoning_signature", "")),
            task_id=int(fields.get("task_id", 0)),
            created_at=datetime.fromisoformat(created_at) if created_at else None,
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a message: {error}") from error


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"a list was expected, not {type(value).__name__}")  # noqa: TRY004  content
    return value


def _part(part: Any) -> Part:
    match part:
        case {"text": str() as text}:
            return TextPart(text)
        case {"image": str() as data, "media_type": str() as media_type}:
            return ImagePart(media_type, data)
        case _:
            raise ValueError("neither text nor image")


def _call(call: Any) -> ToolCall:
    match call:
        case {"id": str() as id_, "name": str() as name, "arguments": str() as arguments}:
            return ToolCall(id_, name, arguments)
        case _:
            raise ValueError("not a tool call")
