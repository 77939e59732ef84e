"""A turn in each wire's form: server-sent events small enough to be paced, or one JSON body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.prefix_cache import BYTES_PER_TOKEN, InputTokens, count_tokens
from clacky_tui.providers.demo.script import ScriptedCall, Turn

_PIECE = re.compile(r"\s*\S{1,4}|\s+")

Stage = Literal["start", "text", "end"]


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """Bytes to send at once. `tokens` is what they say, `stage` where in the reply they stand."""

    data: bytes
    stage: Stage
    tokens: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """Everything that goes into one answer; see `script.Step` for the odd parts."""

    turn: Turn
    input_tokens: InputTokens
    digest: str
    model: str
    finish: str | None = None
    usage: Mapping[str, Any] | None = None
    error_event: Mapping[str, Any] | None = None

    @property
    def output_tokens(self) -> int:
        written = [self.turn.text, self.turn.reasoning]
        written += [arguments_text(call) for call in self.turn.tool_calls]
        return sum(count_tokens(piece) for piece in written)

    @property
    def reasoning_tokens(self) -> int:
        return count_tokens(self.turn.reasoning)

    def call_id(self, number: int) -> str:
        """The id of the turn's call `number`: the same for the same request, else another."""
        return self.turn.tool_calls[number].id or f"call_{self.digest}_{number}"


def reply_frames(wire: WireFormat, reply: Reply) -> Iterator[TimedFrame]:
    """The frames of `reply` in order, as its wire wants them."""
    return _anthropic(reply) if wire == "anthropic" else _openai(reply)


def whole_body(wire: WireFormat, reply: Reply) -> bytes:
    """`reply` as the one JSON object that a request without streaming is answered with."""
    if reply.error_event is not None:
        payload: dict[str, Any] = {"type": "error", "error": dict(reply.error_event)}
    else:
        payload = _anthropic_whole(reply) if wire == "anthropic" else _openai_whole(reply)
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")


def arguments_text(call: ScriptedCall) -> str:
    """The call's arguments as they go over the wire."""
    if isinstance(call.arguments, str):
        return call.arguments
    return json.dumps(call.arguments, ensure_ascii=False)


def _share_of_tokens(piece: str) -> float:
    """What `piece` adds to the count of the whole text, which alone is rounded up."""
    return len(piece.encode("utf-8", "replace")) / BYTES_PER_TOKEN


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(text)


# --- Anthropic ---------------------------------------------------------------------------------


def _anthropic(reply: Reply) -> Iterator[TimedFrame]:
    usage = _anthropic_usage(reply)
    output_usage = {"output_tokens": usage["output_tokens"]} if "output_tokens" in usage else {}
    usage_so_far = {**usage, "output_tokens": 1} if output_usage else usage
    message = _anthropic_message(reply, [], None, usage_so_far)
    yield _event("start", {"type": "message_start", "message": message})
    index = 0
    turn = reply.turn
    if turn.reasoning:
        thinking = {"type": "thinking", "thinking": "", "signature": ""}
        yield _block_start("text", index, thinking)
        for piece in _pieces(turn.reasoning):
            yield _delta("text", index, {"type": "thinking_delta", "thinking": piece}, piece)
        signature = {"type": "signature_delta", "signature": _signature(reply)}
        yield _delta("text", index, signature)
        yield _block_stop("text", index)
        index += 1
    if turn.text:
        yield _block_start("text", index, {"type": "text", "text": ""})
        for piece in _pieces(turn.text):
            yield _delta("text", index, {"type": "text_delta", "text": piece}, piece)
        yield _block_stop("end", index)
        index += 1
    if reply.error_event is not None:
        yield _event("end", {"type": "error", "error": dict(reply.error_event)})
        return
    for number, call in enumerate(turn.tool_calls):
        start = {"type": "tool_use", "id": reply.call_id(number), "name": call.name, "input": {}}
        yield _block_start("end", index, start)
        for piece in _pieces(arguments_text(call)):
            yield _delta("end", index, {"type": "input_json_delta", "partial_json": piece}, piece)
        yield _block_stop("end", index)
        index += 1
    finish = _anthropic_finish(reply)
    if not finish:
        return
    delta = {"stop_reason": finish, "stop_sequence": None}
    yield _event("end", {"type": "message_delta", "delta": delta, "usage": output_usage})
    yield _event("end", {"type": "message_stop"})


def _anthropic_whole(reply: Reply) -> dict[str, Any]:
    turn = reply.turn
    content: list[dict[str, Any]] = []
    if turn.reasoning:
        signature = _signature(reply)
        content.append({"type": "thinking", "thinking": turn.reasoning, "signature": signature})
    if turn.text:
        content.append({"type": "text", "text": turn.text})
    for number, call in enumerate(turn.tool_calls):
        # Arguments are an object here, so ones that are no JSON have no form at all.
        arguments = {} if isinstance(call.arguments, str) else call.arguments
        tool_use = {"id": reply.call_id(number), "name": call.name, "input": arguments}
        content.append({"type": "tool_use", **tool_use})
    finish = _anthropic_finish(reply) or None
    return _anthropic_message(reply, content, finish, _anthropic_usage(reply))


