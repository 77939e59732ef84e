"""Anthropic's Messages API: request building, the streamed reply, usage (spec/agent-core.md 2.4-2.6).

Also spoken by OpenRouter for Claude models, by Kimi's coding plan and by the demo model.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from clacky_tui.domain.messages import ImagePart, Message, Part, TextPart, ToolCall, ToolSchema
from clacky_tui.domain.usage import Usage
from clacky_tui.providers import failures
from clacky_tui.providers.affinity import affinity_headers
from clacky_tui.providers.base import (
    MAX_CACHE_MARKS,
    CacheLifetime,
    CachePlan,
    Endpoint,
    Finished,
    FinishReason,
    ModelRequest,
    ReasoningChunk,
    StreamEvent,
    TextChunk,
    UsageReported,
)
from clacky_tui.providers.claude import takes_cache_marks, thinking_settings
from clacky_tui.providers.sse import SseFrame
from clacky_tui.providers.sse_provider import Post, SseProvider
from clacky_tui.providers.wire_json import (
    as_object,
    clean_text,
    decode_arguments,
    decode_object,
    encode_body,
    token_count,
    usd,
)

API_VERSION = "2023-06-01"
NATIVE_ENDPOINT = "https://api.anthropic.com"


_EMPTY_CONTENT = {"type": "text", "text": "..."}
_FINISH_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
_ERROR_CODES = {"rate_limit_error": "rate_limit", "overloaded_error": "overloaded"}

_Block = dict[str, Any]


def messages_url(base_url: str) -> str:
    """The URL to post to: ``{base}/v1/messages``, or ``{base}/messages`` when base has the ``/v1``."""
    base = base_url.rstrip("/")
    return f"{base}/messages" if base.endswith("/v1") else f"{base}/v1/messages"


def build_headers(endpoint: Endpoint, session_id: str = "") -> dict[str, str]:
    """The headers of a request; the key goes as ``x-api-key``, to OpenRouter as a bearer too."""
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if endpoint.streams else "application/json",
        "anthropic-version": API_VERSION,
        **affinity_headers(endpoint, session_id),
    }
    if endpoint.api_key:
        headers["x-api-key"] = endpoint.api_key
        if failures.host_label(endpoint).endswith("openrouter.ai"):
            headers["authorization"] = f"Bearer {endpoint.api_key}"
    return headers


def build_body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The request body, what never changes in a session first.

    Cache breakpoints stand where `request.cache` says; of too many marks the last ones are kept.
    """
    plan = cache_plan_for(request.cache, endpoint.model)
    body: dict[str, Any] = {
        "model": endpoint.model,
        "max_tokens": request.max_output_tokens,
        **({"stream": True} if endpoint.streams else {}),
        **thinking_settings(endpoint.model, request.reasoning_level, request.max_output_tokens),
    }
    if request.tools:
        body["tools"] = [_tool(schema) for schema in request.tools]
        if plan.mark_tools:
            body["tools"][-1]["cache_control"] = cache_control(plan.prefix_lifetime)
    if request.system.strip():
        body["system"] = [{"type": "text", "text": request.system}]
        if plan.mark_system:
            body["system"][0]["cache_control"] = cache_control(plan.prefix_lifetime)
    prefix_marks = ("tools" in body and plan.mark_tools) + ("system" in body and plan.mark_system)
    marks = set(sorted(set(plan.marks))[prefix_marks - MAX_CACHE_MARKS :])
    body["messages"] = _messages(request, marks, cache_control(plan.history_lifetime), endpoint)
    return body


def cache_plan_for(plan: CachePlan, model: str) -> CachePlan:
    """`plan` as `model` takes it: only Claude is known to understand the one-hour lifetime."""
    if takes_cache_marks(model):
        return plan
    return replace(plan, prefix_lifetime="5m", history_lifetime="5m")


def cache_control(lifetime: CacheLifetime) -> dict[str, str]:
    """A cache breakpoint; five minutes are what goes without saying."""
    return {"type": "ephemeral"} if lifetime == "5m" else {"type": "ephemeral", "ttl": lifetime}


