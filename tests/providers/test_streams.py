"""Both wires over real HTTP: what arrives, what is counted, and every way it can go wrong."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from support.scripted_server import (
    KEY,
    WIRES,
    ask,
    collect,
    ending,
    endpoint,
    last_usage,
    provider_for,
    reasoning_of,
    text_of,
)

from clacky_tui.domain.messages import ToolCall
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ProviderError
from clacky_tui.providers.base import Endpoint, StreamEvent, TextChunk, WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.factory import make_provider
from clacky_tui.providers.http import READ_INTERVAL_SECONDS

pytestmark = pytest.mark.parametrize("wire", WIRES)

READ = ScriptedCall("read", {"path": "ä"}, id="c1")
BROKEN = ScriptedCall("write", '{"content": "no en', id="c2")


async def play(wire: WireFormat, *script: Step) -> list[StreamEvent]:
    with DemoServer(script, tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        events = await collect(provider, ask("hi"))
        await provider.aclose()
    return events


async def fail(wire: WireFormat, step: Step) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await play(wire, step)
    assert KEY not in f"{caught.value} {caught.value!r} {caught.value.hint}"
    return caught.value


async def test_text_reasoning_and_parallel_calls_arrive(wire: WireFormat) -> None:
    step = Step("Hello, 终端 🙂.", reasoning="Let me think.", tool_calls=(READ, BROKEN))
    events = await play(wire, step)
    assert text_of(events) == "Hello, 终端 🙂."
    assert reasoning_of(events) == "Let me think."
    finished = ending(events)
    assert finished.reason == "tool_calls"
    assert finished.tool_calls == (
        ToolCall("c1", "read", '{"path": "ä"}'),
        ToolCall("c2", "write", '{"content": "no en'),
    )


async def test_honest_counts_arrive_in_classes(wire: WireFormat) -> None:
    with DemoServer([Step("a" * 40), Step("b")], tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        long_prompt = "word " * 2000
        first = last_usage(await collect(provider, ask(long_prompt, cache_marks=(0,)))).usage
        again = ask(long_prompt, "more", cache_marks=(0, 1))
        second = last_usage(await collect(provider, again)).usage
        await provider.aclose()
    assert first.output_tokens == 10
    assert first.cache_read_tokens == 0
    assert first.total_input_tokens > 2500
    assert second.cache_read_tokens > 2400
    assert (first.cache_creation_tokens > 0) == (wire == "anthropic")


async def test_the_providers_own_usage_and_price_are_taken(wire: WireFormat) -> None:
    usage = {"input_tokens": 7, "output_tokens": 3, "cost": 0.25}
    if wire == "openai_chat":
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.25}
    reported = last_usage(await play(wire, Step("x", usage=usage)))
    assert reported.usage == Usage(7, output_tokens=3)
    if wire == "openai_chat":
        assert reported.api_cost == Decimal("0.25")


async def test_a_reply_without_usage_is_complete_but_uncounted(wire: WireFormat) -> None:
    events = await play(wire, Step("x", usage={}))
    assert ending(events).reason == "stop"
    assert [type(event).__name__ for event in events] == ["TextChunk", "Finished"]


async def test_text_is_there_while_the_stream_is_open(wire: WireFormat) -> None:
    gate = threading.Event()
    with DemoServer([Step("early", gate=gate)], tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        seen = ""
        async with aclosing(provider.stream(ask("hi"))) as events:
            async for event in events:
                if isinstance(event, TextChunk):
                    seen += event.text
                if seen == "early":
                    gate.set()
        await provider.aclose()
    assert seen == "early"


async def test_a_cancelled_stream_closes_the_connection_at_once(wire: WireFormat) -> None:
    with DemoServer([Step("early", stall=True)], tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        first_text = asyncio.Event()

        async def read() -> None:
            async for event in provider.stream(ask("hi")):
                if isinstance(event, TextChunk):
                    first_text.set()

        task = asyncio.create_task(read())
        await first_text.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        left = server.requests[0].client_left
        assert await asyncio.to_thread(left.wait, 5)
        await provider.aclose()


async def test_a_stream_closed_early_closes_the_connection(wire: WireFormat) -> None:
    with DemoServer([Step("early", stall=True)], tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        async with aclosing(provider.stream(ask("hi"))) as events:
            await anext(events)
        assert await asyncio.to_thread(server.requests[0].client_left.wait, 5)
        await provider.aclose()


async def test_one_connection_serves_one_request_after_the_other(wire: WireFormat) -> None:
    with DemoServer([Step("a"), Step("b")], tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        answers = [text_of(await collect(provider, ask("hi"))) for _ in range(2)]
        ports = {request.client_port for request in server.requests}
        await provider.aclose()
    assert answers == ["a", "b"]
    assert len(ports) == 1


@pytest.mark.parametrize(("words", "pauses"), [(4, False), (80, True)])
async def test_a_long_slow_reply_is_read_on_a_clock_and_a_short_one_as_it_comes(
    wire: WireFormat, monkeypatch: pytest.MonkeyPatch, words: int, pauses: bool
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await real_sleep(seconds)

    real_sleep = asyncio.sleep
    monkeypatch.setattr("clacky_tui.providers.http.asyncio.sleep", sleep)
    text = "word " * words
    with DemoServer([Step(text)], tokens_per_second=200) as server:
        provider = provider_for(server, wire)
        events = await collect(provider, ask("hi"))
        await provider.aclose()
    assert text_of(events) == text
    paused = [seconds for seconds in waits if 0 < seconds <= READ_INTERVAL_SECONDS]
    assert bool(paused) == pauses


async def test_requests_of_one_provider_may_overlap(wire: WireFormat) -> None:
    gate = threading.Event()
    steps = [Step("slow", gate=gate), Step("quick")]
    with DemoServer(steps, tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        async with aclosing(provider.stream(ask("one"))) as slow:
            seen = [await anext(slow)]
            assert text_of(await collect(provider, ask("two"))) == "quick"
            gate.set()
            seen += [event async for event in slow]
        await provider.aclose()
    assert text_of(seen) == "slow"


async def test_the_key_travels_in_the_header_alone(wire: WireFormat) -> None:
    with DemoServer([Step("x")], tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        await collect(provider, ask("hi"))
        await provider.aclose()
        [request] = server.requests
    assert request.key == KEY
    assert KEY.encode() not in request.raw
    assert request.headers["user-agent"].startswith("clacky-tui/")
    assert KEY not in repr(provider.endpoint)


@pytest.mark.parametrize("cut_after_bytes", [0, 1, 40, 300, 700])
async def test_a_stream_cut_in_the_middle_is_worth_another_try(
    wire: WireFormat, cut_after_bytes: int
) -> None:
    text = "One two three four five six seven eight nine ten. " * 4
    error = await fail(wire, Step(text, cut_after_bytes=cut_after_bytes))
    assert (error.code, error.retryable) == ("cut", True)


async def test_a_stream_that_ends_without_a_finish_reason_was_cut(wire: WireFormat) -> None:
    error = await fail(wire, Step("half", finish=""))
    assert (error.code, error.retryable) == ("cut", True)


async def test_text_before_a_cut_has_been_handed_over(wire: WireFormat) -> None:
    with DemoServer([Step("half", finish="")], tokens_per_second=0) as server:
        provider = provider_for(server, wire)
        seen: list[StreamEvent] = []
        with pytest.raises(ProviderError):
            async for event in provider.stream(ask("hi")):
                seen.append(event)
        await provider.aclose()
    assert text_of(seen) == "half"


async def test_an_error_event_inside_the_stream_is_worth_another_try(wire: WireFormat) -> None:
    said = {"type": "overloaded_error", "message": f"Overloaded, {KEY}"}
    error = await fail(wire, Step("half", error_event=said))
    assert error.retryable
    assert "Overloaded" in error.message


async def test_a_stalled_stream_ends_with_the_read_timeout(wire: WireFormat) -> None:
    with DemoServer([Step("half", stall=True)], tokens_per_second=0) as server:
        provider = provider_for(server, wire, read_timeout_seconds=0.3)
        with pytest.raises(ProviderError, match=r"no byte for 0\.3 s") as caught:
            await collect(provider, ask("hi"))
        await provider.aclose()
    assert (caught.value.code, caught.value.retryable) == ("cut", True)


@pytest.mark.parametrize(
    ("status", "retryable", "hint"),
    [
        (400, False, ""),
        (401, False, "key"),
        (402, False, "credit"),
        (403, False, "key"),
        (404, False, "base_url"),
        (429, True, "busy"),
        (500, True, "busy"),
        (503, True, "busy"),
        (529, True, "busy"),
    ],
)
async def test_every_status_is_mapped_with_its_body_read(
    wire: WireFormat, status: int, retryable: bool, hint: str
) -> None:
    body = f'{{"error": {{"message": "said {status} about {KEY}"}}}}'
    error = await fail(wire, Step(status=status, body=body))
    assert (error.status, error.retryable) == (status, retryable)
    assert f"said {status} about [key]" in error.message
    assert hint in error.hint


async def test_an_error_body_that_never_ends_is_not_waited_for(wire: WireFormat) -> None:
    error = await fail(wire, Step(status=500, body=b"x" * (3 << 20)))
    assert error.status == 500
    assert len(error.message) < 5000


async def test_retry_after_is_passed_on(wire: WireFormat) -> None:
    error = await fail(wire, Step(status=429, headers={"Retry-After": "12"}))
    assert error.retry_after_seconds == 12
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    error = await fail(wire, Step(status=503, headers={"retry-after": date}))
    assert error.retry_after_seconds == pytest.approx(60, abs=10)


async def test_a_web_page_with_status_200_is_told_apart(wire: WireFormat) -> None:
    page = "\n<!doctype html><title>Sign in</title>"
    error = await fail(wire, Step(body=page, content_type="text/html"))
    assert (error.code, error.retryable) == ("bad_reply", True)
    assert "web page" in error.message


async def test_json_instead_of_a_stream_tells_its_message(wire: WireFormat) -> None:
    error = await fail(wire, Step(body='{"error": {"message": "no such plan"}}'))
    assert (error.code, error.retryable) == ("bad_reply", True)
    assert "no such plan" in error.message


async def test_an_empty_reply_was_cut(wire: WireFormat) -> None:
    error = await fail(wire, Step(body="", content_type="text/event-stream"))
    assert (error.code, error.retryable) == ("cut", True)


async def fail_at(there: Endpoint) -> ProviderError:
    provider = make_provider(there)
    with pytest.raises(ProviderError) as caught:
        async for _ in provider.stream(ask("hi")):
            pass
    await provider.aclose()
    assert there.api_key == "" or there.api_key not in str(caught.value)
    return caught.value


async def test_a_refused_connection_is_worth_another_try(wire: WireFormat) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = await fail_at(endpoint(wire, f"http://127.0.0.1:{port}"))
    assert (error.code, error.retryable, error.status) == ("network", True, None)
    assert f"127.0.0.1:{port}" in error.message


async def test_a_server_that_does_not_speak_tls_is_a_network_error(wire: WireFormat) -> None:
    with DemoServer([Step("x")]) as server:
        error = await fail_at(endpoint(wire, server.url.replace("http://", "https://")))
    assert error.code == "network"


@pytest.mark.parametrize(
    "base_url",
    ["", "api.example.com", "ftp://a.b", "http://[", "https://", "http://a:99999", "http://a b.c"],
)
async def test_an_unusable_address_is_not_tried_again(wire: WireFormat, base_url: str) -> None:
    error = await fail_at(endpoint(wire, base_url))
    assert (error.code, error.retryable) == ("url", False)
    assert "base_url" in error.message


@pytest.mark.parametrize("key", ["sk-with space-12345", "sk-line\nbreak-12345", "sk-schlüssel-123"])
async def test_a_key_that_cannot_be_sent_is_told_without_repeating_it(
    wire: WireFormat, key: str
) -> None:
    error = await fail_at(replace(endpoint(wire, "http://127.0.0.1:9"), api_key=key))
    assert (error.code, error.retryable) == ("auth", False)


async def test_a_proxy_from_the_environment_is_not_asked_for_loopback(
    wire: WireFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    assert text_of(await play(wire, Step("direct"))) == "direct"


async def test_a_proxy_that_cannot_be_used_is_explained(
    wire: WireFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:9")
    error = await fail_at(endpoint(wire, "http://model.invalid"))
    assert (error.code, error.retryable) == ("network", False)
    assert "ALL_PROXY" in error.hint


def test_making_a_provider_loads_no_http_library(wire: WireFormat) -> None:
    program = (
        "import sys\n"
        "from clacky_tui.providers.base import Endpoint\n"
        "from clacky_tui.providers.factory import make_provider\n"
        f"make_provider(Endpoint({wire!r}, 'https://a.b', 'k', 'm'))\n"
        "assert not {'httpx', 'httpcore', 'pydantic', 'textual'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
