"""One reply in the form of any of the four wires, in pieces that a server can hold back or cut."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.frames import Reply, arguments_text, reply_frames
from clacky_tui.providers.demo.prefix_cache import InputTokens
from clacky_tui.providers.demo.script import Turn
from support import aws_frames


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the server counts for a request. The classes do not overlap."""

    fresh: int = 0
    read: int = 0
    written_5m: int = 0
    written_1h: int = 0
    output: int = 0

    @property
    def input(self) -> int:
        return self.fresh + self.read + self.written_5m + self.written_1h


@dataclass(frozen=True, slots=True)
class Pieces:
    """`opening` ends with the text, `closing` makes a whole reply of it, `error` breaks it off."""

    opening: bytes
    closing: bytes
    error: bytes


def reply_pieces(
    wire: WireFormat, turn: Turn, usage: dict[str, Any], *, digest: str, model: str
) -> Pieces:
    """The pieces of `turn`; an empty `usage` reports nothing, `digest` makes its call ids unique."""
    match wire:
        case "bedrock":
            return _bedrock(turn, usage, digest)
        case "openai_responses":
            return _responses(turn, usage, digest)
    reply = Reply(turn, InputTokens(0), digest, model, usage=usage)
    broken = Reply(turn, InputTokens(0), digest, model, usage=usage, error_event=_OVERLOADED)
    frames = list(reply_frames(wire, reply))
    return Pieces(
        b"".join(frame.data for frame in frames if frame.stage != "end"),
        b"".join(frame.data for frame in frames if frame.stage == "end"),
        b"".join(frame.data for frame in reply_frames(wire, broken) if frame.stage == "end"),
    )


def usage_report(wire: WireFormat, tokens: Tokens) -> dict[str, Any]:
    """`tokens` as `wire` reports them."""
    match wire:
        case "anthropic":
            return {
                "input_tokens": tokens.fresh,
                "cache_read_input_tokens": tokens.read,
                "cache_creation_input_tokens": tokens.written_5m + tokens.written_1h,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": tokens.written_5m,
                    "ephemeral_1h_input_tokens": tokens.written_1h,
                },
                "output_tokens": tokens.output,
            }
        case "openai_chat":
            return {
                "prompt_tokens": tokens.input,
                "prompt_tokens_details": {"cached_tokens": tokens.read},
                "completion_tokens": tokens.output,
            }
        case "openai_responses":
            return {
                "input_tokens": tokens.input,
                "input_tokens_details": {"cached_tokens": tokens.read},
                "output_tokens": tokens.output,
                "output_tokens_details": {"reasoning_tokens": tokens.output // 2},
            }
        case "bedrock":
            by_lifetime = {"5m": tokens.written_5m, "1h": tokens.written_1h}
            return {
                "inputTokens": tokens.fresh,
                "cacheReadInputTokens": tokens.read,
                "cacheWriteInputTokens": tokens.written_5m + tokens.written_1h,
                "cacheDetails": [
                    {"ttl": ttl, "inputTokens": count} for ttl, count in by_lifetime.items()
                ],
                "outputTokens": tokens.output,
                "totalTokens": tokens.input + tokens.output,
            }


_OVERLOADED = {"type": "overloaded_error", "message": "busy"}


def _halves(text: str) -> Sequence[str]:
    """`text` in two deltas; empty text has none."""
    middle = len(text) // 2
    return [half for half in (text[:middle], text[middle:]) if half]


def _sse(*payloads: dict[str, Any]) -> bytes:
    frames = (f"event: {p['type']}\ndata: {json.dumps(p)}\n\n" for p in payloads)
    return "".join(frames).encode()


def _responses(turn: Turn, usage: dict[str, Any], digest: str) -> Pieces:
    deltas = ({"type": "response.output_text.delta", "delta": half} for half in _halves(turn.text))
    error = {"code": "server_is_overloaded", "message": "busy"}
    completed = {"status": "completed", **({"usage": usage} if usage else {})}
    return Pieces(
        _sse({"type": "response.created", "response": {"id": f"resp_{digest}"}}, *deltas),
        _sse(*_response_calls(turn, digest), {"type": "response.completed", "response": completed}),
        _sse({"type": "response.failed", "response": {"status": "failed", "error": error}}),
    )


def _response_calls(turn: Turn, digest: str) -> Iterator[dict[str, Any]]:
    for index, call in enumerate(turn.tool_calls, start=1):
        item = {"type": "function_call", "call_id": f"call_{digest}_{index}", "name": call.name}
        for kind, arguments in (("added", ""), ("done", arguments_text(call))):
            yield {
                "type": f"response.output_item.{kind}",
                "output_index": index,
                "item": {**item, "arguments": arguments},
            }


def _bedrock(turn: Turn, usage: dict[str, Any], digest: str) -> Pieces:
    opening = [aws_frames.event("messageStart", {"role": "assistant"})]
    opening += (_bedrock_delta(0, {"text": half}) for half in _halves(turn.text))
    closing = [aws_frames.event("contentBlockStop", {"contentBlockIndex": 0})]
    for index, call in enumerate(turn.tool_calls, start=1):
        start = {"toolUse": {"toolUseId": f"call_{digest}_{index}", "name": call.name}}
        closing += [
            aws_frames.event("contentBlockStart", {"contentBlockIndex": index, "start": start}),
            _bedrock_delta(index, {"toolUse": {"input": arguments_text(call)}}),
            aws_frames.event("contentBlockStop", {"contentBlockIndex": index}),
        ]
    reason = "tool_use" if turn.tool_calls else "end_turn"
    closing.append(aws_frames.event("messageStop", {"stopReason": reason}))
    if usage:
        closing.append(aws_frames.event("metadata", {"usage": usage}))
    error = aws_frames.exception("serviceUnavailableException", "busy")
    return Pieces(b"".join(opening), b"".join(closing), error)


def _bedrock_delta(index: int, delta: dict[str, Any]) -> bytes:
    return aws_frames.event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