def _tool(schema: ToolSchema) -> _Block:
    return {
        "name": schema.name,
        "description": schema.description,
        "input_schema": schema.parameters,
    }


def _messages(
    request: ModelRequest, marks: set[int], breakpoint_here: dict[str, str], endpoint: Endpoint
) -> list[_Block]:
    native = endpoint.base_url.startswith(NATIVE_ENDPOINT)
    converted: list[_Block] = []
    for index, message in enumerate(request.messages):
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message, native=native)
        if index in marks:
            blocks[-1] = {**blocks[-1], "cache_control": breakpoint_here}
        if converted and converted[-1]["role"] == role:
            converted[-1]["content"] += blocks
        else:
            converted.append({"role": role, "content": blocks})
    return converted


def _blocks(message: Message, *, native: bool) -> list[_Block]:
    """The content blocks of one message: never empty, the last one fit to carry a breakpoint."""
    match message.role:
        case "user":
            return _parts(message.content) or [_EMPTY_CONTENT]
        case "tool":
            content = (
                message.content if isinstance(message.content, str) else _parts(message.content)
            )
            return [
                {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": content}
            ]
        case "assistant":
            spoken = _parts(message.content)
            calls = [_tool_use(call) for call in message.tool_calls]
            return _thinking(message, native=native) + (spoken + calls or [_EMPTY_CONTENT])
        case "system":
            raise ValueError("the system prompt travels in ModelRequest.system")


def _parts(content: str | tuple[Part, ...]) -> list[_Block]:
    parts = (TextPart(content),) if isinstance(content, str) else content
    return [_part(part) for part in parts if isinstance(part, ImagePart) or part.text.strip()]


def _part(part: Part) -> _Block:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    source = {"type": "base64", "media_type": part.media_type, "data": part.data}
    return {"type": "image", "source": source}


def _tool_use(call: ToolCall) -> _Block:
    arguments = decode_arguments(call.arguments)
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}


def _thinking(message: Message, *, native: bool) -> list[_Block]:
    """Earlier reasoning: with its signature or not at all natively, bare on other endpoints."""
    if not message.reasoning:
        return []
    block = {"type": "thinking", "thinking": message.reasoning}
    if not native:
        return [block]
    if not message.reasoning_signature or message.reasoning_signature.startswith("{"):
        return []  # in braces: another wire's, kept for a switch back
    return [{**block, "signature": message.reasoning_signature}]


@dataclass(slots=True)
class _CallInProgress:
    id: str
    name: str
    input: dict[str, Any]
    """What the start of the block already held; some servers send no deltas."""
    pieces: list[str] = field(default_factory=list)

    def finished(self) -> ToolCall:
        received = "".join(self.pieces)
        return ToolCall(self.id, self.name, received or encode_body(self.input).decode())


