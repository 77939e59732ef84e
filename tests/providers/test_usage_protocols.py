"""Every protocol's way of counting tokens, streamed and not (spec/usage-sources.md 7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from support.scripted_server import endpoint, last_usage

from clacky_tui.domain.usage import Usage
from clacky_tui.providers import anthropic, bedrock, openai_chat, openai_responses
from clacky_tui.providers.base import StreamEvent, UsageReported, WireFormat
from clacky_tui.providers.presets import presets
from clacky_tui.providers.whole_reply import read_whole
from clacky_tui.providers.wire_json import decode_object

_Object = dict[str, Any]
ASSEMBLERS = {
    "anthropic": anthropic.ReplyAssembler,
    "openai_chat": openai_chat.ReplyAssembler,
    "openai_responses": openai_responses.ReplyAssembler,
    "bedrock": bedrock.ReplyAssembler,
}
NO_WIRE: Mapping[str, str] = {
    "Gemini generateContent, Vertex": "reached through their OpenAI-compatible addresses",
    "Ollama /api/chat": "reached through /v1",
    "Bedrock InvokeModel": "Converse is spoken instead",
    "Cohere v2": "reached through its OpenAI-compatible address",
    "Qwen's native API": "its compatible mode is spoken instead",
    "GitHub Copilot's endpoint": "no subscription is used from here",
    "speech and image services": "no tool of ours calls one",
}
"""Rows of the table without an extractor, each with the reason."""


@dataclass(frozen=True)
class Row:
    """One protocol's response in the shape its vendor documents, and what it means."""

    wire: WireFormat
    chunks: tuple[_Object, ...]
    """The frames of a stream that count, with what comes before and between."""
    whole: _Object
    """The usage (and its surroundings) of a reply in one piece."""
    usage: Usage | None
    cost: str | None = None


def chat(usage: _Object, expected: Usage | None, cost: str | None = None) -> Row:
    """A chat completion whose last chunk has no choices, and the usage."""
    text = {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": None}]}
    stop = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None}
    return Row(
        "openai_chat",
        (text, stop, {"choices": [], "usage": usage}),
        {"choices": [_choice()], "usage": usage},
        expected,
        cost,
    )


def _choice() -> _Object:
    return {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}


def _messages(start: _Object, delta: _Object, expected: Usage) -> Row:
    chunks = (
        {"type": "message_start", "message": {"id": "msg_1", "usage": start}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": delta},
    )
    content = [{"type": "text", "text": "hi"}]
    whole = {"type": "message", "content": content, "stop_reason": "end_turn"}
    return Row("anthropic", chunks, {**whole, "usage": {**start, **delta}}, expected)


def _responses(usage: _Object, expected: Usage, status: str = "completed") -> Row:
    response: _Object = {"id": "resp_1", "status": status, "usage": usage, "output": []}
    if status == "incomplete":
        response["incomplete_details"] = {"reason": "max_output_tokens"}
    chunk = {"type": f"response.{status}", "response": response}
    return Row("openai_responses", (chunk,), response, expected)


def _converse(usage: _Object, expected: Usage) -> Row:
    output = {"message": {"role": "assistant", "content": [{"text": "hi"}]}}
    chunks = ({"messageStop": {"stopReason": "end_turn"}}, {"metadata": {"usage": usage}})
    whole = {"output": output, "stopReason": "end_turn", "usage": usage}
    return Row("bedrock", chunks, whole, expected)


PLAIN = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
DETAILS = {
    **PLAIN,
    "prompt_tokens_details": {"cached_tokens": 60},
    "completion_tokens_details": {"reasoning_tokens": 8},
}
READ = Usage(input_tokens=40, cache_read_tokens=60, output_tokens=20, reasoning_tokens=8)
ANTHROPIC = {
    "input_tokens": 7,
    "cache_read_input_tokens": 900,
    "cache_creation_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "output_tokens": 1,
}
CLAUDE = Usage(7, 900, 300, 200, output_tokens=412)
TIMINGS = {"cache_n": 60, "prompt_n": 40, "prompt_ms": 139.6, "predicted_n": 20}
AZURE_FIRST = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}

