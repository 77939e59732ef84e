"""Short forms for tests that talk to the demo server through the real providers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clacky_tui.domain.messages import Message, Origin, ToolSchema
from clacky_tui.providers.anthropic import AnthropicProvider
from clacky_tui.providers.base import (
    CachePlan,
    Endpoint,
    Finished,
    ModelRequest,
    Provider,
    ReasoningChunk,
    StreamEvent,
    TextChunk,
    UsageReported,
    WireFormat,
)
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.openai_chat import OpenAIChatProvider

WIRES: tuple[WireFormat, ...] = ("anthropic", "openai_chat")
KEY = "sk-very-secret-0123456789"


def user(text: str) -> Message:
    return Message("user", text, Origin.USER)


def schema(name: str) -> ToolSchema:
    return ToolSchema(name, f"Does {name}.", {"type": "object", "properties": {}})


def ask(
    *messages: Message | str, tools: tuple[str, ...] = (), system: str = "Be brief.", **rest: Any
) -> ModelRequest:
    """A request with these messages; texts are the user's."""
    return ModelRequest(
        system=system,
        messages=tuple(user(m) if isinstance(m, str) else m for m in messages),
        tools=tuple(schema(name) for name in tools),
        max_output_tokens=rest.pop("max_output_tokens", 1000),
        cache=CachePlan(marks=rest.pop("cache_marks", ())),
        **rest,
    )


def provider_for(
    server: DemoServer, wire: WireFormat, **options: Any
) -> AnthropicProvider | OpenAIChatProvider:
    """A provider of `wire` aimed at `server`, with a key worth hiding."""
    kind = AnthropicProvider if wire == "anthropic" else OpenAIChatProvider
    return kind(replace(server.endpoint(wire), api_key=KEY), **options)


def endpoint(wire: WireFormat, base_url: str, model: str = "some-model") -> Endpoint:
    return Endpoint(wire, base_url, KEY, model)


async def collect(provider: Provider, request: ModelRequest) -> list[StreamEvent]:
    """Every event of one stream."""
    return [event async for event in provider.stream(request)]


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextChunk))


def reasoning_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningChunk))


def last_usage(events: list[StreamEvent]) -> UsageReported:
    return [event for event in events if isinstance(event, UsageReported)][-1]


def ending(events: list[StreamEvent]) -> Finished:
    """The closing event; there is exactly one, and it comes last."""
    [finished] = [event for event in events if isinstance(event, Finished)]
    assert events[-1] is finished
    return finished