class ReplyAssembler:
    """Turns the frames of one reply into stream events."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._calls: dict[int, _CallInProgress] = {}
        self._usage: dict[str, Any] = {}
        self._signatures: list[str] = []
        self._stop_reason = ""

    def feed(self, frame: SseFrame) -> list[StreamEvent]:
        """The events that `frame` brings.

        Raises:
            ProviderError: the frame is an error event.
        """
        payload = decode_object(frame.data)
        return self.take(clean_text(payload.get("type")) or frame.event, payload)

    def take(self, kind: str, payload: dict[str, Any]) -> list[StreamEvent]:
        """`feed` for a frame that has been decoded."""
        match kind:
            case "message_start":
                return self._report_usage(as_object(payload.get("message")).get("usage"))
            case "content_block_start":
                return self._start_block(payload)
            case "content_block_delta":
                return self._take_delta(payload)
            case "message_delta":
                reason = as_object(payload.get("delta")).get("stop_reason")
                self._stop_reason = clean_text(reason) or self._stop_reason
                return self._report_usage(payload.get("usage"))
            case "error":
                error = as_object(payload.get("error"))
                said = clean_text(error.get("message")) or clean_text(error.get("type"))
                code = _ERROR_CODES.get(clean_text(error.get("type")), "server")
                raise failures.stream_error(self._endpoint, said, code=code)
            case _:
                return []

    def finish(self) -> Finished:
        """The closing event.

        Raises:
            ProviderError: no finish reason has come; the reply was cut off.
        """
        if not self._stop_reason:
            raise failures.cut_error(self._endpoint)
        return Finished(
            reason=_FINISH_REASONS.get(self._stop_reason, "other"),
            tool_calls=tuple(call.finished() for _, call in sorted(self._calls.items())),
            # One signature proves one thinking block; several blocks cannot be replayed as one.
            reasoning_signature=self._signatures[0] if len(self._signatures) == 1 else "",
            raw_reason=self._stop_reason,
        )

    def _start_block(self, payload: dict[str, Any]) -> list[StreamEvent]:
        block = as_object(payload.get("content_block"))
        match block.get("type"):
            case "tool_use":
                self._calls[self._index(payload)] = _CallInProgress(
                    clean_text(block.get("id")),
                    clean_text(block.get("name")),
                    as_object(block.get("input")),
                )
            case "text" if block.get("text"):
                return [TextChunk(clean_text(block["text"]))]
            case "thinking" if block.get("thinking"):
                return [ReasoningChunk(clean_text(block["thinking"]))]
        return []

    def _take_delta(self, payload: dict[str, Any]) -> list[StreamEvent]:
        delta = as_object(payload.get("delta"))
        match delta.get("type"):
            case "text_delta" if piece := clean_text(delta.get("text")):
                return [TextChunk(piece)]
            case "thinking_delta" if piece := clean_text(delta.get("thinking")):
                return [ReasoningChunk(piece)]
            case "signature_delta":
                self._signatures.append(clean_text(delta.get("signature")))
            case "input_json_delta":
                call = self._calls.get(self._index(payload))
                if call is not None:
                    call.pieces.append(clean_text(delta.get("partial_json")))
        return []

    def _index(self, payload: dict[str, Any]) -> int:
        index = payload.get("index")
        return index if isinstance(index, int) else len(self._calls) - 1

    def _report_usage(self, reported: Any) -> list[StreamEvent]:
        """Counts are running totals; a zero sent later never takes an earlier count back."""
        for name, value in as_object(reported).items():
            if value or name not in self._usage:
                self._usage[name] = value
        usage = normalise_usage(self._usage)
        return [UsageReported(usage, usd(self._usage.get("cost")))] if usage else []


def normalise_usage(reported: dict[str, Any]) -> Usage | None:
    """Anthropic's counts, which do not overlap to begin with; None when one of the two is missing."""
    input_tokens = token_count(reported.get("input_tokens"))
    output_tokens = token_count(reported.get("output_tokens"))
    if input_tokens is None or output_tokens is None:
        return None
    by_lifetime = as_object(reported.get("cache_creation"))
    created_1h = token_count(by_lifetime.get("ephemeral_1h_input_tokens")) or 0
    created_5m = token_count(by_lifetime.get("ephemeral_5m_input_tokens")) or 0
    created = token_count(reported.get("cache_creation_input_tokens")) or 0
    server_tools = as_object(reported.get("server_tool_use"))
    return Usage(
        input_tokens=input_tokens,
        cache_read_tokens=token_count(reported.get("cache_read_input_tokens")) or 0,
        cache_creation_tokens=max(created, created_1h + created_5m),
        cache_creation_1h_tokens=created_1h,
        output_tokens=output_tokens,
        web_searches=token_count(server_tools.get("web_search_requests")) or 0,
    )


class AnthropicProvider(SseProvider):
    """The Messages API bound to an endpoint; see `base.Provider`."""

    def _prepare(self, request: ModelRequest) -> Post:
        return Post(
            messages_url(self._endpoint.base_url),
            build_headers(self._endpoint, request.session_id),
            encode_body(build_body(request, self._endpoint)),
        )

    def _assembler(self) -> ReplyAssembler:
        return ReplyAssembler(self._endpoint)

    @staticmethod
    def _is_last(frame: SseFrame) -> bool:
        return frame.event == "message_stop"
