"""The chat completions API of OpenAI and of everyone who speaks it (spec/agent-core.md 2.3, 2.6)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clacky_tui.domain.messages import ImagePart, Message, Part, TextPart, ToolCall
from clacky_tui.domain.usage import Usage
from clacky_tui.providers import failures
from clacky_tui.providers.affinity import affinity_headers, takes_cache_key
from clacky_tui.providers.anthropic import cache_control
from clacky_tui.providers.base import (
    MAX_CACHE_MARKS,
    CacheLifetime,
    Endpoint,
    Finished,
    FinishReason,
    ModelRequest,
    ReasoningChunk,
    StreamEvent,
    TextChunk,
    UsageReported,
)
from clacky_tui.providers.claude import takes_cache_marks
from clacky_tui.providers.sse import SseFrame
from clacky_tui.providers.sse_provider import Post, SseProvider
from clacky_tui.providers.wire_json import (
    as_object,
    clean_text,
    decode_object,
    encode_body,
    token_count,
    usd,
)

OPENAI_HOST = "api.openai.com"

_FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "content_filter": "refusal",
}
_REASONING_MODEL = re.compile(r"(?:openai/)?(?:o\d|gpt-5)", re.IGNORECASE)

_Block = dict[str, Any]


def completions_url(base_url: str) -> str:
    """The URL to post to."""
    return f"{base_url.rstrip('/')}/chat/completions"


def build_headers(endpoint: Endpoint, session_id: str = "") -> dict[str, str]:
    """The headers of a request; without a key there is no ``authorization``."""
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if endpoint.streams else "application/json",
        **affinity_headers(endpoint, session_id),
    }
    if endpoint.api_key:
        headers["authorization"] = f"Bearer {endpoint.api_key}"
    return headers


def build_body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The request body, what never changes in a session first.

    Claude models behind a router get the cache breakpoints of the native API; other models cache by
    themselves and get none.
    """
    host = failures.host_label(endpoint)
    renamed = host == OPENAI_HOST and _REASONING_MODEL.match(endpoint.model) is not None
    body: dict[str, Any] = {
        "model": endpoint.model,
        "max_completion_tokens" if renamed else "max_tokens": request.max_output_tokens,
    }
    if endpoint.streams:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if request.reasoning_level != "off":
        body["reasoning_effort"] = request.reasoning_level
    if request.session_id and takes_cache_key(endpoint):
        body["prompt_cache_key"] = request.session_id
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": schema.name,
                    "description": schema.description,
                    "parameters": schema.parameters,
                },
            }
            for schema in request.tools
        ]
    system: list[_Block] = []
    if request.system.strip():
        system.append({"role": "system", "content": request.system})
    messages = [_message(message) for message in request.messages]
    # OpenAI's own API takes no reasoning back; elsewhere it is all messages or none.
    if host != OPENAI_HOST and any(message.reasoning for message in request.messages):
        for message, converted in zip(request.messages, messages, strict=True):
            if message.role == "assistant":
                converted["reasoning_content"] = message.reasoning
    if takes_cache_marks(endpoint.model):
        plan = request.cache
        mark_tools = "tools" in body and plan.mark_tools
        if mark_tools:
            body["tools"][-1]["cache_control"] = cache_control(plan.prefix_lifetime)
        # Blocks everywhere: a message must look the same once its mark has moved on.
        for converted in system + messages:
            converted["content"] = _as_blocks(converted["content"])
        mark_system = bool(system) and plan.mark_system
        if mark_system:
            _mark_at_or_before(system, 0, plan.prefix_lifetime)
        for index in sorted(set(plan.marks))[mark_tools + mark_system - MAX_CACHE_MARKS :]:
            _mark_at_or_before(messages, index, plan.history_lifetime)
    body["messages"] = system + messages
    return body


def _message(message: Message) -> _Block:
    match message.role:
        case "user":
            return {"role": "user", "content": _content(message.content)}
        case "tool":
            # Pictures cannot travel in a tool result of this wire.
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.text}
        case "assistant":
            converted: _Block = {"role": "assistant", "content": message.text}
            if message.tool_calls:
                converted["tool_calls"] = [_tool_call(call) for call in message.tool_calls]
            return converted
        case "system":
            raise ValueError("the system prompt travels in ModelRequest.system")