ROWS: Mapping[str, Row] = {
    "Anthropic Messages": _messages(ANTHROPIC, {"output_tokens": 412}, CLAUDE),
    "Anthropic Messages, input only at the end": _messages(
        {"input_tokens": 0, "output_tokens": 0},
        {"input_tokens": 50, "output_tokens": 9},
        Usage(50, output_tokens=9),
    ),
    "Anthropic Messages with searches of the server's own": _messages(
        ANTHROPIC,
        {
            "output_tokens": 412,
            "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 1},
        },
        replace(CLAUDE, web_searches=3),
    ),
    "Kimi coding": _messages(ANTHROPIC, {"output_tokens": 412}, CLAUDE),
    "OpenAI Chat Completions": chat(DETAILS, READ),
    "OpenAI Chat Completions with cache writes": chat(
        {**PLAIN, "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30}},
        Usage(10, 60, 30, output_tokens=20),
    ),
    "OpenAI Responses": _responses(
        {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 8},
            "total_tokens": 120,
        },
        Usage(10, 60, 30, output_tokens=20, reasoning_tokens=8),
    ),
    "OpenAI Responses, cut at its limit": _responses(
        {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120},
        Usage(100, output_tokens=20),
        "incomplete",
    ),
    "Azure OpenAI": Row(
        "openai_chat",
        (AZURE_FIRST, *chat(DETAILS, READ).chunks),
        {**chat(DETAILS, READ).whole, "prompt_filter_results": []},
        READ,
    ),
    "vLLM, LM Studio, Ollama /v1": chat(
        {**PLAIN, "prompt_tokens_details": None, "completion_tokens_details": None},
        Usage(100, output_tokens=20),
    ),
    "llama.cpp, whose usage leaves its cache out": Row(
        "openai_chat",
        (*chat(PLAIN, None).chunks[:-1], {"choices": [], "usage": PLAIN, "timings": TIMINGS}),
        {**chat(PLAIN, None).whole, "timings": TIMINGS},
        Usage(40, 60, output_tokens=20),
    ),
    "llama.cpp, which tells only its timings": Row(
        "openai_chat",
        (
            {"choices": [{"delta": {"content": "hi"}}], "timings": {**TIMINGS, "predicted_n": 1}},
            {"choices": [{"delta": {}, "finish_reason": "stop"}], "timings": TIMINGS},
        ),
        {"choices": [_choice()], "timings": TIMINGS},
        Usage(40, 60, output_tokens=20),
    ),
    "llama.cpp, whose timings come before the usage": Row(
        "openai_chat",
        (
            {"choices": [{"delta": {}, "finish_reason": "stop"}], "timings": TIMINGS},
            {"choices": [], "usage": DETAILS},
        ),
        {"choices": [_choice()], "usage": DETAILS, "timings": {"prompt_ms": 1.5}},
        READ,
    ),
    "vLLM with running totals": Row(
        "openai_chat",
        (
            {"choices": [], "usage": {**PLAIN, "completion_tokens": 1, "total_tokens": 101}},
            {"choices": [], "usage": {**PLAIN, "completion_tokens": 9, "total_tokens": 109}},
            *chat(PLAIN, None).chunks,
        ),
        chat(PLAIN, None).whole,
        Usage(100, output_tokens=20),
    ),
    "Bedrock Converse": _converse(
        {
            "inputTokens": 7,
            "cacheReadInputTokens": 900,
            "cacheWriteInputTokens": 300,
            "cacheDetails": [
                {"ttl": "5m", "inputTokens": 100},
                {"ttl": "1h", "inputTokens": 200},
            ],
            "outputTokens": 412,
            "totalTokens": 1_619,
        },
        CLAUDE,
    ),
    "OpenRouter": chat(
        {**DETAILS, "cost": 0.00214, "cost_details": {"upstream_inference_cost": None}},
        READ,
        "0.00214",
    ),
    "OpenRouter with a key of one's own": chat(
        {
            **DETAILS,
            "cost": 0.0001,
            "is_byok": True,
            "cost_details": {"upstream_inference_cost": 0.002},
        },
        READ,
        "0.0021",
    ),
    "DeepSeek": chat(
        {
            **PLAIN,
            "prompt_cache_hit_tokens": 60,
            "prompt_cache_miss_tokens": 40,
            "completion_tokens_details": {"reasoning_tokens": 8},
        },
        READ,
    ),
    "Moonshot": Row(
        "openai_chat",
        (
            {
                "choices": [
                    {
                        "delta": {},
                        "finish_reason": "stop",
                        "usage": {**PLAIN, "cached_tokens": 60},
                    }
                ]
            },
        ),
        {"choices": [_choice()], "usage": {**PLAIN, "cached_tokens": 60}},
        Usage(40, 60, output_tokens=20),
    ),
    "Qwen's compatible mode": chat(
        {
            **PLAIN,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_creation_input_tokens": 30},
        },
        Usage(10, 60, 30, output_tokens=20),
    ),
    "xAI": chat(
        {**DETAILS, "total_tokens": 128}, Usage(40, 60, output_tokens=28, reasoning_tokens=8)
    ),
    "Zhipu, MiniMax, Volcengine, StepFun, SiliconFlow": chat(DETAILS, READ),
    "an older MiniMax, which tells only the total": chat({"total_tokens": 120}, None),
    "Mistral, Together, Fireworks": chat(PLAIN, Usage(100, output_tokens=20)),
    "Groq": Row(
        "openai_chat",
        (
            {"choices": [], "x_groq": {"id": "req_1"}},
            {
                "choices": [{"delta": {}, "finish_reason": "stop"}],
                "x_groq": {"id": "req_1", "usage": {**PLAIN, "queue_time": 0.1}},
            },
        ),
        {"choices": [_choice()], "usage": PLAIN, "x_groq": {"id": "req_1"}},
        Usage(100, output_tokens=20),
    ),
    "Perplexity": chat(
        {**PLAIN, "cost": {"input_tokens_cost": 0.001, "total_cost": 0.006}},
        Usage(100, output_tokens=20),
        "0.006",
    ),
}


