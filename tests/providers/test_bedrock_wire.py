"""Converse: exact request bytes, replies put together from messages, faults over real HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from support.aws_frames import event, exception, message
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
from clacky_tui.providers.base import AwsCredentials, CachePlan, Endpoint, StreamEvent
from clacky_tui.providers.bedrock import (
    BedrockProvider,
    ReplyAssembler,
    build_body,
    build_headers,
    converse_url,
    normalise_usage,
)
from clacky_tui.providers.event_stream import EventStreamParser
from clacky_tui.providers.openai_responses import pack_reasoning
from clacky_tui.providers.sigv4 import signed_headers
from clacky_tui.providers.wire_json import encode_body

TOKYO = "https://bedrock-runtime.ap-northeast-1.amazonaws.com"
CLAUDE = endpoint("bedrock", TOKYO, "jp.anthropic.claude-sonnet-4-6")
OTHER = endpoint("bedrock", TOKYO, "openai.gpt-oss-120b-1:0")
EVENTS = "application/vnd.amazon.eventstream"
POINT = {"cachePoint": {"type": "default"}}
AWS = AwsCredentials("AKIDEXAMPLE", "secret-access-key-0123", "session-token-0123456789")
AT = datetime(2026, 5, 22, 14, tzinfo=UTC)

STOP = event("messageStop", {"stopReason": "end_turn"})
COUNTED = event("metadata", {"usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}})


def assistant(text: str, *calls: ToolCall, reasoning: str = "", signature: str = "") -> Message:
    return Message(
        "assistant",
        text,
        Origin.MODEL,
        tool_calls=calls,
        reasoning=reasoning,
        reasoning_signature=signature,
    )


def result(call_id: str, content: Any) -> Message:
    return Message("tool", content, Origin.TOOL, tool_call_id=call_id)


def delta(index: int, **fields: Any) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": fields})


def call_start(index: int, call_id: str, name: str) -> bytes:
    start = {"toolUse": {"toolUseId": call_id, "name": name}}
    return event("contentBlockStart", {"contentBlockIndex": index, "start": start})


def replay(*encoded: bytes) -> list[StreamEvent]:
    assembler = ReplyAssembler(CLAUDE)
    events: list[StreamEvent] = []
    for read in EventStreamParser().feed(b"".join(encoded)):
        events += assembler.feed(read)
    return [*events, assembler.finish()]


def messages(
    *history: Message | str, where: Endpoint = CLAUDE, **rest: Any
) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = build_body(ask(*history, **rest), where)["messages"]
    return sent


def test_request_bytes_are_exactly_these() -> None:
    history = (
        user("look 终端"),
        assistant("Reading.", ToolCall("c1", "read", '{"path": "a"}'), ToolCall("c2", "read", "{")),
        result("c1", "A"),
        result("c2", "B"),
    )
    plan = CachePlan(marks=(0, 3), prefix_lifetime="1h")
    request = replace(ask(*history, tools=("read",)), cache=plan)
    assert encode_body(build_body(request, CLAUDE)).decode() == (
        '{"inferenceConfig":{"maxTokens":1000},'
        '"toolConfig":{"tools":[{"toolSpec":{"name":"read","description":"Does read.",'
        '"inputSchema":{"json":{"type":"object","properties":{}}}}},'
        '{"cachePoint":{"type":"default","ttl":"1h"}}]},'
        '"system":[{"text":"Be brief."},{"cachePoint":{"type":"default","ttl":"1h"}}],'
        '"messages":[{"role":"user","content":[{"text":"look 终端"},'
        '{"cachePoint":{"type":"default"}}]},'
        '{"role":"assistant","content":[{"text":"Reading."},'
        '{"toolUse":{"toolUseId":"c1","name":"read","input":{"path":"a"}}},'
        '{"toolUse":{"toolUseId":"c2","name":"read","input":{}}}]},'
        '{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"A"}]}},'
        '{"toolResult":{"toolUseId":"c2","content":[{"text":"B"}]}},'
        '{"cachePoint":{"type":"default"}}]}]}'
    )


def test_only_the_last_marks_fit_beside_tools_and_system() -> None:
    body = build_body(ask(*"abcde", tools=("t",), cache_marks=(0, 1, 2, 4)), CLAUDE)
    assert encode_body(body).count(b"cachePoint") == 4
    [merged] = body["messages"]
    assert [i for i, block in enumerate(merged["content"]) if block == POINT] == [3, 6]


def test_a_model_without_cache_points_gets_none() -> None:
    body = build_body(ask("x", tools=("t",), cache_marks=(0,)), OTHER)
    assert b"cachePoint" not in encode_body(body)


@pytest.mark.parametrize(
    ("model", "hour"),
    [
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", False),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", False),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", False),
        ("eu.anthropic.claude-haiku-4-5-20251001-v1:0", True),
        ("jp.anthropic.claude-sonnet-4-6", True),
        ("global.anthropic.claude-opus-4-7", True),
        ("global.anthropic.claude-sonnet-5-5", True),
    ],
)
def test_the_long_lifetime_goes_to_models_that_know_it(model: str, hour: bool) -> None:
    request = replace(ask("x"), cache=CachePlan(prefix_lifetime="1h"))
    body = build_body(request, replace(CLAUDE, model=model))
    assert body["system"][1]["cachePoint"].get("ttl") == ("1h" if hour else None)


def test_roles_alternate_whatever_stands_side_by_side() -> None:
    history = (
        user("[Session context: x]"),
        user("hi"),
        assistant("a"),
        assistant("b", ToolCall("c", "t", "{}")),
        result("c", "R"),
        user("and"),
    )
    sent = messages(*history)
    assert [m["role"] for m in sent] == ["user", "assistant", "user"]
    assert [next(iter(block)) for block in sent[2]["content"]] == ["toolResult", "text"]


def test_pictures_travel_in_questions_and_in_results() -> None:
    parts = (TextPart("see"), ImagePart("image/jpg", "QUJD"))
    blocks = [{"text": "see"}, {"image": {"format": "jpeg", "source": {"bytes": "QUJD"}}}]
    [sent] = messages(Message("user", parts, Origin.USER), result("c", parts))
    assert sent["content"] == [*blocks, {"toolResult": {"toolUseId": "c", "content": blocks}}]


def test_blank_text_becomes_dots() -> None:
    dots = [{"text": "..."}]
    sent = messages(" ", assistant(""), result("c", ""))
    assert sent[0]["content"] == sent[1]["content"] == dots
    assert sent[2]["content"][0]["toolResult"]["content"] == dots


def test_reasoning_goes_back_with_its_signature_or_not_at_all() -> None:
    def first(reply: Message) -> Any:
        return messages("q", reply)[1]["content"][0]

    proven = {"text": "why", "signature": "sig"}
    assert first(assistant("a", reasoning="why", signature="sig")) == {
        "reasoningContent": {"reasoningText": proven}
    }
    assert first(assistant("a", reasoning="why")) == {"text": "a"}
    elsewhere = pack_reasoning("gpt-5.5", [(0, "E")])
    assert first(assistant("a", reasoning="why", signature=elsewhere)) == {"text": "a"}


def test_call_ids_of_other_providers_are_made_to_fit() -> None:
    call_id = "functions.read:0" + "x" * 60
    reply = assistant("", ToolCall(call_id, "read", "{}"))
    sent = messages("q", reply, result(call_id, "R"))
    used = sent[1]["content"][0]["toolUse"]["toolUseId"]
    assert used == sent[2]["content"][0]["toolResult"]["toolUseId"]
    assert used.startswith("functions_read_0x")
    assert len(used) == 64


def test_reasoning_is_asked_of_each_generation_in_its_own_way() -> None:
    def asked(model: str) -> Any:
        body = build_body(ask("q", reasoning_level="low"), replace(CLAUDE, model=model))
        return body.get("additionalModelRequestFields")

    adaptive = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}
    assert asked("jp.anthropic.claude-sonnet-4-6") == adaptive
    assert asked(OTHER.model) is None
    request = ask("q", reasoning_level="low", max_output_tokens=16_000)
    older = build_body(
        request, replace(CLAUDE, model="eu.anthropic.claude-haiku-4-5-20251001-v1:0")
    )
    thinking = older["additionalModelRequestFields"]
    assert thinking == {"thinking": {"type": "enabled", "budget_tokens": 4000}}


def test_a_model_id_is_one_segment_of_the_address() -> None:
    arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.x-v1:0"
    assert converse_url(replace(CLAUDE, model=arn)) == (
        f"{TOKYO}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2F"
        "us.anthropic.x-v1%3A0/converse-stream"
    )


def test_a_bearer_key_goes_before_credentials() -> None:
    headers = build_headers(replace(CLAUDE, aws=AWS), b"{}", at=AT)
    assert headers["authorization"] == f"Bearer {KEY}"
    assert "x-amz-date" not in headers


def test_credentials_sign_for_the_region_in_the_address() -> None:
    headers = build_headers(replace(CLAUDE, api_key="", aws=AWS), b"{}", at=AT)
    assert "AKIDEXAMPLE/20260522/ap-northeast-1/bedrock/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"] == AWS.session_token
    named = replace(
        CLAUDE, api_key="", aws=AWS, base_url="https://proxy.example", region="eu-west-1"
    )
    assert "/eu-west-1/bedrock/" in build_headers(named, b"{}", at=AT)["authorization"]


def test_without_a_region_nothing_can_be_signed() -> None:
    unknown = replace(CLAUDE, api_key="", aws=AWS, base_url="https://proxy.example")
    with pytest.raises(ProviderError, match="region") as caught:
        build_headers(unknown, b"{}", at=AT)
    assert not caught.value.retryable
    assert "AWS_REGION" in caught.value.hint


def test_a_reply_with_reasoning_text_and_calls_is_put_together() -> None:
    events = replay(
        event("messageStart", {"role": "assistant"}),
        delta(0, reasoningContent={"text": "Let me "}),
        delta(0, reasoningContent={"text": "think."}),
        delta(0, reasoningContent={"signature": "c2ln"}),
        delta(1, text="Hi 终"),
        delta(1, text="端"),
        event("contentBlockStop", {"contentBlockIndex": 1}),
        call_start(2, "c1", "read"),
        delta(2, toolUse={"input": '{"a"'}),
        delta(2, toolUse={"input": ":1}"}),
        call_start(3, "c2", "list"),
        event("messageStop", {"stopReason": "tool_use"}),
        COUNTED,
    )
    assert text_of(events) == "Hi 终端"
    assert reasoning_of(events) == "Let me think."
    finished = ending(events)
    assert (finished.reason, finished.reasoning_signature) == ("tool_calls", "c2ln")
    assert finished.tool_calls == (ToolCall("c1", "read", '{"a":1}'), ToolCall("c2", "list", "{}"))
    assert last_usage(events).usage == Usage(5, output_tokens=2)


def test_several_blocks_of_reasoning_cannot_be_proven_by_one_signature() -> None:
    events = replay(
        delta(0, reasoningContent={"text": "a", "signature": "s1"}),
        delta(1, reasoningContent={"redactedContent": "eHl6"}),
        STOP,
    )
    assert ending(events).reasoning_signature == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "refusal"),
        ("content_filtered", "refusal"),
        ("malformed_tool_use", "other"),
    ],
)
def test_finish_reasons(raw: str, reason: str) -> None:
    finished = ending(replay(event("messageStop", {"stopReason": raw})))
    assert (finished.reason, finished.raw_reason) == (reason, raw)


def test_usage_comes_in_classes_that_do_not_overlap() -> None:
    reported = {
        "inputTokens": 10,
        "outputTokens": 20,
        "totalTokens": 1530,
        "cacheReadInputTokens": 1000,
        "cacheWriteInputTokens": 500,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 300}, {"ttl": "5m", "inputTokens": 200}],
    }
    assert normalise_usage(reported) == Usage(10, 1000, 500, 300, 20)
    assert normalise_usage({}) is None


@pytest.mark.parametrize(
    ("kind", "code", "retryable"),
    [
        ("throttlingException", "rate_limit", True),
        ("serviceUnavailableException", "overloaded", True),
        ("modelTimeoutException", "timeout", True),
        ("modelStreamErrorException", "server", True),
        ("internalServerException", "server", True),
        ("validationException", "bad_request", False),
    ],
)
def test_an_exception_inside_the_stream_says_what_to_do(
    kind: str, code: str, retryable: bool
) -> None:
    with pytest.raises(ProviderError) as caught:
        replay(delta(0, text="half"), exception(kind, "said so"))
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert "said so" in caught.value.message


def test_an_error_of_the_stream_itself_is_told() -> None:
    headers = {":message-type": "error", ":error-code": "Boom", ":error-message": "it broke"}
    with pytest.raises(ProviderError, match="it broke"):
        replay(message(b"", headers))


async def stream_from(
    reply: tuple[int, str, bytes], where: Endpoint
) -> tuple[CannedServer, list[StreamEvent]]:
    with CannedServer(reply) as server:
        provider = BedrockProvider(replace(where, base_url=server.url))
        try:
            return server, await collect(provider, ask("q"))
        finally:
            await provider.aclose()


async def test_a_reply_arrives_over_http() -> None:
    where = replace(CLAUDE, model="anthropic.claude-sonnet-4-5-v1:0")
    server, events = await stream_from((200, EVENTS, delta(0, text="Hi") + STOP + COUNTED), where)
    assert (text_of(events), ending(events).reason) == ("Hi", "stop")
    [received] = server.received
    assert received.path == "/model/anthropic.claude-sonnet-4-5-v1%3A0/converse-stream"
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.body == encode_body(build_body(ask("q"), where))


async def test_what_was_signed_is_what_arrives() -> None:
    where = replace(CLAUDE, model="a.claude-v1:0", api_key="", aws=AWS, region="us-east-1")
    server, _ = await stream_from((200, EVENTS, STOP + COUNTED), where)
    [received] = server.received
    sent = received.headers["authorization"]
    names = sent.split("SignedHeaders=")[1].split(",")[0].split(";")
    again = signed_headers(
        "POST",
        f"http://{received.headers['host']}{received.path}",
        {name: received.headers[name] for name in names if name in ("accept", "content-type")},
        received.body,
        AWS,
        region="us-east-1",
        service="bedrock",
        at=datetime.strptime(received.headers["x-amz-date"], "%Y%m%dT%H%M%S%z"),
    )
    assert again["authorization"] == sent
    assert set(names) == {"accept", "content-type", "host", "x-amz-date", "x-amz-security-token"}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((200, EVENTS, delta(0, text="H")), "cut"),
        ((200, EVENTS, STOP[:-1] + bytes([STOP[-1] ^ 1])), "cut"),
        ((200, EVENTS, STOP[:20]), "cut"),
        ((200, "text/html", b"<html>Sign in</html>"), "bad_reply"),
        ((429, "application/json", b'{"message": "Too many requests"}'), "rate_limit"),
        ((424, "application/json", b'{"message": "model error"}'), "server"),
        ((403, "application/json", b'{"Message": "not allowed"}'), "forbidden"),
    ],
)
async def test_a_reply_that_is_none_is_told(reply: tuple[int, str, bytes], code: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await stream_from(reply, CLAUDE)
    assert caught.value.code == code


async def test_a_refused_signature_repeats_no_secret() -> None:
    said = f"The Canonical String should have been x-amz-security-token:{AWS.session_token}"
    body = json.dumps({"message": said + "x" * 3000 + AWS.session_token}).encode()
    where = replace(CLAUDE, api_key="", aws=AWS, region="us-east-1")
    with pytest.raises(ProviderError, match="Canonical") as caught:
        await stream_from((403, "application/json", body), where)
    assert AWS.session_token not in str(caught.value)
    assert "[key]" in caught.value.message


async def test_credentials_that_no_header_can_carry_are_told_without_repeating_them() -> None:
    where = replace(CLAUDE, api_key="", aws=AwsCredentials("AKID", "bad\nsecret"), region="x")
    with pytest.raises(ProviderError) as caught:
        await stream_from((200, EVENTS, STOP), where)
    assert caught.value.code == "auth"
    assert "bad\nsecret" not in str(caught.value)