def _content(content: str | tuple[Part, ...]) -> str | list[_Block]:
    if isinstance(content, str):
        return content
    parts = [_part(p) for p in content if isinstance(p, ImagePart) or p.text.strip()]
    return parts or [{"type": "text", "text": "..."}]


def _part(part: Part) -> _Block:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    url = f"data:{part.media_type};base64,{part.data}"
    return {"type": "image_url", "image_url": {"url": url}}


def _tool_call(call: ToolCall) -> _Block:
    function = {"name": call.name, "arguments": call.arguments if call.arguments.strip() else "{}"}
    return {"id": call.id, "type": "function", "function": function}


def _as_blocks(content: str | list[_Block]) -> str | list[_Block]:
    """`content` as blocks; no text at all stays as it is, as a text block must not be empty."""
    if isinstance(content, str) and content.strip():
        return [{"type": "text", "text": content}]
    return content


def _mark_at_or_before(messages: list[_Block], index: int, lifetime: CacheLifetime) -> None:
    """Put a breakpoint on the message at `index`, or on the nearest before it that has blocks."""
    for message in reversed(messages[: index + 1]):
        blocks = message["content"]
        if isinstance(blocks, list):
            message["content"] = [
                *blocks[:-1],
                {**blocks[-1], "cache_control": cache_control(lifetime)},
            ]
            return


@dataclass(slots=True)
class _CallInProgress:
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)