PROTOCOLS: Mapping[str, tuple[str, ...]] = {
    "Anthropic Messages": (
        "Anthropic Messages",
        "Anthropic Messages, input only at the end",
        "Anthropic Messages with searches of the server's own",
    ),
    "OpenAI Chat Completions": (
        "OpenAI Chat Completions",
        "OpenAI Chat Completions with cache writes",
    ),
    "OpenAI Responses": ("OpenAI Responses", "OpenAI Responses, cut at its limit"),
    "Azure OpenAI": ("Azure OpenAI",),
    "Gemini generateContent, Vertex": ("Gemini generateContent, Vertex",),
    "Ollama /api/chat, /api/generate, Cloud": ("Ollama /api/chat",),
    "Ollama / LM Studio / vLLM / llama.cpp /v1": (
        "vLLM, LM Studio, Ollama /v1",
        "vLLM with running totals",
        "llama.cpp, whose usage leaves its cache out",
        "llama.cpp, which tells only its timings",
        "llama.cpp, whose timings come before the usage",
    ),
    "Bedrock Converse": ("Bedrock Converse",),
    "Bedrock InvokeModel (Claude)": ("Bedrock InvokeModel",),
    "OpenRouter": ("OpenRouter", "OpenRouter with a key of one's own"),
    "DeepSeek": ("DeepSeek",),
    "Moonshot / Kimi": ("Moonshot",),
    "Kimi coding endpoint": ("Kimi coding",),
    "Qwen / DashScope compatible": ("Qwen's compatible mode", "Qwen's native API"),
    "xAI": ("xAI",),
    "Zhipu GLM, MiniMax, Volcengine, StepFun, SiliconFlow": (
        "Zhipu, MiniMax, Volcengine, StepFun, SiliconFlow",
        "an older MiniMax, which tells only the total",
    ),
    "Mistral, Groq, Together, Fireworks": ("Mistral, Together, Fireworks", "Groq"),
    "Cohere v2": ("Cohere v2",),
    "Perplexity": ("Perplexity",),
    "Copilot endpoint": ("GitHub Copilot's endpoint",),
    "SenseAudio and other speech/image entries": ("speech and image services",),
}
"""The rows of the protocol table, each with what of the above shows it."""


def streamed(row: Row) -> list[StreamEvent]:
    assembler = ASSEMBLERS[row.wire](endpoint(row.wire, "http://127.0.0.1:9"))
    found: list[StreamEvent] = []
    for chunk in row.chunks:
        payload = decode_object(json.dumps(chunk))
        kind = payload.get("type", "message")
        if row.wire == "bedrock":
            ((kind, payload),) = payload.items()
        found += assembler.take(kind, payload)
    return found


def in_one_piece(row: Row) -> list[StreamEvent]:
    address = endpoint(row.wire, "http://127.0.0.1:9")
    return read_whole(address, json.dumps(row.whole).encode(), ASSEMBLERS[row.wire](address))


@pytest.mark.parametrize("read", [streamed, in_one_piece])
@pytest.mark.parametrize("name", ROWS)
def test_counts_mean_the_same_everywhere(name: str, read: Any) -> None:
    row = ROWS[name]
    events = read(row)
    if row.usage is None:
        assert not any(isinstance(event, UsageReported) for event in events)
        return
    last = last_usage(events)
    assert last.usage == row.usage
    assert last.api_cost == (Decimal(row.cost) if row.cost is not None else None)


def test_every_row_of_the_table_is_shown_or_has_a_reason_why_not() -> None:
    shown = [name for names in PROTOCOLS.values() for name in names]
    assert sorted(shown) == sorted([*ROWS, *NO_WIRE])
    assert all(PROTOCOLS.values())


def test_a_stream_that_breaks_off_keeps_the_input_it_was_told() -> None:
    row = ROWS["Anthropic Messages"]
    cut = Row(row.wire, row.chunks[:1], row.whole, None)
    assert last_usage(streamed(cut)).usage == Usage(7, 900, 300, 200, output_tokens=1)


def test_every_wire_that_a_preset_speaks_has_rows_and_every_gap_a_reason() -> None:
    spoken: set[WireFormat | None] = {None}
    for preset in presets():
        spoken |= {preset.wire, *(each.wire for each in (*preset.variants, *preset.model_wires))}
    assert spoken - {None} <= {row.wire for row in ROWS.values()}
    assert set(ASSEMBLERS) == {row.wire for row in ROWS.values()}
    assert all(NO_WIRE.values())
    assert not set(NO_WIRE) & set(ROWS)
