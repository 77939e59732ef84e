"""The conversation in its one internal form. Providers convert a copy; nothing here is ever edited.

Every type is frozen, so a history that was sent cannot change under the provider's cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]


class Origin(StrEnum):
    """Who put a message into the history. Only `USER` counts as typed by a person."""

    USER = "user"
    MODEL = "model"
    TOOL = "tool"
    PROMPT = "prompt"
    SESSION_CONTEXT = "session_context"
    NOTICE = "notice"
    """Scaffolding for the model: denials with feedback, truncation and loop hints."""
    SHELL = "shell"
    """A command the person ran themselves, with its output."""


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image, base64 in `data` without the ``data:`` prefix."""

    media_type: str
    data: str


Part = TextPart | ImagePart


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as the model wrote it. `arguments` is its JSON text, untouched, valid or not."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the history.

    `content` is plain text, or parts when images are involved. `tool_calls` only on assistant
    messages, `tool_call_id` only on tool messages.
    """

    role: Role
    content: str | tuple[Part, ...]
    origin: Origin
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    reasoning: str = ""
    reasoning_signature: str = ""
    """Opaque proof of `reasoning` that Anthropic wants back with it."""
    task_id: int = 0
    created_at: datetime | None = None

    @property
    def text(self) -> str:
        """The text of the content; images are left out."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if isinstance(part, TextPart))


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as the model sees it: OpenAI function form, `parameters` is JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


History = Sequence[Message]
