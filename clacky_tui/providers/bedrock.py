"""Amazon Bedrock's Converse API: request building, the streamed reply, usage (spec/agent-core.md 2.5).

Field names after the Bedrock Runtime API reference, "ConverseStream" and "Converse". Authorised by a
Bedrock API key (``ABSK...``, sent as a bearer) or by AWS credentials, which sign each request.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from clacky_tui.domain.messages import ImagePart, Message, Part, TextPart, ToolCall, ToolSchema
from clacky_tui.domain.usage import Usage
from clacky_tui.i18n import tr
from clacky_tui.providers import failures, http
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
from clacky_tui.providers.event_stream import DamagedStreamError, EventMessage, EventStreamParser
from clacky_tui.providers.sigv4 import signed_headers
from clacky_tui.providers.whole_reply import read_whole
from clacky_tui.providers.wire_json import (
    as_object,
    clean_text,
    decode_arguments,
    decode_object,
    encode_body,
    token_count,
)

SERVICE = "bedrock"
"""The name requests are signed for."""

_HOST_REGION = re.compile(r"//bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.")
_ONE_HOUR_CLAUDE = re.compile(
    r"claude.*(?:(?<!\d)4[-.](?:[5-9]|\d\d)(?!\d)"  # 4.5 and later
    r"|(?<!\d)-[5-9](?![\d]))"  # any later generation
)

_NO_MARKS = CachePlan(mark_tools=False, mark_system=False)
_EMPTY_CONTENT = {"text": "..."}
_NOT_IN_CALL_ID = re.compile(r"[^a-zA-Z0-9_-]")
_MAX_CALL_ID_CHARACTERS = 64

_FINISH_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
    "content_filtered": "refusal",
    "guardrail_intervened": "refusal",
}
_PASSING_EXCEPTIONS = {
    "throttlingException": "rate_limit",
    "serviceUnavailableException": "overloaded",
    "modelTimeoutException": "timeout",
}
"""Error codes of exceptions inside a stream; any other but a refused request is a server error."""

_Block = dict[str, Any]


def converse_url(endpoint: Endpoint) -> str:
    """The URL to post to; a model id may hold colons and, as an ARN, slashes."""
    model = quote(endpoint.model, safe="")
    action = "converse-stream" if endpoint.streams else "converse"
    return f"{endpoint.base_url.rstrip('/')}/model/{model}/{action}"


def region_of(endpoint: Endpoint) -> str:
    """The AWS region of `endpoint`, from its host where it is not given; empty when unknown."""
    match = _HOST_REGION.search(endpoint.base_url)
    return endpoint.region or (match[1] if match else "")


def build_headers(endpoint: Endpoint, body: bytes, *, at: datetime) -> dict[str, str]:
    """The headers of a request that posts `body`, with a bearer key or signed `at` this time.

    Raises:
        ProviderError: there are credentials to sign with, but no region to sign for.
    """
    accepted = "application/vnd.amazon.eventstream" if endpoint.streams else "application/json"
    headers = {"content-type": "application/json", "accept": accepted}
    if endpoint.api_key:
        return {**headers, "authorization": f"Bearer {endpoint.api_key}"}
    if endpoint.aws is None:
        return headers
    region = region_of(endpoint)
    if not region:
        raise failures.config_error(
            endpoint,
            tr("The AWS region of this address is not known."),
            code="url",
            hint=tr("Set region in config.yml or AWS_REGION, e.g. us-east-1."),
        )
    url = converse_url(endpoint)
    return signed_headers(
        "POST", url, headers, body, endpoint.aws, region=region, service=SERVICE, at=at
    )


def build_body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The request body, what never changes in a session first.

    Cache points stand where `request.cache` says, on models that take them; of too many marks the
    last ones are kept.
    """
    claude = takes_cache_marks(endpoint.model)
    plan = request.cache if claude else _NO_MARKS
    body: dict[str, Any] = {"inferenceConfig": {"maxTokens": request.max_output_tokens}}
    thinking = (
        thinking_settings(endpoint.model, request.reasoning_level, request.max_output_tokens)
        if claude
        else {}
    )
    if thinking:
        body["additionalModelRequestFields"] = thinking
    if request.tools:
        tools = [_tool(schema) for schema in request.tools]
        if plan.mark_tools:
            tools.append(cache_point(plan.prefix_lifetime, endpoint.model))
        body["toolConfig"] = {"tools": tools}
    if request.system.strip():
        body["system"] = [{"text": request.system}]
        if plan.mark_system:
            body["system"].append(cache_point(plan.prefix_lifetime, endpoint.model))
    prefix_marks = ("toolConfig" in body and plan.mark_tools) + (
        "system" in body and plan.mark_system
    )
    marks = set(sorted(set(plan.marks))[prefix_marks - MAX_CACHE_MARKS :])
    history_mark = cache_point(plan.history_lifetime, endpoint.model)
    messages: list[_Block] = []
    for index, message in enumerate(request.messages):
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if index in marks:
            blocks.append(history_mark)
        # Roles have to alternate.
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": role, "content": blocks})
    body["messages"] = messages
    return body