def _anthropic_message(
    reply: Reply, content: list[dict[str, Any]], finish: str | None, usage: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": f"msg_{reply.digest}",
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
        "stop_reason": finish,
        "stop_sequence": None,
        "usage": usage,
    }


def _anthropic_usage(reply: Reply) -> Mapping[str, Any]:
    if reply.usage is not None:
        return reply.usage
    counted = reply.input_tokens
    return {
        "input_tokens": counted.uncached,
        "cache_creation_input_tokens": counted.written,
        "cache_read_input_tokens": counted.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": counted.written - counted.written_1h,
            "ephemeral_1h_input_tokens": counted.written_1h,
        },
        "output_tokens": reply.output_tokens,
    }


def _anthropic_finish(reply: Reply) -> str:
    if reply.finish is not None:
        return reply.finish
    return "tool_use" if reply.turn.tool_calls else "end_turn"


def _signature(reply: Reply) -> str:
    return f"demo-{reply.digest}"


def _event(stage: Stage, payload: dict[str, Any], text: str = "") -> TimedFrame:
    data = json.dumps(payload, ensure_ascii=False)
    frame = f"event: {payload['type']}\ndata: {data}\n\n".encode("utf-8", "replace")
    return TimedFrame(frame, stage, _share_of_tokens(text))


def _block_start(stage: Stage, index: int, block: dict[str, Any]) -> TimedFrame:
    return _event(stage, {"type": "content_block_start", "index": index, "content_block": block})


def _delta(stage: Stage, index: int, delta: dict[str, Any], text: str = "") -> TimedFrame:
    return _event(stage, {"type": "content_block_delta", "index": index, "delta": delta}, text)


def _block_stop(stage: Stage, index: int) -> TimedFrame:
    return _event(stage, {"type": "content_block_stop", "index": index})


# --- OpenAI ------------------------------------------------------------------------------------


def _openai(reply: Reply) -> Iterator[TimedFrame]:
    turn = reply.turn

    def chunk(
        stage: Stage, delta: dict[str, Any], text: str = "", *, finish: str | None = None
    ) -> TimedFrame:
        return line(stage, [{"index": 0, "delta": delta, "finish_reason": finish}], None, text)

    def line(
        stage: Stage, choices: list[dict[str, Any]], usage: Mapping[str, Any] | None, text: str = ""
    ) -> TimedFrame:
        payload = {
            "id": f"chatcmpl-{reply.digest}",
            "object": "chat.completion.chunk",
            "model": reply.model,
            "choices": choices,
            "usage": usage,
        }
        data = json.dumps(payload, ensure_ascii=False)
        return TimedFrame(
            f"data: {data}\n\n".encode("utf-8", "replace"), stage, _share_of_tokens(text)
        )

    yield chunk("start", {"role": "assistant", "content": ""})
    for piece in _pieces(turn.reasoning):
        yield chunk("text", {"reasoning_content": piece}, piece)
    for piece in _pieces(turn.text):
        yield chunk("text", {"content": piece}, piece)
    if reply.error_event is not None:
        data = json.dumps({"error": dict(reply.error_event)})
        yield TimedFrame(f"data: {data}\n\n".encode(), "end")
        return
    for number, call in enumerate(turn.tool_calls):
        function = {"name": call.name, "arguments": ""}
        opening = {"id": reply.call_id(number), "type": "function", "function": function}
        yield chunk("end", {"tool_calls": [{"index": number, **opening}]})
        for piece in _pieces(arguments_text(call)):
            going_on = {"index": number, "function": {"arguments": piece}}
            yield chunk("end", {"tool_calls": [going_on]}, piece)
    finish = _openai_finish(reply)
    if finish:
        yield chunk("end", {}, finish=finish)
        if usage := _openai_usage(reply):
            yield line("end", [], usage)
        yield TimedFrame(b"data: [DONE]\n\n", "end")


def _openai_whole(reply: Reply) -> dict[str, Any]:
    turn = reply.turn
    message: dict[str, Any] = {"role": "assistant", "content": turn.text or None}
    if turn.reasoning:
        message["reasoning_content"] = turn.reasoning
    if turn.tool_calls:
        message["tool_calls"] = [
            {
                "id": reply.call_id(number),
                "type": "function",
                "function": {"name": call.name, "arguments": arguments_text(call)},
            }
            for number, call in enumerate(turn.tool_calls)
        ]
    finish = _openai_finish(reply) or None
    return {
        "id": f"chatcmpl-{reply.digest}",
        "object": "chat.completion",
        "model": reply.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": _openai_usage(reply),
    }


def _openai_finish(reply: Reply) -> str:
    if reply.finish is not None:
        return reply.finish
    return "tool_calls" if reply.turn.tool_calls else "stop"


def _openai_usage(reply: Reply) -> Mapping[str, Any]:
    if reply.usage is not None:
        return reply.usage
    counted = reply.input_tokens
    return {
        "prompt_tokens": counted.total,
        "completion_tokens": reply.output_tokens,
        "total_tokens": counted.total + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": counted.read},
        "completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
    }
