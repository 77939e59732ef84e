"""The Responses API: exact request bytes, replies put together from frames, faults over real HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.canned_server import CannedServer
from support.scripted_server import (
    KEY,
    ask,
    collect,
    ending,
    endpoint,
    last_usage,
    reasoning_of,
    text_of,
    user,
)

from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ProviderError
from clacky_tui.providers.base import StreamEvent
from clacky_tui.providers.openai_responses import (
    OpenAIResponsesProvider,
    ReplyAssembler,
    build_body,
    pack_reasoning,
    unpack_reasoning,
)
from clacky_tui.providers.sse import SseFrame
from clacky_tui.providers.wire_json import encode_body

OPENAI = endpoint("openai_responses", "https://api.openai.com/v1", "gpt-5.5")
SSE = "text/event-stream"


def assistant(text: str, *calls: ToolCall, signature: str = "") -> Message:
    return Message(
        "assistant", text, Origin.MODEL, tool_calls=calls, reasoning_signature=signature, task_id=7
    )


def result(call_id: str, content: Any) -> Message:
    return Message("tool", content, Origin.TOOL, tool_call_id=call_id)


def items(*messages: Message, model: str = "gpt-5.5") -> list[dict[str, Any]]:
    body = build_body(ask(*messages), replace(OPENAI, model=model))
    sent: list[dict[str, Any]] = body["input"]
    return sent


def replay(*payloads: dict[str, Any]) -> list[StreamEvent]:
    assembler = ReplyAssembler(OPENAI)
    events: list[StreamEvent] = []
    for payload in payloads:
        events += assembler.feed(SseFrame(payload["type"], json.dumps(payload)))
    return [*events, assembler.finish()]


def completed(**response: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"status": "completed", **response}}


def item(done: bool, index: int, **fields: Any) -> dict[str, Any]:
    kind = "done" if done else "added"
    return {"type": f"response.output_item.{kind}", "output_index": index, "item": fields}


def frames(*payloads: dict[str, Any]) -> bytes:
    return b"".join(
        f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode()
        for payload in payloads
    )


def test_request_bytes_are_exactly_these() -> None:
    signature = pack_reasoning("gpt-5.5", [(0, "ENC")])
    history = (
        user("look 终端"),
        assistant("Reading.", ToolCall("c1", "read", '{"path": "a"}'), signature=signature),
        result("c1", "A"),
    )
    request = ask(*history, tools=("read",), session_id="s1", reasoning_level="high")
    assert encode_body(build_body(request, OPENAI)).decode() == (
        '{"model":"gpt-5.5","max_output_tokens":1000,"stream":true,"store":false,'
        '"include":["reasoning.encrypted_content"],'
        '"reasoning":{"effort":"high","summary":"auto"},"prompt_cache_key":"s1",'
        '"tools":[{"type":"function","name":"read","description":"Does read.",'
        '"parameters":{"type":"object","properties":{}},"strict":false}],'
        '"instructions":"Be brief.",'
        '"input":[{"type":"message","role":"user",'
        '"content":[{"type":"input_text","text":"look 终端"}]},'
        '{"type":"reasoning","summary":[],"encrypted_content":"ENC"},'
        '{"type":"message","role":"assistant",'
        '"content":[{"type":"output_text","text":"Reading."}]},'
        '{"type":"function_call","call_id":"c1","name":"read","arguments":"{\\"path\\": \\"a\\"}"},'
        '{"type":"function_call_output","call_id":"c1","output":"A"}]}'
    )


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-5-chat-latest"])
def test_a_model_that_does_not_reason_is_not_asked_for_reasoning(model: str) -> None:
    body = build_body(ask("x", reasoning_level="low"), replace(OPENAI, model=model))
    assert not {"include", "reasoning"} & set(body)


def test_cache_marks_leave_no_trace() -> None:
    assert b"cache_control" not in encode_body(build_body(ask("x", cache_marks=(0,)), OPENAI))


def test_reasoning_goes_back_before_the_call_it_led_to() -> None:
    signature = pack_reasoning("gpt-5.5", [(0, "E0"), (1, "E1"), (2, "nothing follows")])
    reply = assistant("", ToolCall("a", "t", "{}"), ToolCall("b", "t", ""), signature=signature)
    kinds = [(sent["type"], sent.get("encrypted_content")) for sent in items(reply)]
    assert kinds == [
        ("reasoning", "E0"),
        ("function_call", None),
        ("reasoning", "E1"),
        ("function_call", None),
    ]


def test_reasoning_of_another_model_or_wire_stays_here() -> None:
    signature = pack_reasoning("gpt-5.5", [(0, "E")])
    assert [sent["type"] for sent in items(assistant("a", signature=signature), model="o3")] == [
        "message"
    ]
    assert [sent["type"] for sent in items(assistant("a", signature="ErUBCkYIBx="))] == ["message"]


def test_reasoning_that_led_to_nothing_is_left_out() -> None:
    signature = pack_reasoning("gpt-5.5", [(0, "E")])
    assert items(assistant("", signature=signature)) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.text())))
def test_packed_reasoning_comes_back_whole(packed: list[tuple[int, str]]) -> None:
    clean = [(n, text.encode("utf-8", "replace").decode()) for n, text in packed]
    assert unpack_reasoning(pack_reasoning("m", clean), "m") == clean


@given(st.text())
def test_any_text_may_stand_in_the_place_of_packed_reasoning(text: str) -> None:
    unpack_reasoning(text, "m")
    unpack_reasoning(
        json.dumps({"model": "m", "reasoning": [text, [1], [1, 2], [text, text]]}), "m"
    )


def test_pictures_travel_in_questions_and_in_results() -> None:
    parts = (TextPart("see"), ImagePart("image/png", "QUJD"))
    picture = {"type": "input_image", "image_url": "data:image/png;base64,QUJD"}
    sent = items(Message("user", parts, Origin.USER), result("c", parts))
    assert (
        sent[0]["content"] == sent[1]["output"] == [{"type": "input_text", "text": "see"}, picture]
    )


def test_blank_text_becomes_dots() -> None:
    assert items(user(" "))[0]["content"] == [{"type": "input_text", "text": "..."}]


def test_a_reply_with_reasoning_text_and_calls_is_put_together() -> None:
    events = replay(
        {"type": "response.created", "response": {}},
        {"type": "response.reasoning_summary_text.delta", "delta": "One"},
        {"type": "response.reasoning_summary_part.added", "summary_index": 1},
        {"type": "response.reasoning_summary_text.delta", "delta": "two"},
        item(True, 0, type="reasoning", encrypted_content="ENC"),
        {"type": "response.output_text.delta", "delta": "Hi "},
        {"type": "response.output_text.delta", "delta": "终端"},
        item(False, 2, type="function_call", call_id="c1", name="read", arguments=""),
        {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": '{"a"'},
        item(False, 3, type="function_call", call_id="c2", name="list", arguments=""),
        {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": ":1}"},
        item(True, 2, type="function_call", call_id="c1", name="read", arguments='{"a":1}'),
        item(True, 3, type="function_call", call_id="c2", name="list", arguments="{}"),
        completed(),
    )
    assert text_of(events) == "Hi 终端"
    assert reasoning_of(events) == "One\n\ntwo"
    finished = ending(events)
    assert finished.reason == "tool_calls"
    assert finished.tool_calls == (
        ToolCall("c1", "read", '{"a":1}'),
        ToolCall("c2", "list", "{}"),
    )
    assert unpack_reasoning(finished.reasoning_signature, "gpt-5.5") == [(0, "ENC")]


def test_a_call_cut_by_the_output_limit_keeps_what_came() -> None:
    events = replay(
        item(False, 0, type="function_call", call_id="c", name="write", arguments=""),
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"x": "ha'},
        {
            "type": "response.incomplete",
            "response": {
                "status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"},
            },
        },
    )
    finished = ending(events)
    assert (finished.reason, finished.raw_reason) == ("length", "max_output_tokens")
    assert finished.tool_calls == (ToolCall("c", "write", '{"x": "ha'),)


def test_a_refusal_is_told_apart() -> None:
    events = replay({"type": "response.refusal.delta", "delta": "I will not."}, completed())
    assert (text_of(events), ending(events).reason) == ("I will not.", "refusal")


def test_usage_comes_in_classes_that_do_not_overlap() -> None:
    usage = {
        "input_tokens": 2600,
        "input_tokens_details": {"cached_tokens": 2000},
        "output_tokens": 50,
        "output_tokens_details": {"reasoning_tokens": 30},
        "cost": 0.25,
    }
    reported = last_usage(replay(completed(usage=usage)))
    assert reported.usage == Usage(600, 2000, output_tokens=50, reasoning_tokens=30)
    assert reported.api_cost is not None
    assert reported.api_cost == Decimal("0.25")


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        ({"code": "rate_limit_exceeded", "message": "slow down"}, "rate_limit", True),
        ({"code": "server_error", "message": "oops"}, "server", True),
        ({"code": "context_length_exceeded", "message": "too long"}, "bad_request", False),
        ({"code": "insufficient_quota", "message": "empty"}, "credit", False),
        ({}, "server", True),
    ],
)
@pytest.mark.parametrize("shape", ["failed", "nested", "flat"])
def test_an_error_inside_the_stream_says_what_to_do(
    shape: str, error: dict[str, str], code: str, retryable: bool
) -> None:
    payload: dict[str, Any] = {"type": "error", "error": error}
    if shape == "failed":
        payload = {"type": "response.failed", "response": {"error": error}}
    elif shape == "flat":
        payload = {"type": "error", **error}
        if not error:
            # With nothing else said, its own type is all there is to tell.
            payload["message"] = "unknown"
    with pytest.raises(ProviderError) as caught:
        replay(payload)
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert error.get("message", "") in caught.value.message


async def test_a_reply_arrives_over_http() -> None:
    reply = frames({"type": "response.output_text.delta", "delta": "Hi"}, completed())
    with CannedServer((200, SSE, reply)) as server:
        there = replace(OPENAI, base_url=f"{server.url}/v1")
        provider = OpenAIResponsesProvider(there)
        request = ask("q")
        events = await collect(provider, request)
        await provider.aclose()
    assert (text_of(events), ending(events).reason) == ("Hi", "stop")
    [received] = server.received
    assert received.path == "/v1/responses"
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.body == encode_body(build_body(request, there))


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((200, SSE, frames({"type": "response.output_text.delta", "delta": "H"})), "cut"),
        ((200, "application/json", b'{"error": {"message": "no"}}'), "bad_reply"),
        ((401, "application/json", b'{"error": {"message": "bad key"}}'), "auth"),
    ],
)
async def test_a_reply_that_is_none_is_told(reply: tuple[int, str, bytes], code: str) -> None:
    with CannedServer(reply) as server:
        provider = OpenAIResponsesProvider(replace(OPENAI, base_url=server.url))
        with pytest.raises(ProviderError) as caught:
            await collect(provider, ask("q"))
        await provider.aclose()
    assert caught.value.code == code
