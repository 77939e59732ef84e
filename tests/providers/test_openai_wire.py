"""Chat completions: exact request bytes, and replies put together from frames."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scripted_server import (
    KEY,
    ask,
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
from clacky_tui.providers.claude import takes_cache_marks
from clacky_tui.providers.openai_chat import (
    ReplyAssembler,
    build_body,
    build_headers,
    completions_url,
    normalise_usage,
    reported_cost,
)
from clacky_tui.providers.sse import SseFrame
from clacky_tui.providers.wire_json import decode_object, encode_body

OPENAI = endpoint("openai_chat", "https://api.openai.com/v1", "gpt-5.5")
ROUTER = endpoint("openai_chat", "https://openrouter.ai/api/v1", "anthropic/claude-sonnet-4-6")
DEEPSEEK = endpoint("openai_chat", "https://api.deepseek.com", "deepseek-v4-pro")
MARK = {"cache_control": {"type": "ephemeral"}}


def assistant(text: str, *calls: ToolCall, reasoning: str = "") -> Message:
    return Message("assistant", text, Origin.MODEL, tool_calls=calls, reasoning=reasoning)


def result(call_id: str, content: str) -> Message:
    return Message("tool", content, Origin.TOOL, tool_call_id=call_id)


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def replay(*payloads: dict[str, Any] | str) -> list[StreamEvent]:
    assembler = ReplyAssembler(DEEPSEEK)
    events: list[StreamEvent] = []
    for payload in payloads:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        events += assembler.feed(SseFrame("message", data))
    return [*events, assembler.finish()]


def calls_of(*deltas: dict[str, Any]) -> list[tuple[str, str, str]]:
    frames = [chunk(tool_calls=[delta]) for delta in deltas]
    finished = ending(replay(*frames, chunk("tool_calls")))
    return [(call.id, call.name, call.arguments) for call in finished.tool_calls]


def function(name: str | None = None, arguments: str | None = None, **rest: Any) -> dict[str, Any]:
    return {**rest, "function": {"name": name, "arguments": arguments}}


def test_request_bytes_are_exactly_these() -> None:
    history = (
        user("look 终端"),
        assistant("", ToolCall("c1", "read", '{"path": "a"}'), ToolCall("c2", "list", "")),
        result("c1", "A"),
        result("c2", "B"),
    )
    request = ask(*history, tools=("read",), cache_marks=(0, 3), session_id="s1")
    assert encode_body(build_body(request, DEEPSEEK)).decode() == (
        '{"model":"deepseek-v4-pro","max_tokens":1000,"stream":true,'
        '"stream_options":{"include_usage":true},'
        '"tools":[{"type":"function","function":{"name":"read","description":"Does read.",'
        '"parameters":{"type":"object","properties":{}}}}],'
        '"messages":[{"role":"system","content":"Be brief."},'
        '{"role":"user","content":"look 终端"},'
        '{"role":"assistant","content":"","tool_calls":['
        '{"id":"c1","type":"function","function":{"name":"read","arguments":"{\\"path\\": \\"a\\"}"}},'
        '{"id":"c2","type":"function","function":{"name":"list","arguments":"{}"}}]},'
        '{"role":"tool","tool_call_id":"c1","content":"A"},'
        '{"role":"tool","tool_call_id":"c2","content":"B"}]}'
    )


def test_the_reasoning_level_is_sent_when_there_is_one() -> None:
    assert "reasoning_effort" not in build_body(ask("a"), DEEPSEEK)
    assert build_body(ask("a", reasoning_level="low"), OPENAI)["reasoning_effort"] == "low"


def test_the_session_is_named_where_that_finds_its_cache() -> None:
    request = ask("a", session_id="s1")
    assert build_body(request, OPENAI)["prompt_cache_key"] == "s1"
    assert "prompt_cache_key" not in build_body(request, DEEPSEEK)
    assert build_headers(ROUTER, "s1")["x-session-id"] == "s1"
    assert "s1" not in build_headers(DEEPSEEK, "s1").values()


def test_claude_behind_a_router_carries_the_marks() -> None:
    request = ask("a", assistant("b"), "c", tools=("t",), cache_marks=(0, 1, 2))
    body = build_body(request, ROUTER)
    assert body["tools"][-1]["cache_control"] == MARK["cache_control"]
    system, first, second, third = (message["content"] for message in body["messages"])
    assert system == [{"type": "text", "text": "Be brief.", **MARK}]
    assert first == [{"type": "text", "text": "a"}]
    assert second == [{"type": "text", "text": "b", **MARK}]
    assert third == [{"type": "text", "text": "c", **MARK}]


def test_a_message_behind_a_router_looks_the_same_once_its_mark_has_moved_on() -> None:
    history = ("a", assistant("b", ToolCall("c", "t", "{}")), result("c", "r"))
    marked = build_body(ask(*history, cache_marks=(0, 2)), ROUTER)["messages"]
    plain = build_body(ask(*history), ROUTER)["messages"]
    for before, after in zip(marked[1:], plain[1:], strict=True):
        for block in before["content"]:
            block.pop("cache_control", None)
        assert before == after


def test_a_mark_on_a_message_without_text_moves_to_the_one_before() -> None:
    request = ask("a", assistant("", ToolCall("c", "t", "{}")), cache_marks=(1,))
    _, first, second = build_body(request, ROUTER)["messages"]
    assert first["content"] == [{"type": "text", "text": "a", **MARK}]
    assert second["content"] == ""


@pytest.mark.parametrize(
    "model",
    [
        "claude-3.5-sonnet-20241022",
        "claude-3-7-sonnet",
        "claude-4-opus",
        "claude-opus-4-6",
        "claude-haiku-4-5",
        "abs-claude-sonnet-4-6",
        "anthropic/claude-sonnet-4-6",
        "anthropic/claude-sonnet-4.5:beta",
        "anthropic/claude-opus-4",
        "jp.anthropic.claude-sonnet-4-6",
    ],
)
def test_models_whose_cache_has_to_be_asked_for(model: str) -> None:
    assert takes_cache_marks(model)


@pytest.mark.parametrize(
    "model",
    ["claude-3-opus-20240229", "claude-3-haiku-20240307", "claude-2.1", "gpt-5.5", "kimi-k2.6"],
)
def test_models_that_take_no_marks(model: str) -> None:
    assert not takes_cache_marks(model)


@pytest.mark.parametrize(
    ("base_url", "model", "field"),
    [
        ("https://api.openai.com/v1", "gpt-5.5", "max_completion_tokens"),
        ("https://api.openai.com/v1/", "o4-mini", "max_completion_tokens"),
        ("https://api.openai.com/v1", "gpt-4.1", "max_tokens"),
        ("https://openrouter.ai/api/v1", "openai/gpt-5.5", "max_tokens"),
    ],
)
def test_reasoning_models_of_openai_want_another_name(
    base_url: str, model: str, field: str
) -> None:
    body = build_body(ask("x"), endpoint("openai_chat", base_url, model))
    assert body[field] == 1000
    assert len({"max_tokens", "max_completion_tokens"} & body.keys()) == 1


def test_cache_key_goes_only_where_it_is_understood() -> None:
    request = ask("x", session_id="s1")
    assert build_body(request, OPENAI)["prompt_cache_key"] == "s1"
    assert "prompt_cache_key" not in build_body(request, DEEPSEEK)


def test_reasoning_goes_back_with_every_reply_or_none() -> None:
    history = ("q", assistant("a"), "q", assistant("b", reasoning="why"))
    sent = [m.get("reasoning_content") for m in build_body(ask(*history), DEEPSEEK)["messages"]]
    assert sent == [None, None, "", None, "why"]
    assert b"reasoning" not in encode_body(build_body(ask(*history), OPENAI))
    assert b"reasoning" not in encode_body(build_body(ask(*history[:3]), DEEPSEEK))


def test_pictures_travel_as_data_urls_but_not_in_tool_results() -> None:
    picture = (TextPart("see"), ImagePart("image/png", "QUJD"))
    shown = Message("user", picture, Origin.USER)
    returned = Message("tool", picture, Origin.TOOL, tool_call_id="c")
    messages = build_body(ask(shown, returned, system=""), DEEPSEEK)["messages"]
    assert messages[0]["content"][1]["image_url"] == {"url": "data:image/png;base64,QUJD"}
    assert messages[1] == {"role": "tool", "tool_call_id": "c", "content": "see"}


def test_messages_hold_only_fields_of_the_api() -> None:
    history = ("q", assistant("a", ToolCall("c", "t", "{}"), reasoning="w"), result("c", "r"))
    allowed = {"role", "content", "tool_calls", "tool_call_id", "reasoning_content"}
    for message in build_body(ask(*history), DEEPSEEK)["messages"]:
        assert message.keys() <= allowed


def test_url_and_headers_follow_the_endpoint() -> None:
    assert completions_url("https://a.b/v1/") == "https://a.b/v1/chat/completions"
    assert build_headers(OPENAI)["authorization"] == f"Bearer {KEY}"
    keyless = type(OPENAI)("openai_chat", "http://localhost:11434/v1", "", "m")
    assert "authorization" not in build_headers(keyless)


def test_a_reply_is_put_together_from_its_frames() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 4}
    events = replay(
        chunk(role="assistant", content=""),
        chunk(reasoning_content="hm "),
        chunk(reasoning="so"),
        chunk(content="Hel"),
        "not json",
        chunk(content="lo"),
        chunk("stop"),
        {"choices": [], "usage": usage},
        "[DONE]",
    )
    assert (text_of(events), reasoning_of(events)) == ("Hello", "hm so")
    assert ending(events).reason == "stop"
    assert last_usage(events).usage == Usage(input_tokens=10, output_tokens=4)


def test_parallel_calls_are_merged_by_index() -> None:
    assert calls_of(
        function("read", "", index=0, id="a"),
        function("list", '{"x"', index=1, id="b"),
        function(None, '{"p": 1}', index=0),
        function(None, ": 2}", index=1, id="ignored"),
    ) == [("a", "read", '{"p": 1}'), ("b", "list", '{"x": 2}')]


def test_calls_without_an_index_take_the_next_free_place() -> None:
    assert calls_of(
        function("read", '{"p"', id="a"),
        function(None, ": 1}"),
        function("list", "{", id="b"),
        function(None, "}", id="b"),
    ) == [("a", "read", '{"p": 1}'), ("b", "list", "{}")]


def test_a_call_without_a_name_is_dropped_and_one_without_an_id_gets_one() -> None:
    [(first_id, first, _), (second_id, second, arguments)] = calls_of(
        function(None, "{}", index=0, id="a"),
        function("x", None, index=1),
        function("y", '{"broken', index=2),
    )
    assert (first, second, arguments) == ("x", "y", '{"broken')
    assert first_id and second_id and first_id != second_id


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("length", "length"),
        ("content_filter", "refusal"),
        ("function_call", "tool_calls"),
        ("eos", "other"),
    ],
)
def test_finish_reasons_are_translated_and_kept(raw: str, reason: str) -> None:
    finished = ending(replay(chunk(raw)))
    assert (finished.reason, finished.raw_reason) == (reason, raw)


def test_done_without_a_finish_reason_is_a_cut() -> None:
    with pytest.raises(ProviderError) as caught:
        replay(chunk(content="Hel"), "[DONE]")
    assert (caught.value.code, caught.value.retryable) == ("cut", True)


@pytest.mark.parametrize(
    "payload",
    [
        {"error": {"code": 429, "message": f"slow down {KEY}"}, **chunk("error")},
        {"error": "slow down"},
        chunk("error", content=""),
    ],
)
def test_errors_inside_the_stream_are_retryable_failures(payload: dict[str, Any]) -> None:
    with pytest.raises(ProviderError) as caught:
        replay(chunk(content="Hel"), payload)
    assert caught.value.retryable
    assert KEY not in str(caught.value)


def test_a_pair_of_surrogates_split_by_the_server_never_reaches_the_screen_alone() -> None:
    events = replay('{"choices":[{"delta":{"content":"a\\ud83d"}}]}', chunk("stop"))
    assert text_of(events) == "a\ufffd"


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        ({"prompt_tokens": 100, "completion_tokens": 5}, Usage(100, output_tokens=5)),
        (
            {"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 60}},
            Usage(40, cache_read_tokens=60),
        ),
        (
            {
                "prompt_tokens": 2600,
                "prompt_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
            },
            Usage(200, cache_read_tokens=2000, cache_creation_tokens=400),
        ),
        (
            {"prompt_tokens": 100, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 9},
            Usage(40, cache_read_tokens=60, cache_creation_tokens=9),
        ),
        (
            {"prompt_tokens": 100, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36},
            Usage(36, cache_read_tokens=64),
        ),
        ({"prompt_tokens": 100, "cached_tokens": 30}, Usage(70, cache_read_tokens=30)),
        (
            {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 4}},
            Usage(output_tokens=9, reasoning_tokens=4),
        ),
        ({"prompt_tokens": 5, "prompt_tokens_details": None, "completion_tokens": None}, Usage(5)),
        ({}, None),
        ({"prompt_tokens": None}, None),
    ],
)
def test_token_classes_do_not_overlap(reported: dict[str, Any], usage: Usage | None) -> None:
    assert normalise_usage(reported) == usage


@pytest.mark.parametrize(
    ("reported", "cost"),
    [
        ('{"cost": 0.0412345678901234567}', Decimal("0.0412345678901234567")),
        ('{"cost": 1e-7}', Decimal("1e-7")),
        ('{"cost": 0}', Decimal(0)),
        ('{"cost": null}', None),
        ('{"cost": "0.1"}', None),
        ('{"cost": -1}', None),
        ('{"cost": NaN}', None),
        ('{"cost": true}', None),
        ("{}", None),
        (
            '{"cost": 0.05, "is_byok": true, "cost_details": {"upstream_inference_cost": 1.0}}',
            Decimal("1.05"),
        ),
        ('{"cost": 0.05, "is_byok": true}', None),
        (
            '{"cost": 0.05, "is_byok": false, "cost_details": {"upstream_inference_cost": 0.04}}',
            Decimal("0.05"),
        ),
    ],
)
def test_the_providers_own_price_is_exact_or_unknown(reported: str, cost: Decimal | None) -> None:
    assert reported_cost(decode_object(reported)) == cost


def test_usage_inside_the_last_choice_counts() -> None:
    last = chunk("stop")
    last["choices"][0]["usage"] = {"prompt_tokens": 3, "completion_tokens": 1}
    assert last_usage(replay(last)).usage == Usage(3, output_tokens=1)


FIELDS = (
    "choices delta tool_calls function index id usage content "
    "prompt_tokens prompt_tokens_details cost name arguments"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_frame_breaks_the_assembly(payload: Any) -> None:
    assembler = ReplyAssembler(DEEPSEEK)
    for shape in (payload, {"choices": [payload]}, {"choices": [{"delta": payload}]}):
        assembler.feed(SseFrame("message", json.dumps(shape)))
    assembler.feed(SseFrame("message", json.dumps(chunk("stop"))))
    ending([assembler.finish()])
