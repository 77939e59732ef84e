"""OpenAI's Responses API, used statelessly: every request carries the whole conversation.

Nothing is stored with the provider; reasoning comes back encrypted, is kept with the message and
goes out again with it. Event names after the API reference, "Streaming events".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clacky_tui.domain.messages import ImagePart, Message, Part, ToolCall
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ProviderError
from clacky_tui.providers import failures
from clacky_tui.providers.affinity import takes_cache_key
from clacky_tui.providers.base import (
    Endpoint,
    Finished,
    FinishReason,
    ModelRequest,
    ReasoningChunk,
    StreamEvent,
    TextChunk,
    UsageReported,
)
from clacky_tui.providers.openai_chat import build_headers, normalise_usage, reported_cost
from clacky_tui.providers.sse import SseFrame
from clacky_tui.providers.sse_provider import Post, SseProvider
from clacky_tui.providers.wire_json import (
    as_object,
    clean_text,
    decode_object,
    encode_body,
)

_REASONING_MODEL = re.compile(r"(?:openai/)?(?:o\d|gpt-[5-9](?!.*-chat))", re.IGNORECASE)
"""Models that reason; any other refuses to be asked for encrypted reasoning."""

_LAST_EVENTS = frozenset({"response.completed", "response.incomplete", "response.failed", "error"})
_INCOMPLETE_REASONS: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "content_filter": "refusal",
}
_PASSING_ERRORS = {"rate_limit_exceeded": "rate_limit", "server_is_overloaded": "overloaded"}
_FINAL_ERRORS = {
    "context_length_exceeded": "bad_request",
    "insufficient_quota": "credit",
    "invalid_prompt": "bad_request",
    "invalid_request_error": "bad_request",
}
"""Errors inside a stream that the same request would meet again."""

_Item = dict[str, Any]


def responses_url(base_url: str) -> str:
    """The URL to post to."""
    return f"{base_url.rstrip('/')}/responses"


def build_body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The request body, what never changes in a session first.

    The provider caches by itself; `prompt_cache_key` sends a session to the machine with its cache.
    """
    body: dict[str, Any] = {
        "model": endpoint.model,
        "max_output_tokens": request.max_output_tokens,
        **({"stream": True} if endpoint.streams else {}),
        "store": False,
    }
    if _REASONING_MODEL.match(endpoint.model):
        body["include"] = ["reasoning.encrypted_content"]
        if request.reasoning_level != "off":
            body["reasoning"] = {"effort": request.reasoning_level, "summary": "auto"}
    if request.session_id and takes_cache_key(endpoint):
        body["prompt_cache_key"] = request.session_id
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": schema.name,
                "description": schema.description,
                "parameters": schema.parameters,
                # Left out it means true, which allows no optional parameters.
                "strict": False,
            }
            for schema in request.tools
        ]
    if request.system.strip():
        body["instructions"] = request.system
    body["input"] = [
        item for message in request.messages for item in _items(message, endpoint.model)
    ]
    return body


def _items(message: Message, model: str) -> Iterator[_Item]:
    match message.role:
        case "user":
            parts = _parts(message.content) or [{"type": "input_text", "text": "..."}]
            yield {"type": "message", "role": "user", "content": parts}
        case "tool":
            content = message.content
            yield {
                "type": "function_call_output",
                "call_id": message.tool_call_id,
                "output": content if isinstance(content, str) else _parts(content) or "...",
            }
        case "assistant":
            yield from _reply_items(message, model)
        case "system":
            raise ValueError("the system prompt travels in ModelRequest.system")


