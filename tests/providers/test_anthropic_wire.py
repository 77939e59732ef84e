"""The Messages API: exact request bytes, and replies put together from frames."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scripted_server import KEY, ask, ending, endpoint, last_usage, text_of, user

from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall, ToolSchema
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ProviderError
from clacky_tui.providers.anthropic import (
    ReplyAssembler,
    build_body,
    build_headers,
    messages_url,
    normalise_usage,
)
from clacky_tui.providers.base import CachePlan, StreamEvent
from clacky_tui.providers.claude import thinks_within_budget
from clacky_tui.providers.sse import SseFrame
from clacky_tui.providers.wire_json import encode_body

NATIVE = endpoint("anthropic", "https://api.anthropic.com", "claude-sonnet-4-5")
ELSEWHERE = endpoint("anthropic", "https://api.kimi.com/coding", "kimi-for-coding")
MARK = {"cache_control": {"type": "ephemeral"}}


def assistant(text: str, *calls: ToolCall, reasoning: str = "", signature: str = "") -> Message:
    return Message(
        "assistant",
        text,
        Origin.MODEL,
        tool_calls=calls,
        reasoning=reasoning,
        reasoning_signature=signature,
        task_id=7,
    )


def result(call_id: str, content: str) -> Message:
    return Message("tool", content, Origin.TOOL, tool_call_id=call_id)


def replay(*frames: dict[str, Any]) -> list[StreamEvent]:
    assembler = ReplyAssembler(NATIVE)
    events: list[StreamEvent] = []
    for frame in frames:
        events += assembler.feed(SseFrame(frame["type"], json.dumps(frame)))
    return [*events, assembler.finish()]


def stop(reason: str = "end_turn") -> dict[str, Any]:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": reason},
        "usage": {"output_tokens": 9},
    }


def test_request_bytes_are_exactly_these() -> None:
    history = (
        user("look 终端"),
        assistant("Reading.", ToolCall("c1", "read", '{"path": "a"}'), ToolCall("c2", "read", "{")),
        result("c1", "A"),
        result("c2", "B"),
    )
    request = ask(*history, tools=("read",), cache_marks=(0, 3), session_id="s1")
    assert encode_body(build_body(request, NATIVE)).decode() == (
        '{"model":"claude-sonnet-4-5","max_tokens":1000,"stream":true,'
        '"tools":[{"name":"read","description":"Does read.",'
        '"input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}}],'
        '"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],'
        '"messages":[{"role":"user","content":[{"type":"text","text":"look 终端",'
        '"cache_control":{"type":"ephemeral"}}]},'
        '{"role":"assistant","content":[{"type":"text","text":"Reading."},'
        '{"type":"tool_use","id":"c1","name":"read","input":{"path":"a"}},'
        '{"type":"tool_use","id":"c2","name":"read","input":{}}]},'
        '{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"A"},'
        '{"type":"tool_result","tool_use_id":"c2","content":"B",'
        '"cache_control":{"type":"ephemeral"}}]}]}'
    )


def test_only_the_last_marks_fit_beside_tools_and_system() -> None:
    body = build_body(ask(*"abcde", tools=("t",), cache_marks=(0, 1, 2, 4)), NATIVE)
    assert encode_body(body).count(b"cache_control") == 4
    [message] = body["messages"]
    assert [i for i, block in enumerate(message["content"]) if "cache_control" in block] == [2, 4]


def test_a_tool_result_has_the_same_shape_with_and_without_a_mark() -> None:
    history = (user("x"), assistant("", ToolCall("c", "t", "{}")), result("c", "R"))
    plain = build_body(ask(*history), NATIVE)["messages"][-1]["content"][0]
    marked = build_body(ask(*history, cache_marks=(2,)), NATIVE)["messages"][-1]["content"][0]
    assert marked == {**plain, **MARK}


def test_lifetimes_are_sent_to_claude_and_to_nobody_else() -> None:
    plan = CachePlan((0,), prefix_lifetime="1h", history_lifetime="5m")
    request = replace(ask("a", tools=("t",)), cache=plan)
    long = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    native = build_body(request, NATIVE)
    assert native["tools"][-1].items() >= long.items()
    assert native["system"][0].items() >= long.items()
    assert native["messages"][0]["content"][0].items() >= MARK.items()
    assert b"ttl" not in encode_body(build_body(request, ELSEWHERE))


def test_a_plan_may_leave_tools_or_system_prompt_unmarked() -> None:
    plan = CachePlan((0, 1, 2), mark_tools=False)
    request = replace(ask("a", "b", "c", tools=("t",)), cache=plan)
    body = build_body(request, NATIVE)
    assert "cache_control" not in body["tools"][-1]
    assert encode_body(body).count(b"cache_control") == 4


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (
            "claude-opus-4-6",
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}},
        ),
        ("claude-sonnet-4-5", {"thinking": {"type": "enabled", "budget_tokens": 10_000}}),
    ],
)
def test_reasoning_is_asked_for_as_the_model_wants_it(model: str, settings: dict[str, Any]) -> None:
    request = ask("a", reasoning_level="medium", max_output_tokens=20_000)
    body = build_body(request, replace(NATIVE, model=model))
    assert {key: body[key] for key in ("thinking", "output_config") if key in body} == settings


def test_without_a_level_or_room_no_reasoning_is_asked_for() -> None:
    assert "thinking" not in build_body(ask("a"), NATIVE)
    cramped = ask("a", reasoning_level="high", max_output_tokens=1500)
    assert "thinking" not in build_body(cramped, NATIVE)


@pytest.mark.parametrize(
    ("model", "within_budget"),
    [
        ("claude-3-7-sonnet-20250219", True),
        ("claude-sonnet-4-20250514", True),
        ("claude-opus-4-1-20250805", True),
        ("claude-sonnet-4.5", True),
        ("claude-haiku-4-5-20251001", True),
        ("jp.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("claude-opus-4-6", False),
        ("anthropic/claude-sonnet-4.6", False),
        ("claude-sonnet-5", False),
        ("kimi-for-coding", False),
    ],
)
def test_generations_of_thinking_are_told_by_name(model: str, within_budget: bool) -> None:
    assert thinks_within_budget(model) is within_budget


def test_marks_never_change_an_earlier_request_object() -> None:
    request = ask("x", tools=("t",))
    first = encode_body(build_body(request, NATIVE))
    build_body(ask("x", tools=("t",), cache_marks=(0,)), NATIVE)
    assert encode_body(build_body(request, NATIVE)) == first


def test_adjacent_user_messages_become_one_in_order() -> None:
    history = (user("[Session context: x]"), user("hi"), assistant("yo"), user("a"), user("b"))
    messages = build_body(ask(*history), NATIVE)["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "user"]
    assert [b["text"] for b in messages[2]["content"]] == ["a", "b"]


def test_blank_text_becomes_dots_and_pictures_travel_as_base64() -> None:
    picture = Message("user", (TextPart(" "), ImagePart("image/png", "QUJD")), Origin.USER)
    messages = build_body(ask("  ", assistant(""), picture), NATIVE)["messages"]
    assert messages[0]["content"] == messages[1]["content"] == [{"type": "text", "text": "..."}]
    source = {"type": "base64", "media_type": "image/png", "data": "QUJD"}
    assert messages[2]["content"] == [{"type": "image", "source": source}]


def test_reasoning_goes_back_natively_only_with_its_signature() -> None:
    signed = assistant("a", reasoning="why", signature="sig")
    unsigned = assistant("a", reasoning="why")
    block = {"type": "thinking", "thinking": "why"}

    def first_block(message: Message, where: Any) -> Any:
        return build_body(ask("q", message), where)["messages"][1]["content"][0]

    assert first_block(signed, NATIVE) == {**block, "signature": "sig"}
    assert first_block(unsigned, NATIVE)["type"] == "text"
    assert first_block(signed, ELSEWHERE) == block
    assert first_block(unsigned, ELSEWHERE) == block


def test_internal_fields_of_messages_never_leave() -> None:
    body = build_body(ask(assistant("hi"), cache_marks=(), session_id="secret-session"), NATIVE)
    sent = encode_body(body)
    assert b"task_id" not in sent and b"origin" not in sent and b"secret-session" not in sent


def test_without_tools_and_system_there_are_no_empty_fields() -> None:
    body = build_body(ask("x", system=" "), NATIVE)
    assert list(body) == ["model", "max_tokens", "stream", "messages"]


def test_read_only_schemas_and_lone_surrogates_can_be_sent() -> None:
    frozen = MappingProxyType({"type": "object", "properties": MappingProxyType({})})
    request = ask("broken \ud83d")
    request = type(request)("s", request.messages, (ToolSchema("t", "d", frozen),), 5)
    sent = json.loads(encode_body(build_body(request, NATIVE)))
    assert sent["tools"][0]["input_schema"] == {"type": "object", "properties": {}}
    assert sent["messages"][0]["content"][0]["text"] == "broken ?"


@given(st.text())
def test_any_arguments_replay_as_an_object(arguments: str) -> None:
    message = assistant("", ToolCall("c", "t", arguments))
    body = build_body(ask("x", message), NATIVE)
    sent = json.loads(encode_body(body), parse_constant=pytest.fail)
    assert isinstance(sent["messages"][1]["content"][0]["input"], dict)


@pytest.mark.parametrize("arguments", ["", "null", "[1]", '{"a": NaN}', '{"a": 1e999}', "{" * 9999])
def test_arguments_that_json_cannot_hold_replay_as_empty(arguments: str) -> None:
    message = assistant("", ToolCall("c", "t", arguments))
    assert build_body(ask("x", message), NATIVE)["messages"][1]["content"][0]["input"] == {}


def test_url_and_headers_follow_the_endpoint() -> None:
    assert messages_url("https://a.b") == "https://a.b/v1/messages"
    assert messages_url("https://a.b/v1/") == "https://a.b/v1/messages"
    headers = build_headers(NATIVE)
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in headers
    router = endpoint("anthropic", "https://openrouter.ai/api/v1")
    assert build_headers(router)["authorization"] == f"Bearer {KEY}"
    assert build_headers(router, "s1")["x-session-id"] == "s1"
    assert "s1" not in build_headers(NATIVE, "s1").values()


def test_a_reply_is_put_together_from_its_blocks() -> None:
    usage = {"input_tokens": 1000, "cache_read_input_tokens": 90000, "output_tokens": 1}
    events = replay(
        {"type": "message_start", "message": {"usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking"}},
        _delta(0, "thinking_delta", thinking="hm"),
        _delta(0, "signature_delta", signature="sig"),
        {"type": "ping"},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        _delta(1, "text_delta", text="Hel"),
        _delta(1, "text_delta", text="lo"),
        _call_start(2, "c1", "read"),
        _call_start(3, "c2", "list"),
        _delta(2, "input_json_delta", partial_json='{"path"'),
        _delta(3, "input_json_delta", partial_json=""),
        _delta(2, "input_json_delta", partial_json=': "a"}'),
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use"},
            "usage": {"output_tokens": 5},
        },
        {"type": "message_stop"},
    )
    assert text_of(events) == "Hello"
    finished = ending(events)
    assert finished.reason == "tool_calls"
    assert finished.reasoning_signature == "sig"
    assert finished.tool_calls == (
        ToolCall("c1", "read", '{"path": "a"}'),
        ToolCall("c2", "list", "{}"),
    )
    assert last_usage(events).usage == Usage(
        input_tokens=1000, cache_read_tokens=90000, output_tokens=5
    )


def test_arguments_stay_as_received_even_when_broken() -> None:
    events = replay(
        _call_start(0, "c", "write"),
        _delta(0, "input_json_delta", partial_json='{"path": "a'),
        stop("max_tokens"),
    )
    assert ending(events).tool_calls == (ToolCall("c", "write", '{"path": "a'),)
    assert ending(events).reason == "length"


def test_arguments_given_whole_at_the_start_are_taken() -> None:
    start = _call_start(0, "c", "read", input={"path": "ä"})
    assert ending(replay(start, stop("tool_use"))).tool_calls[0].arguments == '{"path":"ä"}'


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "other"),
    ],
)
def test_stop_reasons_are_translated_and_kept(raw: str, reason: str) -> None:
    finished = ending(replay(stop(raw)))
    assert (finished.reason, finished.raw_reason) == (reason, raw)


def test_several_thinking_blocks_have_no_signature_between_them() -> None:
    events = replay(
        _delta(0, "signature_delta", signature="a"),
        _delta(1, "signature_delta", signature="b"),
        stop(),
    )
    assert ending(events).reasoning_signature == ""


def test_a_reply_without_stop_reason_was_cut() -> None:
    with pytest.raises(ProviderError) as caught:
        replay(_delta(0, "text_delta", text="Hel"))
    assert (caught.value.code, caught.value.retryable) == ("cut", True)


def test_error_events_are_retryable_failures() -> None:
    error = {"type": "overloaded_error", "message": f"Overloaded {KEY}"}
    with pytest.raises(ProviderError) as caught:
        replay({"type": "error", "error": error})
    assert (caught.value.code, caught.value.retryable) == ("overloaded", True)
    assert "Overloaded" in caught.value.message
    assert KEY not in str(caught.value)


def test_counts_of_both_lifetimes_are_told_apart() -> None:
    reported = {
        "input_tokens": 5,
        "cache_creation_input_tokens": 500,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 400},
        "cache_read_input_tokens": 7,
        "output_tokens": 3,
    }
    assert normalise_usage(reported) == Usage(5, 7, 500, 400, 3)


def test_a_later_zero_never_takes_a_count_back() -> None:
    events = replay(
        {"type": "message_start", "message": {"usage": {"input_tokens": 50, "output_tokens": 0}}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"input_tokens": 0, "output_tokens": 4, "cost": 0.1},
        },
    )
    assert last_usage(events).usage == Usage(input_tokens=50, output_tokens=4)
    assert last_usage(events).api_cost == Decimal("0.1")


def test_a_provider_that_counts_nothing_reports_nothing() -> None:
    assert normalise_usage({}) is None
    assert normalise_usage({"input_tokens": None}) is None
    assert normalise_usage({"input_tokens": -1}) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "delta",
                        "usage",
                        "index",
                        "message",
                        "content_block",
                        "text",
                        "input_tokens",
                    ]
                ),
                inner,
            )
        ),
    )
)
def test_no_frame_breaks_the_assembly(payload: Any) -> None:
    kinds = ["message_start", "content_block_start", "content_block_delta", "message_delta"]
    assembler = ReplyAssembler(NATIVE)
    for kind in kinds:
        assembler.feed(SseFrame(kind, json.dumps(payload)))
        assembler.feed(
            SseFrame(kind, json.dumps({"type": kind, "delta": payload, "usage": payload}))
        )


def _delta(index: int, kind: str, **fields: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def _call_start(index: int, call_id: str, name: str, **fields: Any) -> dict[str, Any]:
    block = {"type": "tool_use", "id": call_id, "name": name, "input": {}, **fields}
    return {"type": "content_block_start", "index": index, "content_block": block}
