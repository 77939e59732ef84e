"""A pause of the person: the cheapest of keeping warm, compressing and letting expire."""

from __future__ import annotations

import asyncio
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from support.worker import Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.agent import summary
from clacky_tui.agent.idle import IdleWatch
from clacky_tui.agent.model_call import ModelCaller
from clacky_tui.billing.price_overrides import overrides_file
from clacky_tui.config.settings import Settings
from clacky_tui.domain.budgets import Limits
from clacky_tui.domain.messages import Message
from clacky_tui.errors import ConfigError
from clacky_tui.providers.demo.script import ScriptedCall, Step

SUMMARY = Step(text="<topics>tax</topics>\n<summary>All taxed.</summary>")
NO_COMPRESSION = Settings(enable_compression=False)


class Clock:
    """Time that passes only by sleeping; `awake` is set when the watch has come to its end."""

    def __init__(self, *, asleep_seconds: float = 0.0) -> None:
        self.seconds = 1_000.0
        self.slept: list[float] = []
        self._asleep_seconds = asleep_seconds

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds + self._asleep_seconds
        await asyncio.sleep(0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "big.txt").write_text("orders and taxes\n" * 480)
    return project


def work(count: int) -> list[Step]:
    """Tasks that read a file of 2,000 tokens each."""
    read = Step(tool_calls=(ScriptedCall("file_reader", {"path": "big.txt"}),))
    return [step for n in range(count) for step in (read, Step(text=f"Reply {n}."))]


async def talk(harness: Harness, rounds: int) -> None:
    for number in range(rounds):
        await harness.ask(f"Request {number}.")


def history_of(harness: Harness) -> tuple[Message, ...]:
    return harness.worker._session.history.messages


def watch_of(harness: Harness, clock: Clock) -> IdleWatch:
    worker = harness.worker
    return IdleWatch(
        worker._session,
        worker._compressor,
        worker._desk.caller,
        sleep=clock.sleep,
        clock=clock,
    )


async def finish(watch: IdleWatch) -> None:
    """Let the watch come to its own end."""
    if watch._watching is not None:
        async with asyncio.timeout(20):
            await watch._watching


def requests_after_work(harness: Harness, rounds: int) -> list[events.UsageRecorded]:
    return harness.all(events.UsageRecorded)[2 * rounds :]


async def test_a_long_conversation_is_compressed_before_its_cache_expires(folder: Path) -> None:
    clock = Clock()
    async with running_worker([*work(12), SUMMARY], folder) as harness:
        await talk(harness, 12)
        watch = watch_of(harness, clock)
        watch.start()
        await finish(watch)
        [request] = requests_after_work(harness, 12)
    assert clock.slept == [240.0]
    assert request.purpose == "compression"
    [started] = harness.all(events.CompressionStarted)
    assert started.reason == "idle"
    [finished] = harness.all(events.CompressionFinished)
    assert finished.cache_hit_rate is not None
    assert finished.cache_hit_rate > 0.95
    [notice] = harness.all(events.Notice)
    assert notice.text.startswith("While you are away: compress now ($0.")
    assert "let the cache expire ($" in notice.text
    assert sum(map(summary.is_summary, history_of(harness))) == 1


async def test_where_nothing_can_be_compressed_the_cache_is_kept_until_that_costs_too_much(
    folder: Path,
) -> None:
    clock = Clock()
    pings = [Step(text="ok") for _ in range(30)]
    async with running_worker([*work(12), *pings], folder, settings=NO_COMPRESSION) as harness:
        await talk(harness, 12)
        before, shown = history_of(harness), harness.shown_text
        watch = watch_of(harness, clock)
        watch.start()
        await finish(watch)
        sent = requests_after_work(harness, 12)
        assert history_of(harness) == before
        bodies = [request.body for request in harness.server.requests]
        rates = await (await harness.worker._desk.caller()).rates(27_000)
    assert rates is not None
    assert 3 < len(sent) < 20
    assert set(clock.slept) == {240.0}
    assert harness.shown_text == shown
    for request in sent:
        assert request.purpose == "keep_warm"
        assert request.tokens is not None
        assert request.tokens.cache_read_tokens > 25_000
        assert request.tokens.cache_creation_tokens + request.tokens.input_tokens == 0
    cost = sum((request.cost or Decimal(0) for request in sent), Decimal(0))
    assert cost < 2 * 27_000 * rates.cache_write / 1_000_000
    assert bodies[-1]["max_tokens"] == 16
    assert len({str(body["messages"]) for body in bodies[24:]}) == 1
    said = [notice.text for notice in harness.all(events.Notice)]
    assert [text.split(" (")[0] for text in said] == [
        "While you are away: keep the cache warm",
        "While you are away: let the cache expire",
    ]


