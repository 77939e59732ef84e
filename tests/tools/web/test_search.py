"""The web_search tool: services on loopback that answer as their documentation says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from support.page_server import (
    PageServer,
    header,
    json_reply,
    make_certificate,
    redirect,
    reply,
    server_tls,
)

from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.errors import ToolError
from clacky_tui.tools.base import SearchPause, ToolContext
from clacky_tui.tools.web.keyless import KEYLESS_ENGINES, KeylessSearch
from clacky_tui.tools.web.search import PAUSE_SECONDS, WebSearch, services_of
from clacky_tui.tools.web.search_backend import (
    SearchBackend,
    SearchFailedError,
    SearchResult,
    clean_results,
)
from clacky_tui.tools.web.search_services import (
    BraveSearch,
    ExaSearch,
    TavilySearch,
)

KEY = "key-of-the-person"
HIT = SearchResult("A title", "https://one.example/a", "A snippet")


@dataclass
class Scripted:
    """A service that answers what a test says, and counts its calls."""

    name: str
    answer: Sequence[SearchResult] | SearchFailedError
    calls: list[tuple[str, int]] = field(default_factory=list)

    async def search(self, query: str, max_results: int) -> list[SearchResult]:
        self.calls.append((query, max_results))
        if isinstance(self.answer, SearchFailedError):
            raise self.answer
        return list(self.answer)


def searching(*services: SearchBackend) -> WebSearch:
    return WebSearch(lambda settings: services)


async def test_results_are_numbered_with_address_and_service(context: ToolContext) -> None:
    tool = searching(Scripted("Good", [HIT, SearchResult("Two", "https://two.example/", "")]))
    result = await tool.run({"query": " a \n query ", "max_results": 5}, context)
    first, *rest = result.content.split("\n")
    assert first.startswith('2 results for "a query" from Good.')
    assert "not instructions" in first
    assert rest == [
        *("1. A title", "   https://one.example/a", "   A snippet"),
        *("2. Two", "   https://two.example/"),
    ]
    assert result.summary == "2 results from Good"
    assert result.card is not None
    assert result.card["results"][0]["url"] == "https://one.example/a"


@pytest.mark.parametrize("query", ["", "  \n ", "\u200b"])
async def test_a_blank_query_is_refused(context: ToolContext, query: str) -> None:
    with pytest.raises(ToolError) as caught:
        await searching().run({"query": query}, context)
    assert "The query is empty." in caught.value.message


async def test_the_number_of_results_has_a_bound(context: ToolContext) -> None:
    many = [SearchResult(str(n), f"https://{n}.example", "") for n in range(30)]
    service = Scripted("Good", many)
    result = await searching(service).run({"query": "q", "max_results": 3}, context)
    assert result.summary.startswith("3 results")
    await searching(service).run({"query": "q", "max_results": 1000}, context)
    assert service.calls == [("q", 3), ("q", 20)]


async def test_a_failing_service_is_left_alone_for_a_while(context: ToolContext) -> None:
    bad, good = Scripted("Bad", SearchFailedError("no connection")), Scripted("Good", [HIT])
    tool = searching(bad, good)
    for _ in range(3):
        assert (await tool.run({"query": "q"}, context)).summary.endswith("from Good")
    assert (len(bad.calls), len(good.calls)) == (1, 3)
    assert context.search_pauses["Bad"].until > time.monotonic() + PAUSE_SECONDS - 60
    context.search_pauses["Bad"] = SearchPause(time.monotonic(), "no connection")
    await tool.run({"query": "q"}, context)
    assert len(bad.calls) == 2


async def test_another_session_asks_the_service_again(context: ToolContext, tmp_path: Path) -> None:
    bad = Scripted("Bad", SearchFailedError("down"))
    tool = searching(bad)
    for session in (context, ToolContext(tmp_path)):
        with pytest.raises(ToolError):
            await tool.run({"query": "q"}, session)
    assert len(bad.calls) == 2


async def test_a_service_without_results_is_not_left_alone(context: ToolContext) -> None:
    empty, good = Scripted("Empty", []), Scripted("Good", [HIT])
    for _ in range(2):
        await searching(empty, good).run({"query": "q"}, context)
    assert len(empty.calls) == 2
    result = await searching(empty, Scripted("Bad", SearchFailedError("down"))).run(
        {"query": "q"}, context
    )
    assert result.ok
    assert result.summary == "no results"
    assert 'No result for "q" from Empty.' in result.content
    assert "Bad: down" in result.content


async def test_when_all_fail_the_causes_and_the_next_step_are_said(context: ToolContext) -> None:
    tool = searching(
        Scripted("One", SearchFailedError("no answer in time")),
        Scripted("Two", SearchFailedError("HTTP status 500")),
    )
    for _ in range(2):
        with pytest.raises(ToolError) as caught:
            await tool.run({"query": "q"}, context)
        assert "One: no answer in time; Two: HTTP status 500" in caught.value.message
        assert "settings.web" in caught.value.message


def test_configured_services_come_first() -> None:
    settings = WebSettings(
        brave_api_key=SecretStr(KEY),
        tavily_api_key=SecretStr(KEY),
        exa_api_key=SecretStr(KEY),
        searxng_url="http://127.0.0.1:1",
    )
    names = [service.name for service in services_of(settings)]
    assert names[:4] == ["Brave Search", "Tavily", "Exa", "SearXNG"]
    assert len(set(names)) == len(names)
    assert [service.name for service in services_of(WebSettings())] == names[4:]
    assert KEY not in repr(services_of(settings)) + repr(settings)


async def test_brave(server: PageServer) -> None:
    rows = [
        {
            "title": "<b>A</b> &amp; B",
            "url": "https://a.example/",
            "description": "x <strong>y</strong>",
        }
    ]
    server.pages["/res/v1/web/search"] = json_reply({"type": "search", "web": {"results": rows}})
    found = await BraveSearch(KEY, server.url).search("two words", 7)
    assert found == [SearchResult("A & B", "https://a.example/", "x y")]
    assert server.requests[0].startswith("GET /res/v1/web/search?q=two+words&count=7 ")
    assert header(server.requests[0], "x-subscription-token") == KEY
    server.pages["/res/v1/web/search"] = json_reply({"type": "search"})
    assert await BraveSearch(KEY, server.url).search("q", 7) == []


async def test_tavily(server: PageServer) -> None:
    rows = [{"title": "A", "url": "https://a.example/", "content": "x\ny", "score": 0.9}]
    server.pages["/search"] = json_reply({"query": "q", "results": rows})
    found = await TavilySearch(KEY, server.url).search("q", 50)
    assert found == [SearchResult("A", "https://a.example/", "x y")]
    assert json.loads(server.bodies[0]) == {"query": "q", "max_results": 20}
    assert header(server.requests[0], "authorization") == f"Bearer {KEY}"


async def test_exa(server: PageServer) -> None:
    rows = [{"title": None, "url": "https://a.example/", "text": "z" * 900}]
    server.pages["/search"] = json_reply({"requestId": "1", "results": rows})
    [found] = await ExaSearch(KEY, server.url).search("q", 3)
    assert found.title == "https://a.example/"
    assert len(found.snippet) == 400
    assert json.loads(server.bodies[0])["numResults"] == 3
    assert header(server.requests[0], "x-api-key") == KEY


async def test_searxng_from_the_settings_to_the_text(
    context: ToolContext, server: PageServer
) -> None:
    rows = [{"title": f"T{n}", "url": f"https://{n}.example/", "content": "c"} for n in range(8)]
    server.pages["/sub/search"] = json_reply({"query": "q", "results": rows})
    context.web = WebSettings(searxng_url=f"{server.url}/sub/")
    result = await WebSearch().run({"query": "q", "max_results": 2}, context)
    assert result.summary == "2 results from SearXNG"
    assert "format=json" in server.requests[0]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (json_reply({"message": f"bad {KEY}"}, status="401 No"), "key is not accepted"),
        (json_reply({}, status="429 Slow"), "too many requests"),
        (json_reply({}, status="500 Oops"), "HTTP status 500"),
        (redirect("http://127.0.0.1:9/"), "HTTP status 302"),
        (reply(b"<html>"), "no JSON object"),
        (json_reply([1]), "no JSON object"),
        (json_reply({"results": "many"}), "no list of results"),
        (reply(b"[" * 100_000), "no JSON object"),
        (b"nonsense\r\n\r\n", "no connection"),
        (reply(b" " * 5_000_000), "too long"),
    ],
    ids=["401", "429", "500", "302", "html", "list", "words", "deep", "no-http", "long"],
)
async def test_trouble_with_a_service_has_a_cause_without_the_key(
    server: PageServer, answer: bytes, cause: str
) -> None:
    server.pages["/search"] = answer
    with pytest.raises(SearchFailedError, match=cause) as caught:
        await TavilySearch(KEY, server.url).search("q", 3)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


@given(
    st.lists(
        st.fixed_dictionaries(
            {"title": st.none() | st.text(), "s": st.none() | st.text() | st.integers()},
            optional={
                "url": st.none()
                | st.text()
                | st.sampled_from(
                    ["https://a.example/x", "https://a.example/x/#y", "javascript:x", "http://["]
                )
            },
        )
    )
)
def test_any_rows_become_plain_results(rows: list[dict[str, object]]) -> None:
    results = clean_results(rows, "s")
    for result in results:
        assert result.url.startswith(("http://", "https://"))
        assert not any("\n" in text for text in (result.title, result.url, result.snippet))
        assert len(result.snippet) <= 400
    assert len({result.url.partition("#")[0].rstrip("/") for result in results}) == len(results)


DUCKDUCKGO_PAGE = b"""<html><body><div id="links">
<div class="result results_links web-result"><div class="links_main result__body">
<h2 class="result__title"><a class="result__a" href="https://one.example/a">First hit</a></h2>
<a class="result__snippet" href="https://one.example/a">What <b>one</b> says.</a></div></div>
<div class="result results_links web-result"><div class="links_main result__body">
<h2 class="result__title"><a class="result__a" href="https://two.example/">Second hit</a></h2>
<a class="result__snippet" href="https://two.example/">What two says.</a></div></div>
</div></body></html>"""


async def run_through_proxy(
    answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str = "200 OK"
) -> list[SearchResult]:
    """A search whose engine is a TLS server on loopback, reached as a proxy would reach it."""
    files = await asyncio.to_thread(make_certificate, tmp_path, "html.duckduckgo.com")
    tls = server_tls(*files)

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"CONNECT html.duckduckgo.com:443 ")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        await writer.start_tls(tls)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply(answer, status=status))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
        return await KeylessSearch("duckduckgo", "DuckDuckGo").search("some words", 5)


async def test_a_keyless_engine_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await run_through_proxy(DUCKDUCKGO_PAGE, tmp_path, monkeypatch)
    assert found == [
        SearchResult("First hit", "https://one.example/a", "What one says."),
        SearchResult("Second hit", "https://two.example/", "What two says."),
    ]


async def test_a_keyless_engine_may_find_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await run_through_proxy(b"<html><body>No</body></html>", tmp_path, monkeypatch) == []


async def test_a_keyless_engine_that_refuses_has_not_found_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SearchFailedError, match="refused"):
        await run_through_proxy(b"<html>Robot?</html>", tmp_path, monkeypatch, "202 Accepted")


async def test_an_engine_that_is_no_longer_offered_is_a_failure() -> None:
    with pytest.raises(SearchFailedError, match="does not offer"):
        await KeylessSearch("altavista", "AltaVista").search("q", 3)


async def test_a_keyless_engine_out_of_reach_is_a_failure(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PageServer().running() as gone:
        pass
    monkeypatch.setenv("HTTPS_PROXY", gone.url)
    with pytest.raises(ToolError) as caught:
        await WebSearch().run({"query": "q"}, context)
    for engine in KEYLESS_ENGINES:
        assert f"{engine.name}: " in caught.value.message
    assert set(context.search_pauses) == {engine.name for engine in KEYLESS_ENGINES}


async def test_an_interrupt_ends_the_search_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        while await reader.read(4096):
            pass
        gone.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        searching_task = asyncio.create_task(KEYLESS_ENGINES[0].search("q", 3))
        await arrived.wait()
        searching_task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await searching_task
        await asyncio.wait_for(gone.wait(), 20)