def cache_point(lifetime: CacheLifetime, model: str) -> _Block:
    """A block that ends a cached prefix; older models know five minutes alone."""
    point = {"type": "default"}
    if lifetime == "1h" and _ONE_HOUR_CLAUDE.search(model.lower()):
        point["ttl"] = lifetime
    return {"cachePoint": point}


def _tool(schema: ToolSchema) -> _Block:
    spec = {
        "name": schema.name,
        "description": schema.description,
        "inputSchema": {"json": schema.parameters},
    }
    return {"toolSpec": spec}


def _blocks(message: Message) -> list[_Block]:
    """The content blocks of one message, never empty."""
    content = _parts(message.content)
    match message.role:
        case "user":
            return content or [_EMPTY_CONTENT]
        case "tool":
            result = {
                "toolUseId": _call_id(message.tool_call_id),
                "content": content or [_EMPTY_CONTENT],
            }
            return [{"toolResult": result}]
        case "assistant":
            calls = [_tool_use(call) for call in message.tool_calls]
            return _reasoning(message) + (content + calls or [_EMPTY_CONTENT])
        case "system":
            raise ValueError("the system prompt travels in ModelRequest.system")


def _parts(content: str | tuple[Part, ...]) -> list[_Block]:
    parts = (TextPart(content),) if isinstance(content, str) else content
    return [_part(part) for part in parts if isinstance(part, ImagePart) or part.text.strip()]


def _part(part: Part) -> _Block:
    if isinstance(part, TextPart):
        return {"text": part.text}
    kind = part.media_type.removeprefix("image/").replace("jpg", "jpeg")
    return {"image": {"format": kind, "source": {"bytes": part.data}}}


def _tool_use(call: ToolCall) -> _Block:
    arguments = decode_arguments(call.arguments)
    return {"toolUse": {"toolUseId": _call_id(call.id), "name": call.name, "input": arguments}}


def _call_id(call_id: str) -> str:
    """`call_id` as Bedrock takes it; other providers' ids may hold dots and colons."""
    return _NOT_IN_CALL_ID.sub("_", call_id)[:_MAX_CALL_ID_CHARACTERS]


def _reasoning(message: Message) -> list[_Block]:
    """Earlier reasoning goes back with its signature or not at all."""
    signature = message.reasoning_signature
    # A signature is base64; an object is what the responses wire keeps in its place.
    if not message.reasoning or not signature or signature.startswith("{"):
        return []
    proven = {"text": message.reasoning, "signature": signature}
    return [{"reasoningContent": {"reasoningText": proven}}]


@dataclass(slots=True)
class _CallInProgress:
    id: str
    name: str
    pieces: list[str] = field(default_factory=list)


