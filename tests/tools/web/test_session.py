"""The web tools inside a running session: settings in, results to the model."""

from __future__ import annotations

from pathlib import Path

from support.page_server import PageServer, json_reply, reply
from support.worker import running_worker

from clacky_tui import events
from clacky_tui.config.settings import Settings
from clacky_tui.domain.web_settings import WebSettings
from clacky_tui.providers.demo.script import ScriptedCall, Step


async def test_a_session_fetches_and_searches_as_the_settings_say(
    tmp_path: Path, server: PageServer
) -> None:
    server.pages["/page"] = reply(b"<title>Inside</title><p>words", "text/html")
    rows = [{"title": "Found", "url": "https://a.example/", "content": "c"}]
    server.pages["/search"] = json_reply({"results": rows})
    private = ScriptedCall("web_fetch", {"url": f"http://localhost:{server.port}/page"})
    calls = (
        ScriptedCall("web_fetch", {"url": f"{server.url}/page"}),
        private,
        ScriptedCall("web_search", {"query": "q"}),
    )
    settings = Settings(
        web=WebSettings(allowed_hosts=(f"127.0.0.1:{server.port}",), searxng_url=server.url)
    )
    steps = [Step(tool_calls=calls), Step(text="Done.")]
    async with running_worker(steps, tmp_path, settings=settings) as harness:
        assert (await harness.ask("Look it up.")).outcome == "done"
    assert not harness.all(events.ApprovalAsked)
    fetched, refused, searched = harness.all(events.ToolFinished)
    assert (fetched.ok, fetched.summary) == (True, "Inside")
    assert not refused.ok
    assert (searched.ok, searched.summary) == (True, "1 result from SearXNG")
    assert len(server.requests) == 2
