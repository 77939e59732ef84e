"""Background tasks: what the model hears of their end, when, and what the person sees."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.worker import Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.agent.session import Session, now
from clacky_tui.providers.demo.script import Step
from clacky_tui.tools.background import BackgroundTask, BackgroundTasks


class Job:
    """A background command of the session of `harness`, without processes."""

    def __init__(self, harness: Harness, command: str, **fields: object) -> None:
        self.tasks: BackgroundTasks = session_of(harness).tools.background
        self.handle = self.tasks.new_handle()
        self.stopped = asyncio.Event()
        started = now() - timedelta(seconds=90)
        task = BackgroundTask(self.handle, command, Path("/src"), started, **fields)  # type: ignore[arg-type]
        self.tasks.add(task, self._stop)

    async def _stop(self) -> None:
        self.stopped.set()

    def end(self, exit_code: int = 0, last_line: str = "") -> None:
        status = "failed" if exit_code else "success"
        self.tasks.finish(self.handle, status, exit_code=exit_code, last_line=last_line)  # type: ignore[arg-type]


def session_of(harness: Harness) -> Session:
    return harness.worker._session


def last_request(harness: Harness) -> str:
    return harness.server.requests[-1].raw.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


async def test_an_end_while_idle_starts_a_task_by_itself(folder: Path) -> None:
    steps = [Step(text="Hi."), Step(text="It failed.")]
    async with running_worker(steps, folder) as harness:
        await harness.ask("hi")
        Job(harness, "npm run dev")
        job = Job(harness, "pytest -q <&>", call_id="call7", output_file=Path("/tmp/out.txt"))
        job.end(2, "x" * 300)
        ended = await harness.next(events.TaskEnded, count=2)
        sent = harness.server.requests[-1].raw.decode()
    assert ended.outcome == "done"
    assert harness.all(events.TaskStarted)[1].text == ""
    assert "Nobody typed this" in sent
    assert "no consent" in sent
    notification = re.search(r"<task-notification>.*</task-notification>", sent)
    assert notification
    text = notification[0].replace("\\n", "\n").replace('\\"', '"')
    assert f"<task-id>{job.handle}</task-id>" in text
    assert "<tool-use-id>call7</tool-use-id>" in text
    assert "<command>pytest -q &lt;&amp;&gt;</command>" in text
    assert "<status>failed</status>" in text
    assert "<exit-code>2</exit-code>" in text
    assert re.search(r"<elapsed-seconds>9\d\.\d</elapsed-seconds>", text)
    assert "<output-file>/tmp/out.txt</output-file>" in text
    assert f"Last line: {'x' * 200}</summary>" in text
    assert re.search(r'<task handle-id="\w{9}" elapsed-seconds="9\d">npm run dev</task>', text)


async def test_ends_while_busy_join_as_one_message_at_the_next_safe_point(folder: Path) -> None:
    gate = threading.Event()
    steps = [Step(text="Thinking.", gate=gate), Step(text="Both ended.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="go"))
        await harness.next(events.TextDelta)
        jobs = [Job(harness, f"job {number}") for number in (1, 2)]
        for job in jobs:
            job.end()
        gate.set()
        await harness.next(events.TaskEnded)
        sent = last_request(harness)
    assert len(harness.server.requests) == 2
    assert len(harness.all(events.TaskStarted)) == 1
    assert sent.count("Nobody typed this") == 1
    assert sent.count("<task-notification>") == 2


async def test_an_interrupt_drops_what_the_model_has_not_heard(folder: Path) -> None:
    gate = threading.Event()
    steps = [Step(text="Thinking.", gate=gate), Step(text="Fresh.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="go"))
        await harness.next(events.TextDelta)
        Job(harness, "stale").end()
        harness.send(commands.Interrupt())
        assert (await harness.next(events.TaskEnded)).outcome == "cancelled"
        await harness.ask("and now?")
        assert "task-notification" not in last_request(harness)
        assert len(harness.all(events.TaskStarted)) == 2
    gate.set()


@pytest.mark.parametrize(
    "end",
    [
        lambda job: job.tasks.finish(job.handle, "cancelled"),
        lambda job: Job.end(job),
    ],
    ids=["stopped by the model", "unwatched"],
)
async def test_what_the_model_knows_already_is_not_told_again(
    folder: Path, end: Callable[[Job], None]
) -> None:
    async with running_worker([Step(text="Hi."), Step(text="Ho.")], folder) as harness:
        await harness.ask("hi")
        job = Job(harness, "sleep 9", watched=False)
        end(job)
        await harness.ask("ho")
        assert "task-notification" not in last_request(harness)
    assert len(harness.all(events.TaskStarted)) == 2


async def test_stopping_one_tells_the_model_with_the_next_message(folder: Path) -> None:
    async with running_worker([Step(text="Hi."), Step(text="Ho.")], folder) as harness:
        await harness.ask("hi")
        job = Job(harness, "npm run dev")
        harness.send(commands.StopBackgroundTask(handle=job.handle))
        await harness.next(events.Notice, lambda notice: "was stopped" in notice.text)
        assert job.stopped.is_set()
        await harness.ask("ho")
        assert "<status>cancelled</status>" in last_request(harness)
        assert len(harness.all(events.TaskStarted)) == 2
        harness.send(commands.StopBackgroundTask(handle="nothing99"))
        await harness.next(events.Notice, lambda notice: "nothing99" in notice.text)


async def test_front_ends_are_told_of_every_change(folder: Path) -> None:
    async with running_worker([Step(text="Hi."), Step(text="Ho.")], folder) as harness:
        job = Job(harness, "npm test")
        job.tasks.set_status(job.handle, "waiting")
        job.end(1, "1 failed")
        await harness.next(events.TaskEnded)
        changes = [change.tasks[0] for change in harness.all(events.BackgroundTasksChanged)]
        many = [Job(harness, f"job {number}", watched=False) for number in range(15)]
        for other in many:
            other.end()
        latest = harness.all(events.BackgroundTasksChanged)[-1].tasks
    assert [task.status for task in changes] == ["running", "waiting", "failed"]
    assert (changes[-1].exit_code, changes[-1].last_line) == (1, "1 failed")
    assert changes[-1].ended_at
    assert [task.command for task in latest] == [f"job {number}" for number in range(5, 15)]
    (notice,) = [n for n in harness.all(events.Notice) if "npm test" in n.text]
    assert notice.level == "warning"
    assert "exit code 1 after" in notice.text


async def test_closing_the_session_stops_everything_and_starts_nothing(folder: Path) -> None:
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await harness.ask("hi")
        job = Job(harness, "npm run dev")
        harness.send(commands.NewSession())
        await harness.next(events.SessionOpened, count=2)
        assert job.stopped.is_set()
        second = Job(harness, "again")
    assert second.stopped.is_set()
    assert len(harness.all(events.TaskStarted)) == 1
    assert harness.kinds[-1] == "session.closed"