async def test_the_price_the_user_set_decides(folder: Path) -> None:
    """The same conversation as above, at a price that gives nothing for reading from the cache."""
    overrides_file().parent.mkdir(parents=True, exist_ok=True)
    overrides_file().write_text("claude-sonnet-4-5: {input: 1, output: 1}\n")
    async with running_worker(work(12), folder, settings=NO_COMPRESSION) as harness:
        await talk(harness, 12)
        watch = watch_of(harness, Clock())
        watch.start()
        await finish(watch)
        assert requests_after_work(harness, 12) == []
    [notice] = harness.all(events.Notice)
    assert notice.text.startswith("While you are away: let the cache expire ($0.")


async def test_a_model_that_cannot_be_asked_any_more_is_left_alone(folder: Path) -> None:
    async with running_worker(work(12), folder) as harness:
        await talk(harness, 12)

        async def refuse() -> ModelCaller:
            raise ConfigError("There is no key any more.")

        worker = harness.worker
        watch = IdleWatch(
            worker._session, worker._compressor, refuse, sleep=Clock().sleep, clock=Clock()
        )
        watch.start()
        await finish(watch)
    assert not harness.all(events.Notice)


async def test_a_small_conversation_is_left_alone(folder: Path) -> None:
    async with running_worker(work(3), folder) as harness:
        await talk(harness, 3)
        watch = watch_of(harness, clock := Clock())
        watch.start()
        assert watch._watching is None
    assert clock.slept == []


async def test_after_the_machine_slept_nothing_is_sent(folder: Path) -> None:
    async with running_worker(work(12), folder) as harness:
        await talk(harness, 12)
        watch = watch_of(harness, Clock(asleep_seconds=3600))
        watch.start()
        await finish(watch)
        assert requests_after_work(harness, 12) == []


async def test_without_money_left_nothing_is_sent(folder: Path) -> None:
    async with running_worker(work(12), folder) as harness:
        await talk(harness, 12)
        session = harness.worker._session
        session.budget.set_limits(Limits(session_usd=session.cost))
        watch = watch_of(harness, Clock())
        watch.start()
        await finish(watch)
        assert len(harness.server.requests) == 24
    assert "session budget" in harness.all(events.Notice)[-1].text


async def test_input_undoes_a_compression_that_runs(folder: Path) -> None:
    gate = threading.Event()
    slow = Step(text=SUMMARY.text, start_gate=gate)
    async with running_worker([*work(12), slow], folder) as harness:
        await talk(harness, 12)
        before = history_of(harness)
        watch = watch_of(harness, Clock())
        watch.start()
        async with asyncio.timeout(20):
            while len(harness.server.requests) < 25:  # noqa: ASYNC110  it lives in a thread
                await asyncio.sleep(0.01)
        await watch.stop()
        assert history_of(harness) == before
        gate.set()
        [request] = requests_after_work(harness, 12)
    assert request.outcome == "cancelled"
    assert [finished.outcome for finished in harness.all(events.CompressionFinished)] == [
        "cancelled"
    ]


async def test_a_compression_that_fails_while_idle_is_told_and_changes_nothing(
    folder: Path,
) -> None:
    refused = Step(status=400, body='{"error": {"message": "not now"}}')
    async with running_worker([*work(12), refused], folder) as harness:
        await talk(harness, 12)
        before = history_of(harness)
        watch = watch_of(harness, Clock())
        watch.start()
        await finish(watch)
        assert history_of(harness) == before
    assert any("not now" in notice.text for notice in harness.all(events.Notice))


async def test_the_worker_watches_between_tasks(folder: Path) -> None:
    gate = threading.Event()
    steps = [*work(12), Step(text="Yes.", start_gate=gate)]
    async with running_worker(steps, folder) as harness:
        watch = harness.worker._idle
        await talk(harness, 12)
        harness.send(commands.SetMode(mode="auto_approve"))
        await harness.next(events.ModeChanged)
        assert watch._watching is not None
        harness.send(commands.Submit(text="Are you there?"))
        await harness.next(events.TaskStarted, count=13)
        assert watch._watching is None
        assert len(watch._pauses_seconds) == 12
        gate.set()
        await harness.next(events.TaskEnded, count=13)


@pytest.mark.parametrize("command", [commands.NewSession(), commands.Shutdown()])
async def test_a_session_left_while_a_task_runs_is_not_watched_any_more(
    folder: Path, command: commands.Command
) -> None:
    gate = threading.Event()
    async with running_worker([*work(12), Step(text="Hm.", start_gate=gate)], folder) as harness:
        watch = harness.worker._idle
        await talk(harness, 12)
        harness.send(commands.Submit(text="Are you there?"))
        await harness.next(events.TaskStarted, count=13)
        harness.send(command)
        await harness.next(events.SessionClosed)
        gate.set()
    assert watch._watching is None
