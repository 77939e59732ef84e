"""What every wire format offers: one request in, a few stream events out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from clacky_tui.domain.messages import Message, ToolCall, ToolSchema
from clacky_tui.domain.usage import Usage

WireFormat = Literal["anthropic", "openai_chat", "openai_responses", "bedrock"]

ReasoningLevel = Literal["off", "low", "medium", "high"]

CacheLifetime = Literal["5m", "1h"]
"""How long a written prefix stays in the provider's cache after its last use."""

CACHE_LIFETIME_SECONDS: Mapping[CacheLifetime, float] = {"5m": 300.0, "1h": 3600.0}

MAX_CACHE_MARKS = 4
"""Cache breakpoints a request may carry, on tools and system prompt too (Anthropic's limit; one more
is answered with status 400)."""


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """What SigV4 signs with. Never in a repr, log or error."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""

    def __repr__(self) -> str:
        return "AwsCredentials(...)"


@dataclass(frozen=True, slots=True)
class CachePlan:
    """Where a request's cache breakpoints go, on wires that have them.

    `marks` are indexes into the messages, ascending. Whoever makes the plan keeps to the four
    breakpoints Anthropic allows, `mark_tools` and `mark_system` counted, and to its order: a longer
    lifetime never follows a shorter one.
    """

    marks: tuple[int, ...] = ()
    mark_tools: bool = True
    mark_system: bool = True
    prefix_lifetime: CacheLifetime = "5m"
    """Of tools and system prompt."""
    history_lifetime: CacheLifetime = "5m"
    """Of the marks on messages."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go. `api_key` never appears in a repr, log or error."""

    wire: WireFormat
    base_url: str
    api_key: str
    model: str
    """Sent as it is."""
    region: str = ""
    """AWS region, for the bedrock wire."""
    aws: AwsCredentials | None = None
    """For the bedrock wire without a bearer key."""
    streams: bool = True
    """False asks for each reply as a whole, for servers that cannot stream."""

    def __repr__(self) -> str:
        return f"Endpoint({self.wire}, {self.base_url}, {self.model})"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request, wire-independent.

    `messages` holds no system message.
    """

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]
    max_output_tokens: int
    cache: CachePlan = CachePlan()
    reasoning_level: ReasoningLevel = "off"
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