class ReplyAssembler:
    """Turns the messages of one reply's event stream into stream events."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._calls: dict[int, _CallInProgress] = {}
        self._signatures: dict[int, str] = {}
        self._reasoning_blocks: set[int] = set()
        self._stop_reason = ""

    def feed(self, message: EventMessage) -> list[StreamEvent]:
        """The events that `message` brings.

        Raises:
            ProviderError: the message is an exception.
        """
        payload = decode_object(message.payload.decode("utf-8", "replace"))
        if message.headers.get(":message-type", "event") != "event":
            raise self._error(message, payload)
        return self.take(message.headers.get(":event-type", ""), payload)

    def take(self, kind: str, payload: dict[str, Any]) -> list[StreamEvent]:
        """`feed` for the payload of an event that is no exception."""
        match kind:
            case "contentBlockStart":
                tool_use = as_object(as_object(payload.get("start")).get("toolUse"))
                if tool_use:
                    self._calls[self._index(payload)] = _CallInProgress(
                        clean_text(tool_use.get("toolUseId")), clean_text(tool_use.get("name"))
                    )
            case "contentBlockDelta":
                return self._take_delta(self._index(payload), as_object(payload.get("delta")))
            case "messageStop":
                self._stop_reason = clean_text(payload.get("stopReason"))
            case "metadata":
                usage = normalise_usage(as_object(payload.get("usage")))
                return [UsageReported(usage)] if usage else []
        return []

    def finish(self) -> Finished:
        """The closing event.

        Raises:
            ProviderError: no finish reason has come; the reply was cut off.
        """
        if not self._stop_reason:
            raise failures.cut_error(self._endpoint)
        calls = (call for _, call in sorted(self._calls.items()))
        # One signature proves one block of reasoning; several cannot be replayed as one.
        provable = len(self._reasoning_blocks) == 1
        return Finished(
            reason=_FINISH_REASONS.get(self._stop_reason, "other"),
            tool_calls=tuple(
                ToolCall(call.id, call.name, "".join(call.pieces) or "{}") for call in calls
            ),
            reasoning_signature="".join(self._signatures.values()) if provable else "",
            raw_reason=self._stop_reason,
        )

    def _take_delta(self, index: int, delta: dict[str, Any]) -> list[StreamEvent]:
        if piece := clean_text(delta.get("text")):
            return [TextChunk(piece)]
        call = self._calls.get(index)
        if call is not None:
            call.pieces.append(clean_text(as_object(delta.get("toolUse")).get("input")))
        reasoning = as_object(delta.get("reasoningContent"))
        if reasoning:
            self._reasoning_blocks.add(index)
        if signature := clean_text(reasoning.get("signature")):
            self._signatures[index] = self._signatures.get(index, "") + signature
        if piece := clean_text(reasoning.get("text")):
            return [ReasoningChunk(piece)]
        return []

    def _index(self, payload: dict[str, Any]) -> int:
        index = payload.get("contentBlockIndex")
        return index if isinstance(index, int) else 0

    def _error(self, message: EventMessage, payload: dict[str, Any]) -> Exception:
        headers = message.headers
        kind = headers.get(":exception-type") or headers.get(":error-code", "")
        said = clean_text(payload.get("message")) or headers.get(":error-message", "") or kind
        if kind == "validationException":
            return failures.stream_error(self._endpoint, said, code="bad_request", retryable=False)
        code = _PASSING_EXCEPTIONS.get(kind, "server")
        return failures.stream_error(self._endpoint, said, code=code)


def normalise_usage(reported: dict[str, Any]) -> Usage | None:
    """Converse's counts, which do not overlap to begin with; None when there are none."""
    input_tokens = token_count(reported.get("inputTokens"))
    output_tokens = token_count(reported.get("outputTokens"))
    if input_tokens is None and output_tokens is None:
        return None
    details = reported.get("cacheDetails")
    written_1h = sum(
        token_count(as_object(entry).get("inputTokens")) or 0
        for entry in (details if isinstance(details, list) else ())
        if as_object(entry).get("ttl") == "1h"
    )
    written = token_count(reported.get("cacheWriteInputTokens")) or 0
    return Usage(
        input_tokens=input_tokens or 0,
        cache_read_tokens=token_count(reported.get("cacheReadInputTokens")) or 0,
        cache_creation_tokens=max(written, written_1h),
        cache_creation_1h_tokens=written_1h,
        output_tokens=output_tokens or 0,
    )


class BedrockProvider:
    """The Converse API bound to an endpoint; see `base.Provider`."""

    def __init__(self, endpoint: Endpoint, *, read_timeout_seconds: float | None = None) -> None:
        self._endpoint = endpoint
        self._transport = http.HttpTransport(endpoint, read_timeout_seconds=read_timeout_seconds)

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """See `base.Provider.stream`; closing the generator closes the connection at once."""
        endpoint = self._endpoint
        body, headers = await asyncio.to_thread(self._prepare, request)
        url = converse_url(endpoint)
        reply = ReplyAssembler(endpoint)
        if not endpoint.streams:
            whole = await self._transport.post_whole(url, headers, body)
            for event in await asyncio.to_thread(read_whole, endpoint, whole, reply):
                yield event
            yield reply.finish()
            return
        messages = self._transport.post(url, headers, body, EventStreamParser(), _is_last)
        try:
            async with aclosing(messages):
                async for message in messages:
                    for event in reply.feed(message):
                        yield event
        except DamagedStreamError as error:
            raise failures.cut_error(endpoint, str(error)) from error
        yield reply.finish()

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _prepare(self, request: ModelRequest) -> tuple[bytes, dict[str, str]]:
        body = encode_body(build_body(request, self._endpoint))
        return body, build_headers(self._endpoint, body, at=datetime.now(UTC))


def _is_last(message: EventMessage) -> bool:
    return message.headers.get(":event-type") == "metadata"
