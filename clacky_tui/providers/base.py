"""What every wire format offers: one streaming request in, a few stream events out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from clacky_tui.domain.messages import Message, ToolCall, ToolSchema
from clacky_tui.domain.usage import Usage

WireFormat = Literal["anthropic", "openai_chat"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go. `api_key` never appears in a repr, log or error."""

    wire: WireFormat
    base_url: str
    api_key: str
    model: str
    """Sent as it is."""

    def __repr__(self) -> str:
        return f"Endpoint({self.wire}, {self.base_url}, {self.model})"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request, wire-independent.

    `messages` holds no system message. `cache_marks` are indexes into `messages` that carry a
    cache breakpoint on wires that have them; the system prompt and the last tool get theirs always.
    """

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]
    max_output_tokens: int
    cache_marks: tuple[int, ...] = ()
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class TextChunk:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningChunk:
    text: str


@dataclass(frozen=True, slots=True)
class UsageReported:
    """The provider's count so far; a later report replaces an earlier one.

    `api_cost` is the provider's own price of this request in USD, where it tells one.
    """

    usage: Usage
    api_cost: Decimal | None = None


FinishReason = Literal["stop", "tool_calls", "length", "refusal", "other"]


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is complete; the last event of a stream that ended well."""

    reason: FinishReason
    tool_calls: tuple[ToolCall, ...]
    reasoning_signature: str = ""
    raw_reason: str = ""


StreamEvent = TextChunk | ReasoningChunk | UsageReported | Finished


class Provider(Protocol):
    """A wire format bound to an endpoint. One instance serves many requests and is closed once."""

    @property
    def endpoint(self) -> Endpoint: ...

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Send `request` and yield its events; exactly one `Finished` comes last.

        Raises:
            ProviderError: no connection, a status other than 200, an error inside the stream, or a
                stream that ends without a finish reason. `retryable` and `status` say what may help.
        """
        ...

    async def aclose(self) -> None: ...
