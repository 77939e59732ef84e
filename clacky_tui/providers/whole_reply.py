"""A reply that comes as one JSON object, read as the stream of the same reply would be.

Each wire's reply is taken apart into the payloads its own assembler knows, so that what a reply means
is decided in one place. Shapes after each vendor's API reference for requests without streaming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from clacky_tui.i18n import tr
from clacky_tui.providers import failures
from clacky_tui.providers.base import Endpoint, StreamEvent, WireFormat
from clacky_tui.providers.wire_json import as_object, decode_object, encode_body

_Object = dict[str, Any]
_Parts = Iterator[tuple[str, _Object]]
"""(kind, payload) of the frames a stream would have had; none when the object is no reply."""


class Assembler(Protocol):
    """The part of a wire's assembler that is needed here."""

    def take(self, kind: str, payload: dict[str, Any]) -> list[StreamEvent]: ...


def read_whole(endpoint: Endpoint, body: bytes, assembler: Assembler) -> list[StreamEvent]:
    """The events of the reply in `body`, but for the closing one, which `assembler` has then.

    Raises:
        ProviderError: the body is empty, an error, or no reply of this wire.
    """
    if not body.strip():
        raise failures.cut_error(endpoint, tr("it is empty"))
    reply = decode_object(body.decode("utf-8-sig", "replace"))
    parts = list(_PARTS[endpoint.wire](reply))
    if not parts:
        raise failures.no_reply_error(endpoint, body)
    return [event for kind, payload in parts for event in assembler.take(kind, payload)]


def _anthropic(reply: _Object) -> _Parts:
    if reply.get("type") == "error":
        yield "error", reply
        return
    if not isinstance(reply.get("content"), list):
        return
    for index, block in enumerate(_objects(reply["content"])):
        yield "content_block_start", {"index": index, "content_block": block}
        if signature := block.get("signature"):
            proof = {"type": "signature_delta", "signature": signature}
            yield "content_block_delta", {"index": index, "delta": proof}
    ending = {"stop_reason": reply.get("stop_reason")}
    yield "message_delta", {"delta": ending, "usage": reply.get("usage")}


def _openai_chat(reply: _Object) -> _Parts:
    if reply.get("error"):
        yield "message", reply
        return
    choice = next(iter(_objects(reply.get("choices"))), None)
    if choice is None:
        return
    message = as_object(choice.get("message"))
    # In a whole reply the place in the list is the index, and an id may be missing.
    calls = [
        {**call, "index": index} for index, call in enumerate(_objects(message.get("tool_calls")))
    ]
    yield "message", {**reply, "choices": [{**choice, "delta": {**message, "tool_calls": calls}}]}


def _openai_responses(reply: _Object) -> _Parts:
    if as_object(reply.get("error")):
        yield "error", reply
        return
    if not isinstance(reply.get("output"), list):
        return
    for index, item in enumerate(_objects(reply["output"])):
        for number, summary in enumerate(_objects(item.get("summary"))):
            yield "response.reasoning_summary_part.added", {"summary_index": number}
            yield "response.reasoning_summary_text.delta", {"delta": summary.get("text")}
        for content in _objects(item.get("content")):
            match content.get("type"):
                case "output_text" | "reasoning_text" as kind:
                    yield f"response.{kind}.delta", {"delta": content.get("text")}
                case "refusal":
                    yield "response.refusal.delta", {"delta": content.get("refusal")}
        yield "response.output_item.done", {"output_index": index, "item": item}
    failed = reply.get("status") == "failed"
    yield "response.failed" if failed else "response.completed", {"response": reply}


def _bedrock(reply: _Object) -> _Parts:
    content = as_object(as_object(reply.get("output")).get("message")).get("content")
    if not isinstance(content, list):
        return
    for index, block in enumerate(_objects(content)):
        delta: _Object = {"text": block.get("text")}
        if tool_use := as_object(block.get("toolUse")):
            start = {"toolUse": tool_use}
            yield "contentBlockStart", {"contentBlockIndex": index, "start": start}
            arguments = encode_body(as_object(tool_use.get("input"))).decode()
            delta = {"toolUse": {"input": arguments}}
        if reasoning := as_object(block.get("reasoningContent")):
            # A block that is encrypted as a whole has no text, and counts as one all the same.
            delta = {"reasoningContent": reasoning.get("reasoningText") or reasoning}
        yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
    yield "messageStop", {"stopReason": reply.get("stopReason")}
    yield "metadata", {"usage": reply.get("usage")}


def _objects(value: Any) -> list[_Object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_PARTS: Mapping[WireFormat, Callable[[_Object], _Parts]] = {
    "anthropic": _anthropic,
    "openai_chat": _openai_chat,
    "openai_responses": _openai_responses,
    "bedrock": _bedrock,
}