class ReplyAssembler:
    """Turns the frames of one reply into stream events."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._calls: dict[int, _CallInProgress] = {}
        self._finish_reason = ""
        self._from_cache: int | None = None

    def feed(self, frame: SseFrame) -> list[StreamEvent]:
        """The events that `frame` brings; a frame that is no JSON object brings none.

        Raises:
            ProviderError: the frame is an error.
        """
        return self.take(frame.event, decode_object(frame.data))

    def take(self, _kind: str, payload: dict[str, Any]) -> list[StreamEvent]:
        """`feed` for a frame that has been decoded; all are of one kind."""
        if payload.get("error"):
            raise self._error(payload["error"])
        choices = payload.get("choices")
        choice = as_object(choices[0]) if isinstance(choices, list) and choices else {}
        delta = as_object(choice.get("delta"))
        events: list[StreamEvent] = []
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if piece := clean_text(reasoning):
            events.append(ReasoningChunk(piece))
        if piece := clean_text(delta.get("content")) or clean_text(delta.get("refusal")):
            events.append(TextChunk(piece))
        calls = delta.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            self._take_call(as_object(call))
        self._finish_reason = clean_text(choice.get("finish_reason")) or self._finish_reason
        if self._finish_reason == "error":
            raise self._error(None)
        # Moonshot puts the usage into the last choice, Groq also beside the choices.
        reported = (
            as_object(payload.get("usage"))
            or as_object(choice.get("usage"))
            or as_object(as_object(payload.get("x_groq")).get("usage"))
        )
        if timings := as_object(payload.get("timings")):
            self._from_cache, told = _timed(timings)
            reported = reported or told
        usage = normalise_usage({"cached_tokens": self._from_cache, **reported})
        if usage is not None:
            events.append(UsageReported(usage, reported_cost(reported)))
        return events

    def finish(self) -> Finished:
        """The closing event.

        Raises:
            ProviderError: no finish reason has come; the reply was cut off.
        """
        if not self._finish_reason:
            raise failures.cut_error(self._endpoint)
        return Finished(
            reason=_FINISH_REASONS.get(self._finish_reason, "other"),
            tool_calls=tuple(
                ToolCall(
                    call.id or f"call_{uuid.uuid4().hex[:24]}", call.name, "".join(call.pieces)
                )
                for _, call in sorted(self._calls.items())
                if call.name
            ),
            raw_reason=self._finish_reason,
        )

    def _take_call(self, delta: dict[str, Any]) -> None:
        function = as_object(delta.get("function"))
        call_id, name = clean_text(delta.get("id")), clean_text(function.get("name"))
        call = self._calls.setdefault(self._slot(delta.get("index"), call_id), _CallInProgress())
        call.id = call.id or call_id
        call.name = call.name or name
        call.pieces.append(clean_text(function.get("arguments")))

    def _slot(self, index: Any, call_id: str) -> int:
        """Where a piece of a call belongs; without an index its id decides, else it goes on."""
        if isinstance(index, int):
            return index
        last = max(self._calls, default=-1)
        if not call_id:
            return max(last, 0)
        known = (slot for slot, call in self._calls.items() if call.id == call_id)
        return next(known, last + 1)

    def _error(self, error: Any) -> Exception:
        details = as_object(error)
        said = clean_text(details.get("message")) or clean_text(error)
        code = "rate_limit" if details.get("code") == 429 else "server"
        return failures.stream_error(self._endpoint, said, code=code)


def normalise_usage(reported: dict[str, Any]) -> Usage | None:
    """Counts without overlap from ones that do; None when there are none.

    `prompt_tokens` holds the cached tokens, whichever of three names they are counted under. Writes
    in `prompt_tokens_details` lie inside it too (OpenAI's prompt caching guide: 2,600 in, 2,000 read,
    400 written, 200 neither; Qwen's likewise); writes under Anthropic's name lie outside
    (spec/agent-core.md 2.6). Reasoning lies inside `completion_tokens` unless the total says that it
    came on top, as xAI counts (spec/usage-sources.md 7).
    """
    prompt = token_count(reported.get("prompt_tokens"))
    output = token_count(reported.get("completion_tokens"))
    if prompt is None and output is None:
        return None
    inside = as_object(reported.get("prompt_tokens_details"))
    read = _first_count(
        inside.get("cached_tokens"),
        reported.get("cache_read_input_tokens"),
        reported.get("prompt_cache_hit_tokens"),
        reported.get("cached_tokens"),
    )
    written_inside = _first_count(
        inside.get("cache_write_tokens"), inside.get("cache_creation_input_tokens")
    )
    written = written_inside or _first_count(reported.get("cache_creation_input_tokens"))
    details = as_object(reported.get("completion_tokens_details"))
    reasoning = token_count(details.get("reasoning_tokens")) or 0
    generated = output or 0
    if reasoning and token_count(reported.get("total_tokens")) == (
        (prompt or 0) + generated + reasoning
    ):
        generated += reasoning
    return Usage(
        input_tokens=max((prompt or 0) - read - written_inside, 0),
        cache_read_tokens=read,
        cache_creation_tokens=written,
        output_tokens=generated,
        reasoning_tokens=min(reasoning, generated),
    )


def _timed(timings: dict[str, Any]) -> tuple[int | None, dict[str, Any]]:
    """What llama.cpp read from its cache, and the usage its timings come to: it tells these always, the
    usage not in every build, and the cache in none of its older ones."""
    given, output = token_count(timings.get("prompt_n")), token_count(timings.get("predicted_n"))
    cached = token_count(timings.get("cache_n"))
    if given is None or output is None:
        return cached, {}
    return cached, {"prompt_tokens": given + (cached or 0), "completion_tokens": output}


def reported_cost(reported: dict[str, Any]) -> Decimal | None:
    """What the provider says the request cost in USD, exact, or None.

    With a key of one's own at OpenRouter, `cost` is its fee alone and the model is billed upstream.
    Perplexity's `cost` is split up, with a sum.
    """
    said = reported.get("cost")
    cost = usd(said.get("total_cost") if isinstance(said, dict) else said)
    upstream = usd(as_object(reported.get("cost_details")).get("upstream_inference_cost"))
    if reported.get("is_byok") is True and cost is not None:
        return None if upstream is None else cost + upstream
    return cost


def _first_count(*values: Any) -> int:
    return next((count for value in values if (count := token_count(value))), 0)


class OpenAIChatProvider(SseProvider):
    """The chat completions API bound to an endpoint; see `base.Provider`."""

    def _prepare(self, request: ModelRequest) -> Post:
        return Post(
            completions_url(self._endpoint.base_url),
            build_headers(self._endpoint, request.session_id),
            encode_body(build_body(request, self._endpoint)),
        )

    def _assembler(self) -> ReplyAssembler:
        return ReplyAssembler(self._endpoint)

    @staticmethod
    def _is_last(frame: SseFrame) -> bool:
        return frame.data == "[DONE]"
