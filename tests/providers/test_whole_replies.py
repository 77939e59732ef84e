"""Replies without streaming: on every wire they mean what the streamed ones mean, faults included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from support.aws_frames import event
from support.canned_server import CannedServer, Received
from support.scripted_server import (
    KEY,
    WIRES,
    ask,
    collect,
    ending,
    endpoint,
    last_usage,
    reasoning_of,
    text_of,
)
from support.worker import running_worker

from clacky_tui import events
from clacky_tui.agent.target import configured_target, stand_in_target
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.messages import ToolCall
from clacky_tui.errors import ProviderError
from clacky_tui.providers.base import Endpoint, StreamEvent, WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.factory import make_provider
from clacky_tui.providers.openai_responses import unpack_reasoning
from clacky_tui.providers.wire_json import decode_object, encode_body

ALL_WIRES: tuple[WireFormat, ...] = get_args(WireFormat)
JSON = "application/json"
STEP = Step(
    "Hello, 终端 🙂.",
    reasoning="Let me think.",
    tool_calls=(
        ScriptedCall("read", {"path": "ä", "from": 1.5}, id="c1"),
        ScriptedCall("list", {}, id="c2"),
    ),
)

REASONING = {
    "type": "reasoning",
    "encrypted_content": "ENC",
    "summary": [
        {"type": "summary_text", "text": "Let me"},
        {"type": "summary_text", "text": "think."},
    ],
}
SAID = {
    "type": "message",
    "content": [{"type": "output_text", "text": "Hello, 终端 🙂."}],
}
CALL = {"type": "function_call", "call_id": "c1", "name": "read", "arguments": '{"path": "ä"}'}
RESPONSE = {
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "output": [REASONING, SAID, CALL],
    "usage": {
        "input_tokens": 90,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "cost": 0.000123456789,
    },
}
COUNTED = {
    "inputTokens": 9,
    "outputTokens": 20,
    "cacheReadInputTokens": 70,
    "cacheWriteInputTokens": 30,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 10}],
}
CONVERSED = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {
                    "reasoningContent": {
                        "reasoningText": {"text": "Let me think.", "signature": "SIG"}
                    }
                },
                {"text": "Hello, 终端 🙂."},
                {"toolUse": {"toolUseId": "c1", "name": "read", "input": {"path": "ä"}}},
                {"toolUse": {"toolUseId": "c2", "name": "list", "input": {}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": COUNTED,
}
ERROR = {"message": "no such plan", "type": "some_error", "code": None}
NO_REPLY: Mapping[WireFormat, Any] = {
    "anthropic": {"type": "message", "content": None, "stop_reason": "end_turn"},
    "openai_chat": {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 0}},
    "openai_responses": {"status": "completed"},
    "bedrock": {"stopReason": "end_turn"},
}
UNFINISHED: Mapping[WireFormat, Any] = {
    "anthropic": {"type": "message", "content": [{"type": "text", "text": "half"}]},
    "openai_chat": {"choices": [{"message": {"content": "half"}, "finish_reason": None}]},
    "bedrock": {"output": {"message": {"content": [{"text": "half"}]}}},
}


def sse(*payloads: dict[str, Any]) -> bytes:
    return b"".join(
        f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode()
        for payload in payloads
    )


def streamed_response() -> bytes:
    pieces: list[dict[str, Any]] = [
        {"type": "response.reasoning_summary_part.added", "summary_index": 0},
        {"type": "response.reasoning_summary_text.delta", "delta": "Let me"},
        {"type": "response.reasoning_summary_part.added", "summary_index": 1},
        {"type": "response.reasoning_summary_text.delta", "delta": "think."},
        {"type": "response.output_item.done", "output_index": 0, "item": REASONING},
        {"type": "response.output_text.delta", "delta": "Hello, "},
        {"type": "response.output_text.delta", "delta": "终端 🙂."},
        {"type": "response.output_item.done", "output_index": 1, "item": SAID},
        {"type": "response.output_item.done", "output_index": 2, "item": CALL},
        {"type": "response.completed", "response": RESPONSE},
    ]
    return sse(*pieces)


def streamed_conversation() -> bytes:
    def delta(index: int, **fields: Any) -> bytes:
        return event("contentBlockDelta", {"contentBlockIndex": index, "delta": fields})

    def start(index: int, call_id: str, name: str) -> bytes:
        tool_use = {"toolUse": {"toolUseId": call_id, "name": name}}
        return event("contentBlockStart", {"contentBlockIndex": index, "start": tool_use})

    return b"".join(
        (
            delta(0, reasoningContent={"text": "Let me "}),
            delta(0, reasoningContent={"text": "think."}),
            delta(0, reasoningContent={"signature": "SIG"}),
            delta(1, text="Hello, "),
            delta(1, text="终端 🙂."),
            start(2, "c1", "read"),
            delta(2, toolUse={"input": '{"path": "ä"}'}),
            start(3, "c2", "list"),
            event("messageStop", {"stopReason": "tool_use"}),
            event("metadata", {"usage": COUNTED}),
        )
    )


async def play(there: Endpoint, url: str) -> list[StreamEvent]:
    provider = make_provider(replace(there, base_url=url))
    try:
        return await collect(provider, ask("hi", tools=("read",)))
    finally:
        await provider.aclose()


async def canned(
    wire: WireFormat, body: bytes, *, streams: bool = False, content_type: str = JSON
) -> tuple[list[StreamEvent], Received]:
    with CannedServer((200, content_type, body)) as server:
        heard = await play(replace(endpoint(wire, ""), streams=streams), server.url)
        return heard, server.received[0]


async def both_ways(wire: WireFormat) -> tuple[list[StreamEvent], list[StreamEvent]]:
    """The events of the same reply, streamed and whole."""
    if wire == "openai_responses":
        whole = json.dumps(RESPONSE).encode()
        stream = streamed_response()
    elif wire == "bedrock":
        whole = json.dumps(CONVERSED).encode()
        stream = streamed_conversation()
    else:
        replies = []
        for streams in (True, False):
            with DemoServer([STEP], tokens_per_second=0) as server:
                there = replace(server.endpoint(wire), api_key=KEY, streams=streams)
                replies.append(await play(there, there.base_url))
        return replies[0], replies[1]
    streamed, _ = await canned(wire, stream, streams=True, content_type="text/event-stream")
    return streamed, (await canned(wire, whole))[0]


async def fail(wire: WireFormat, body: bytes, content_type: str = JSON) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await canned(wire, body, content_type=content_type)
    assert KEY not in f"{caught.value} {caught.value.hint}"
    return caught.value


def plain(call: ToolCall) -> tuple[str, str, Any]:
    return call.id, call.name, json.loads(call.arguments or "{}")


@pytest.mark.parametrize("wire", ALL_WIRES)
async def test_a_whole_reply_means_what_the_streamed_one_means(wire: WireFormat) -> None:
    streamed, whole = await both_ways(wire)
    assert text_of(whole) == text_of(streamed) == "Hello, 终端 🙂."
    assert reasoning_of(whole) == reasoning_of(streamed) != ""
    assert last_usage(whole) == last_usage(streamed)
    expected, finished = ending(streamed), ending(whole)
    assert replace(finished, tool_calls=()) == replace(expected, tool_calls=())
    assert finished.reason == "tool_calls"
    # Where arguments are a JSON object rather than text, the spaces between are not the model's own.
    assert [plain(call) for call in finished.tool_calls] == [
        plain(call) for call in expected.tool_calls
    ]
    if wire == "openai_responses":
        assert unpack_reasoning(finished.reasoning_signature, "some-model") == [(0, "ENC")]
    elif wire != "openai_chat":
        assert finished.reasoning_signature


@pytest.mark.parametrize("wire", ALL_WIRES)
async def test_the_request_is_the_same_without_the_stream_options(wire: WireFormat) -> None:
    requests = []
    for streams in (True, False):
        with CannedServer((500, JSON, b"{}")) as server:
            with pytest.raises(ProviderError):
                await play(replace(endpoint(wire, ""), streams=streams), server.url)
            requests.append(server.received[0])
    streamed, whole = requests
    kept = json.loads(streamed.body)
    kept.pop("stream", None)
    kept.pop("stream_options", None)
    assert whole.body == encode_body(kept)
    assert whole.headers["accept"] == JSON
    assert streamed.headers["accept"] != JSON
    assert whole.path == streamed.path.removesuffix("-stream")


async def test_the_price_of_a_whole_reply_is_exact() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.000123456789}
    with DemoServer([Step("x", usage=usage)], tokens_per_second=0) as server:
        there = replace(server.endpoint("openai_chat"), streams=False)
        reported = last_usage(await play(there, there.base_url))
    assert reported.api_cost == Decimal("0.000123456789")


async def test_calls_without_ids_stay_apart() -> None:
    function = {"name": "read", "arguments": "{}"}
    message = {"content": None, "tool_calls": [{"function": function}, {"function": function}]}
    reply = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    heard, _ = await canned("openai_chat", json.dumps(reply).encode())
    first, second = ending(heard).tool_calls
    assert first.id != second.id
    assert (first.arguments, second.arguments) == ("{}", "{}")


async def test_a_refusal_and_a_reply_cut_by_its_limit_are_told_apart() -> None:
    said = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
    refused = {"status": "completed", "output": [said]}
    heard, _ = await canned("openai_responses", json.dumps(refused).encode())
    assert (text_of(heard), ending(heard).reason) == ("No.", "refusal")
    limit = {"reason": "max_output_tokens"}
    cut = {"status": "incomplete", "incomplete_details": limit, "output": [SAID]}
    heard, _ = await canned("openai_responses", json.dumps(cut).encode())
    assert ending(heard).reason == "length"


def test_fractions_in_arguments_survive_the_way_through_json() -> None:
    assert encode_body(decode_object('{"x": 0.1, "y": 2e3}')) == b'{"x":0.1,"y":2000.0}'


@pytest.mark.parametrize("wire", ALL_WIRES)
async def test_a_web_page_is_told_apart(wire: WireFormat) -> None:
    error = await fail(wire, b"\n<!doctype html><title>Sign in</title>", "text/html")
    assert (error.code, error.retryable) == ("bad_reply", True)
    assert "web page" in error.message


@pytest.mark.parametrize("wire", ALL_WIRES)
async def test_an_error_with_status_200_tells_its_message(wire: WireFormat) -> None:
    body = json.dumps({"type": "error", "error": {**ERROR, "message": f"no such plan, {KEY}"}})
    error = await fail(wire, body.encode())
    assert error.retryable
    assert "no such plan" in error.message


@pytest.mark.parametrize("wire", ALL_WIRES)
@pytest.mark.parametrize("body", [b"", b" \n"])
async def test_an_empty_reply_was_cut(wire: WireFormat, body: bytes) -> None:
    error = await fail(wire, body)
    assert (error.code, error.retryable) == ("cut", True)


@pytest.mark.parametrize("wire", ALL_WIRES)
@pytest.mark.parametrize("body", [b'{"choices": [{"mess', b"[]", b"{}", b"3", b"[" * 100_000])
async def test_a_body_that_is_no_reply_is_worth_another_try(wire: WireFormat, body: bytes) -> None:
    error = await fail(wire, body)
    assert (error.code, error.retryable) == ("bad_reply", True)


@pytest.mark.parametrize("wire", ALL_WIRES)
async def test_a_reply_without_its_content_is_worth_another_try(wire: WireFormat) -> None:
    error = await fail(wire, json.dumps(NO_REPLY[wire]).encode())
    assert (error.code, error.retryable) == ("bad_reply", True)


@pytest.mark.parametrize("wire", UNFINISHED)
async def test_a_reply_without_a_finish_reason_was_cut(wire: WireFormat) -> None:
    error = await fail(wire, json.dumps(UNFINISHED[wire]).encode())
    assert (error.code, error.retryable) == ("cut", True)


async def test_a_failed_response_tells_why_and_a_full_context_is_final() -> None:
    reply = {"status": "failed", "output": [], "error": {**ERROR, "code": "rate_limit_exceeded"}}
    error = await fail("openai_responses", json.dumps(reply).encode())
    assert (error.code, error.retryable) == ("rate_limit", True)
    reply["error"] = {"code": "context_length_exceeded", "message": "too long"}
    error = await fail("openai_responses", json.dumps(reply).encode())
    assert (error.code, error.retryable) == ("bad_request", False)
    error = await fail("openai_responses", b'{"status": "failed", "output": []}')
    assert error.retryable


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("cut_after_bytes", [0, 1, 40])
async def test_a_connection_that_breaks_in_a_reply_is_worth_another_try(
    wire: WireFormat, cut_after_bytes: int
) -> None:
    with DemoServer([Step("half", cut_after_bytes=cut_after_bytes)], tokens_per_second=0) as server:
        there = replace(server.endpoint(wire), streams=False)
        with pytest.raises(ProviderError) as caught:
            await play(there, there.base_url)
    assert (caught.value.code, caught.value.retryable) == ("cut", True)


@pytest.mark.parametrize("wire", WIRES)
async def test_the_demo_model_answers_scripted_errors_whole(wire: WireFormat) -> None:
    said = {"type": "overloaded_error", "message": "Overloaded"}
    with DemoServer([Step("half", error_event=said)], tokens_per_second=0) as server:
        there = replace(server.endpoint(wire), streams=False)
        with pytest.raises(ProviderError, match="Overloaded") as caught:
            await play(there, there.base_url)
    assert caught.value.retryable


@pytest.mark.parametrize("wire", ALL_WIRES)
async def test_a_cancelled_wait_closes_the_connection_at_once(wire: WireFormat) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        left.set()
        writer.close()

    async with await asyncio.start_server(never_answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        task = asyncio.create_task(play(replace(endpoint(wire, ""), streams=False), url))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await left.wait()


@pytest.mark.parametrize("wire", WIRES)
async def test_one_connection_serves_whole_replies_one_after_the_other(wire: WireFormat) -> None:
    with DemoServer([Step("a"), Step("b")], tokens_per_second=0) as server:
        provider = make_provider(replace(server.endpoint(wire), streams=False))
        answers = [text_of(await collect(provider, ask("hi"))) for _ in range(2)]
        ports = {request.client_port for request in server.requests}
        await provider.aclose()
    assert answers == ["a", "b"]
    assert len(ports) == 1


@pytest.mark.parametrize("wire", WIRES)
async def test_a_task_with_a_tool_runs_on_whole_replies(wire: WireFormat, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("green\n")
    look = ScriptedCall("file_reader", {"path": "a.txt"})
    steps = [Step("I look.", tool_calls=(look,)), Step("Green.")]
    async with running_worker(steps, tmp_path, wire=wire, stream=False) as harness:
        assert (await harness.ask("What colour?")).outcome == "done"
        assert [said.text for said in harness.all(events.TextDone)] == ["I look.", "Green."]
        first, second = harness.server.requests
    assert not {"stream", "stream_options"} & (set(first.body) | set(second.body))
    assert b"green" in second.raw


def test_a_model_entry_turns_streaming_off_for_its_stand_in_too() -> None:
    entry = ModelEntry(
        model="a",
        api_key=SecretStr(KEY),
        base_url="http://127.0.0.1:9",
        stream=False,
        fallback_model="b",
    )
    assert not configured_target(entry).provider.endpoint.streams
    stand_in = stand_in_target(entry, Settings(models=(entry,)))
    assert stand_in is not None
    assert not stand_in.provider.endpoint.streams