def _reply_items(message: Message, model: str) -> Iterator[_Item]:
    """Text and calls of a reply, each call after the reasoning that led to it.

    Reasoning that nothing follows is left out: the API refuses it.
    """
    if not message.text.strip() and not message.tool_calls:
        return
    reasoning = unpack_reasoning(message.reasoning_signature, model)
    for calls_before, encrypted in reasoning:
        if calls_before == 0:
            yield _reasoning_item(encrypted)
    if message.text.strip():
        content = [{"type": "output_text", "text": message.text}]
        yield {"type": "message", "role": "assistant", "content": content}
    for index, call in enumerate(message.tool_calls):
        for calls_before, encrypted in reasoning:
            if calls_before == index > 0:
                yield _reasoning_item(encrypted)
        arguments = call.arguments if call.arguments.strip() else "{}"
        yield {
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": arguments,
        }


def _reasoning_item(encrypted: str) -> _Item:
    return {"type": "reasoning", "summary": [], "encrypted_content": encrypted}


def _parts(content: str | tuple[Part, ...]) -> list[_Item]:
    if isinstance(content, str):
        return [{"type": "input_text", "text": content}] if content.strip() else []
    return [_part(part) for part in content if isinstance(part, ImagePart) or part.text.strip()]


def _part(part: Part) -> _Item:
    if isinstance(part, ImagePart):
        url = f"data:{part.media_type};base64,{part.data}"
        return {"type": "input_image", "image_url": url}
    return {"type": "input_text", "text": part.text}


def pack_reasoning(model: str, items: list[tuple[int, str]]) -> str:
    """Encrypted reasoning as text for `Message.reasoning_signature`; empty when there is none.

    Args:
        model: who wrote it; to any other model it is of no use.
        items: (how many of the reply's calls stand before it, encrypted content), in order.
    """
    if not items:
        return ""
    return encode_body({"model": model, "reasoning": items}).decode()


def unpack_reasoning(signature: str, model: str) -> list[tuple[int, str]]:
    """What `pack_reasoning` packed for `model`; nothing for another model's, or another wire's."""
    packed = decode_object(signature)
    items = packed.get("reasoning")
    if packed.get("model") != model or not isinstance(items, list):
        return []
    return [
        (calls_before, encrypted)
        for calls_before, encrypted in (item for item in items if _is_pair(item))
        if isinstance(calls_before, int) and isinstance(encrypted, str)
    ]


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2


@dataclass(slots=True)
class _CallInProgress:
    id: str
    name: str
    pieces: list[str] = field(default_factory=list)
    arguments: str | None = None
    """All of them at once, where the provider has said so."""


