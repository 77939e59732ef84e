"""Usage on its way to a collector while the app runs, and at its end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.collector import Collector
from support.worker import MODEL, running_worker

from clacky_tui import events
from clacky_tui.agent.telemetry import CLOSE_SECONDS
from clacky_tui.config.settings import Settings
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

pytest.importorskip("opentelemetry.sdk")
ROOT = str(Path(__file__).parents[2])
ANSWERS = [Step(text=f"Answer {number}.") for number in range(4)]
DEAD = "http://127.0.0.1:9"
LONG_AFTER_SECONDS = 60.0


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as receiving:
        yield receiving


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ROOT)
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "20")


def settings(url: str) -> Settings:
    return Settings(metrics_endpoint=SecretStr(url))


def arrived(collector: Collector, count: int = 1) -> dict[str, int]:
    """Requests by model in the last sums, once `count` sendings have come."""
    give_up = time.monotonic() + LONG_AFTER_SECONDS
    while len(collector.requests) < count and time.monotonic() < give_up:
        time.sleep(0.02)
    assert len(collector.requests) >= count
    return {
        names["gen_ai.request.model"]: point.as_int
        for names, point in collector.points("clacky.usage.requests")
        if names["clacky.priced"] == "true"
    }


async def arriving(collector: Collector, count: int) -> dict[str, int]:
    """`arrived`, with the loop free for the worker."""
    return await asyncio.to_thread(arrived, collector, count)


async def test_what_was_used_is_sent_while_it_runs(tmp_path: Path, collector: Collector) -> None:
    async with running_worker(ANSWERS, tmp_path, settings=settings(collector.url)) as harness:
        await harness.ask("hi")
        assert await arriving(collector, 1) == {MODEL: 1}
        await harness.ask("and")
        assert (await arriving(collector, 2))[MODEL] == 2
        assert not harness.all(events.Notice)
    assert {names["gen_ai.agent.name"] for names, _ in collector.points("clacky.usage.cost")} == {
        "clacky"
    }


async def test_nothing_of_the_projects_folder_is_imported(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sqlite3.py").write_text("raise SystemExit('the project was run')\n")
    monkeypatch.chdir(tmp_path)
    async with running_worker(ANSWERS, tmp_path, settings=settings(collector.url)) as harness:
        await harness.ask("hi")
    assert arrived(collector) == {MODEL: 1}


async def test_what_has_not_been_sent_is_sent_at_the_end(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "3600000")
    async with running_worker(ANSWERS, tmp_path, settings=settings(collector.url)) as harness:
        await harness.ask("hi")
        assert not collector.requests
    assert arrived(collector) == {MODEL: 1}


async def test_a_collector_named_by_the_environment_is_used(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"{collector.url}/team")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20c2VjcmV0")
    async with running_worker(ANSWERS, tmp_path) as harness:
        await harness.ask("hi")
        await arriving(collector, 1)
    assert collector.paths[0] == "/team/v1/metrics"
    assert collector.headers[0]["authorization"] == "Basic c2VjcmV0"


async def test_nothing_is_sent_where_nothing_was_used(tmp_path: Path, collector: Collector) -> None:
    async with running_worker(ANSWERS, tmp_path, settings=settings(collector.url)):
        pass
    assert not collector.requests


async def test_a_dead_collector_is_told_once_and_holds_up_neither_task_nor_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = DEAD.replace("http://", "http://me:hunter2hunter2@")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20sesame-sesame")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3")

    def is_of_it(notice: events.Notice) -> bool:
        return "collector" in notice.text

    async with running_worker(ANSWERS, tmp_path, settings=settings(url)) as harness:
        await harness.ask("hi")
        notice = await harness.next(events.Notice, is_of_it)
        assert notice.level == "warning"
        assert "settings.telemetry.otlp" in notice.text
        assert "Connection refused" in notice.text
        await harness.ask("again")
        await harness.ask("and again")
    told = [each for each in harness.all(events.Notice) if is_of_it(each)]
    assert told == [notice]
    journal = harness.all(events.SessionClosed)[0].journal_path
    everything = await asyncio.to_thread(Path(journal).read_text)
    assert "hunter2" not in everything
    assert "sesame" not in everything


async def test_an_exit_does_not_wait_for_a_collector_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last sending is left to itself: it would wait for ten minutes."""
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "3600000")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "600")
    with Collector(held=True) as hanging:
        async with (
            asyncio.timeout(LONG_AFTER_SECONDS),
            running_worker(ANSWERS, tmp_path, settings=settings(hanging.url)) as harness,
        ):
            await harness.ask("hi")
        hanging.release()
        assert arrived(hanging) == {MODEL: 1}
    assert CLOSE_SECONDS <= 1


def test_a_run_without_a_screen_sends_too(tmp_path: Path, collector: Collector) -> None:
    server = DemoServer(script=ANSWERS, tokens_per_second=0)
    server.start()
    environment = {
        **os.environ,
        "CLACKY_API_KEY": "sk-run-0123456789",
        "CLACKY_BASE_URL": server.endpoint("anthropic").base_url,
        "CLACKY_MODEL": MODEL,
        "CLACKY_ANTHROPIC_FORMAT": "true",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{collector.url}/v1/metrics",
        "OTEL_METRIC_EXPORT_INTERVAL": "60000",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "clacky_tui", "-m", "hi"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    assert arrived(collector) == {MODEL: 1}
