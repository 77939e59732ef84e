"""What is said of a model before it is saved: it answers, or which part of its entry is wrong."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.canned_server import CannedServer

from clacky_tui.agent.model_probe import Culprit, Probe
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.config.settings import ModelEntry
from clacky_tui.paths import sessions_dir
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

KEY = "sk-0123456789abcdef"


def entry(url: str, key: str = KEY, wire: str = "openai_chat") -> ModelEntry:
    if wire == "openai_chat":
        url = f"{url}/v1"
    return ModelEntry(model="some-model", api_key=SecretStr(key), base_url=url, wire=wire)


def refusal(status: int, message: str) -> tuple[int, str, bytes]:
    return status, "application/json", f'{{"error": {{"message": "{message}"}}}}'.encode()


@pytest.mark.parametrize("wire", ["openai_chat", "anthropic"])
def test_a_model_that_answers_is_booked_once_and_leaves_no_session(
    wire: str, clacky_home: Path
) -> None:
    with DemoServer(script=[Step(text="Ready.")], tokens_per_second=0) as server:
        probed = Probe(entry(server.url, wire=wire)).run()
        [request] = server.requests
    assert (probed.error, probed.culprit) == (None, None)
    assert [tool["name"] if wire == "anthropic" else tool["function"]["name"]
            for tool in request.body["tools"]] == ["read_clock"]  # fmt: skip
    [month] = default_ledger(simulated=False).folder.iterdir()
    assert month.read_text().count('"test"') == 1
    assert not sessions_dir().exists()


@pytest.mark.parametrize(
    ("reply", "culprit"),
    [
        (refusal(401, "bad key"), "key"),
        (refusal(403, "not yours"), "key"),
        (refusal(402, "top up"), "key"),
        (refusal(404, "no such page"), "url"),
        ((200, "text/html", b"<html>log in</html>"), "url"),
        (refusal(404, "The model does not exist"), "model"),
        (refusal(503, "busy"), "other"),
    ],
)
def test_a_refusal_names_what_is_wrong(reply: tuple[int, str, bytes], culprit: Culprit) -> None:
    with CannedServer(reply) as server:
        probed = Probe(entry(server.url)).run()
        assert len(server.received) == 1
    assert probed.culprit == culprit
    assert probed.error is not None
    assert KEY not in str(probed.error)


def test_a_model_without_tools_is_told_from_a_wrong_name() -> None:
    no = refusal(400, "Model Not Exist")
    with CannedServer(no, no) as server:
        assert Probe(entry(server.url)).run().culprit == "model"
    steps = [
        Step(status=400, body='{"error": {"message": "tools are not supported"}}'),
        Step("Hi."),
    ]
    with DemoServer(script=steps, tokens_per_second=0) as demo:
        probed = Probe(entry(demo.url)).run()
        assert [bool(request.body.get("tools")) for request in demo.requests] == [True, False]
    assert probed.culprit == "tools"
    assert "tools are not supported" in str(probed.error)


@pytest.mark.parametrize(
    ("url", "key", "culprit"),
    [
        ("http://127.0.0.1:9", KEY, "url"),
        ("nonsense", KEY, "url"),
        ("http://127.0.0.1:9", "", "key"),
    ],
)
def test_what_can_be_seen_without_a_server_is_told_too(
    url: str, key: str, culprit: Culprit
) -> None:
    assert Probe(entry(url, key)).run().culprit == culprit


def test_it_can_be_called_off() -> None:
    step = Step(text="late", start_gate=threading.Event())
    with DemoServer(script=[step], tokens_per_second=0) as server:
        probe = Probe(entry(server.url))
        ended: list[BaseException] = []

        def run() -> None:
            try:
                probe.run()
            except asyncio.CancelledError as error:
                ended.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        probe.cancel()
        thread.join(20)
        assert len(ended) == 1