class ReplyAssembler:
    """Turns the frames of one reply into stream events."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._calls: dict[int, _CallInProgress] = {}
        self._reasoning: dict[int, str] = {}
        self._reason: FinishReason | None = None
        self._raw_reason = ""
        self._refused = False

    def feed(self, frame: SseFrame) -> list[StreamEvent]:
        """The events that `frame` brings; one of an unknown kind brings none.

        Raises:
            ProviderError: the frame is an error.
        """
        payload = decode_object(frame.data)
        return self.take(clean_text(payload.get("type")) or frame.event, payload)

    def take(self, kind: str, payload: dict[str, Any]) -> list[StreamEvent]:
        """`feed` for a frame that has been decoded."""
        piece = clean_text(payload.get("delta"))
        match kind:
            case "response.output_text.delta" if piece:
                return [TextChunk(piece)]
            case "response.refusal.delta" if piece:
                self._refused = True
                return [TextChunk(piece)]
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" if piece:
                return [ReasoningChunk(piece)]
            case "response.reasoning_summary_part.added" if payload.get("summary_index"):
                return [ReasoningChunk("\n\n")]
            case "response.output_item.added" | "response.output_item.done":
                done = kind.endswith("done")
                self._take_item(_output_index(payload), as_object(payload.get("item")), done=done)
            case "response.function_call_arguments.delta":
                call = self._calls.get(_output_index(payload))
                if call is not None:
                    call.pieces.append(piece)
            case "response.function_call_arguments.done":
                call = self._calls.get(_output_index(payload))
                if call is not None:
                    call.arguments = clean_text(payload.get("arguments"))
            case "response.completed" | "response.incomplete":
                return self._end(as_object(payload.get("response")))
            case "response.failed":
                raise self._error(as_object(as_object(payload.get("response")).get("error")))
            case "error":
                raise self._error(as_object(payload.get("error")) or payload)
        return []

    def finish(self) -> Finished:
        """The closing event.

        Raises:
            ProviderError: the reply never ended; it was cut off.
        """
        if self._reason is None:
            raise failures.cut_error(self._endpoint)
        order = sorted(self._calls)
        reasoning = [
            (sum(call_index < index for call_index in order), encrypted)
            for index, encrypted in sorted(self._reasoning.items())
        ]
        return Finished(
            reason=self._reason,
            tool_calls=tuple(_finished(self._calls[index]) for index in order),
            reasoning_signature=pack_reasoning(self._endpoint.model, reasoning),
            raw_reason=self._raw_reason,
        )

    def _take_item(self, index: int, item: dict[str, Any], *, done: bool) -> None:
        match item.get("type"):
            case "function_call":
                call = self._calls.setdefault(index, _CallInProgress("", ""))
                call.id = clean_text(item.get("call_id")) or call.id
                call.name = clean_text(item.get("name")) or call.name
                if done:
                    call.arguments = clean_text(item.get("arguments"))
            case "reasoning" if done and (encrypted := clean_text(item.get("encrypted_content"))):
                self._reasoning[index] = encrypted

    def _end(self, response: dict[str, Any]) -> list[StreamEvent]:
        incomplete = clean_text(as_object(response.get("incomplete_details")).get("reason"))
        self._raw_reason = incomplete or clean_text(response.get("status")) or "completed"
        if incomplete:
            self._reason = _INCOMPLETE_REASONS.get(incomplete, "other")
        elif self._raw_reason != "completed":
            self._reason = "other"
        elif self._calls:
            self._reason = "tool_calls"
        else:
            self._reason = "refusal" if self._refused else "stop"
        reported = as_object(response.get("usage"))
        usage = usage_of(reported)
        return [UsageReported(usage, reported_cost(reported))] if usage else []

    def _error(self, error: dict[str, Any]) -> ProviderError:
        kind = clean_text(error.get("code")) or clean_text(error.get("type"))
        said = clean_text(error.get("message"))
        # The code stays in the text: it is what tells a full context apart from other refusals.
        said = f"{kind}: {said}" if kind and said else said or kind
        if kind in _FINAL_ERRORS:
            code = _FINAL_ERRORS[kind]
            return failures.stream_error(self._endpoint, said, code=code, retryable=False)
        code = _PASSING_ERRORS.get(kind, "server")
        return failures.stream_error(self._endpoint, said, code=code)


def _output_index(payload: dict[str, Any]) -> int:
    index = payload.get("output_index")
    return index if isinstance(index, int) else 0


def _finished(call: _CallInProgress) -> ToolCall:
    return ToolCall(call.id, call.name, call.arguments or "".join(call.pieces))


def usage_of(reported: dict[str, Any]) -> Usage | None:
    """Counts without overlap; None when there are none. The same counts as chat completions has,
    under other names: cached tokens lie inside the input, reasoning inside the output."""
    return normalise_usage(
        {
            "prompt_tokens": reported.get("input_tokens"),
            "prompt_tokens_details": reported.get("input_tokens_details"),
            "completion_tokens": reported.get("output_tokens"),
            "completion_tokens_details": reported.get("output_tokens_details"),
            "total_tokens": reported.get("total_tokens"),
        }
    )


class OpenAIResponsesProvider(SseProvider):
    """The Responses API bound to an endpoint; see `base.Provider`."""

    def _prepare(self, request: ModelRequest) -> Post:
        return Post(
            responses_url(self._endpoint.base_url),
            build_headers(self._endpoint, request.session_id),
            encode_body(build_body(request, self._endpoint)),
        )

    def _assembler(self) -> ReplyAssembler:
        return ReplyAssembler(self._endpoint)

    @staticmethod
    def _is_last(frame: SseFrame) -> bool:
        return frame.event in _LAST_EVENTS
