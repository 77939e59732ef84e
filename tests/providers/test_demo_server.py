"""The demo server itself: where it listens, how fast it talks, what it refuses."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from support.scripted_server import WIRES, ask, collect, last_usage, text_of

from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ProviderError
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.prefix_cache import PrefixCache
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.factory import make_provider


def post(url: str, body: bytes, **headers: str) -> int:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_starts_and_stops_quickly_and_leaves_nothing_behind() -> None:
    threads_before = threading.active_count()
    started = time.monotonic()
    server = DemoServer()
    server.start()
    host, port = server.url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    server.stop()
    server.stop()
    assert time.monotonic() - started < 2
    assert threading.active_count() == threads_before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
    with pytest.raises(RuntimeError):
        server.endpoint()


@pytest.mark.parametrize("wire", WIRES)
async def test_stopping_ends_streams_that_are_still_open(wire: WireFormat) -> None:
    server = DemoServer([Step("half", stall=True)], tokens_per_second=0)
    server.start()
    provider = make_provider(server.endpoint(wire))
    with pytest.raises(ProviderError) as caught:
        async for _ in provider.stream(ask("hi")):
            server.stop()
    assert caught.value.code == "cut"
    await provider.aclose()


@pytest.mark.parametrize("wire", WIRES)
async def test_a_paced_reply_takes_its_time(wire: WireFormat) -> None:
    step = Step("a" * 4 * 20)
    with DemoServer([step], tokens_per_second=100, first_token_seconds=0.1) as server:
        provider = make_provider(server.endpoint(wire))
        started = time.monotonic()
        await collect(provider, ask("hi"))
        assert time.monotonic() - started >= 0.29
        await provider.aclose()


@pytest.mark.parametrize("wire", WIRES)
async def test_only_the_demo_key_is_served(wire: WireFormat) -> None:
    with DemoServer(tokens_per_second=0) as server:
        provider = make_provider(replace(server.endpoint(wire), api_key="something-else"))
        with pytest.raises(ProviderError) as caught:
            await collect(provider, ask("hi"))
        await provider.aclose()
    assert caught.value.code == "auth"


def test_other_paths_and_broken_bodies_do_no_harm(tmp_path: Path) -> None:
    with DemoServer(tokens_per_second=0, scratch_parent=tmp_path) as server:
        messages = f"{server.url}/v1/messages"
        assert post(f"{server.url}/v1/other", b"{}") == 404
        assert post(messages, b'{"messages": []}') == 401
        completions = f"{server.url}/v1/chat/completions"
        for body in (b"", b"not json", b"[]", b"{}", b'{"messages": 3}', b"[" * 100_000):
            assert post(messages, body, **{"x-api-key": "demo"}) == 400
        odd = b'{"tools": 4, "system": 5, "messages": [4, {}, {"role": "user", "content": {}}]}'
        assert post(messages, odd, **{"x-api-key": "demo"}) == 200
        assert post(completions, odd, authorization="Bearer demo") == 200


def test_a_fifth_breakpoint_is_answered_with_400() -> None:
    block = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    body = {"model": "demo", "messages": [{"role": "user", "content": [block] * 5}]}
    with DemoServer(tokens_per_second=0) as server:
        raw = json.dumps(body).encode()
        assert post(f"{server.url}/v1/messages", raw, **{"x-api-key": "demo"}) == 400


@pytest.mark.parametrize("wire", WIRES)
async def test_cached_prefixes_expire_by_the_servers_clock(wire: WireFormat) -> None:
    now = 0.0
    with DemoServer(tokens_per_second=0, cache=PrefixCache(lambda: now)) as server:
        provider = make_provider(server.endpoint(wire))
        request = ask("hello " * 2000, cache_marks=(0,))

        async def used() -> Usage:
            return last_usage(await collect(provider, request)).usage

        first, second = await used(), await used()
        now = 1000.0
        third = await used()
        await provider.aclose()
    assert first == third
    assert first.cache_read_tokens == 0
    assert second.cache_read_tokens >= 2900
    assert second.total_input_tokens == first.total_input_tokens


@pytest.mark.parametrize("wire", WIRES)
async def test_a_script_that_is_over_says_so(wire: WireFormat) -> None:
    with DemoServer([], tokens_per_second=0) as server:
        provider = make_provider(server.endpoint(wire))
        with pytest.raises(ProviderError, match="no further answer") as caught:
            await collect(provider, ask("hi"))
        await provider.aclose()
    assert not caught.value.retryable


async def test_only_the_last_requests_are_remembered_without_a_script() -> None:
    with DemoServer(tokens_per_second=0) as server:
        provider = make_provider(server.endpoint())
        for number in range(20):
            assert text_of(await collect(provider, ask(f"hi {number}")))
        await provider.aclose()
        assert len(server.requests) == 16
        assert b"hi 19" in server.requests[-1].raw
