"""The worker asks every configured model a word: results told, money counted, nothing else touched."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.worker import KEY, MODEL, running_worker

from clacky_tui import commands, events
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.usage import tokens_per_second
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

pytestmark = pytest.mark.usefixtures("clacky_home")


def entry_for(server: DemoServer, model: str) -> ModelEntry:
    return ModelEntry(
        model=model, api_key=SecretStr(KEY), base_url=server.url, anthropic_format=True
    )


def wait_for_request(server: DemoServer) -> None:
    deadline = time.monotonic() + 20
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.01)


async def test_each_model_is_told_and_its_cost_is_in_the_sessions_total(tmp_path: Path) -> None:
    with (
        DemoServer(script=[Step(text="Ready.")], tokens_per_second=0) as good,
        DemoServer(script=[Step(status=404, body="no such model")], tokens_per_second=0) as wrong,
    ):
        known = (entry_for(good, MODEL), entry_for(wrong, "claude-haiku-4-5"))
        settings = Settings(models=known)
        async with running_worker([Step(text="Hi.")], tmp_path, settings=settings) as harness:
            harness.send(commands.TestModels())
            await harness.next(events.Progress, lambda progress: progress.done)
            ready = await harness.next(events.ModelTested, lambda tested: tested.ok)
            failed = await harness.next(events.ModelTested, lambda tested: not tested.ok)
            assert (ready.model, ready.message, bool(ready.cost)) == (MODEL, "", True)
            assert "model name 'claude-haiku-4-5' is not known" in failed.message

            recorded = harness.all(events.UsageRecorded)
            assert {usage.purpose for usage in recorded} == {"test"}
            assert recorded[-1].session_requests == 2
            assert recorded[-1].session_cost == ready.cost

            ended = await harness.ask("hello")
            assert (ended.outcome, ended.requests) == ("done", 1)
            assert harness.all(events.CacheMissed) == []
            [request] = harness.server.requests
            assert "ready" not in str(request.body["messages"])


async def test_it_is_refused_while_a_task_runs(tmp_path: Path) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Working.", gate=gate)], tmp_path) as harness:
        harness.send(commands.Submit(text="work"))
        await harness.next(events.TextDelta)
        harness.send(commands.TestModels())
        said = await harness.next(events.Notice)
        gate.set()
        await harness.next(events.TaskEnded)
    assert "once the agent has finished" in said.text
    assert harness.all(events.ModelTested) == []


async def test_an_interrupt_stops_it_and_books_what_was_sent(tmp_path: Path) -> None:
    step = Step(text="Ready.", gate=threading.Event())
    async with running_worker([step, Step(text="Hi.")], tmp_path) as harness:
        harness.send(commands.TestModels())
        await harness.next(events.Progress)
        await asyncio.to_thread(wait_for_request, harness.server)
        harness.send(commands.Interrupt())
        await harness.next(events.Progress, lambda progress: progress.done)
        [usage] = harness.all(events.UsageRecorded)
        assert (usage.purpose, usage.outcome) == ("test", "cancelled")
        assert (await harness.ask("hello")).outcome == "done"


def test_a_rate_is_told_only_when_enough_came_to_tell() -> None:
    assert tokens_per_second(16, 0.5, 1.0) == 32
    assert tokens_per_second(9, 0.5, 1.0) is None
    assert tokens_per_second(16, 0.5, 0.5) is None
    assert tokens_per_second(None, 0.5, 1.0) is None
    assert tokens_per_second(16, None, 1.0) is None
