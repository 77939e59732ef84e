"""What the person sends while the agent works: it waits for the task's end, or joins the task."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest
from support.worker import Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.demo.script import ScriptedCall, Step

LOOK = ScriptedCall("file_reader", {"path": "a.txt"})
AUTO = PermissionMode.AUTO_APPROVE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.txt").write_text("the colour of money\n")
    return project


def queue(harness: Harness, text: str, client_id: str) -> None:
    harness.send(commands.Submit(text=text, client_id=client_id, when="next_task"))


def steer(harness: Harness, text: str, client_id: str) -> None:
    harness.send(commands.Submit(text=text, client_id=client_id, when="safe_point"))


async def waiting(harness: Harness, count: int) -> events.QueueChanged:
    return await harness.next(events.QueueChanged, lambda queue: len(queue.waiting) == count)


def started(harness: Harness) -> list[str]:
    return [task.text for task in harness.all(events.TaskStarted)]


def spoken(harness: Harness, request: int) -> str:
    return harness.server.requests[request].raw.decode()


async def test_a_queued_message_begins_its_own_task_after_the_running_one(folder: Path) -> None:
    gate = threading.Event()
    steps = [
        Step(text="Looking.", tool_calls=(LOOK,), gate=gate),
        Step(text="Done."),
        Step(text="2"),
    ]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        queue(harness, "second", "c2")
        told = await waiting(harness, 1)
        gate.set()
        await harness.next(events.TaskEnded, count=2)
    assert (told.waiting[0].text, told.waiting[0].when) == ("second", "next_task")
    assert started(harness) == ["first", "second"]
    assert harness.all(events.TaskStarted)[1].client_id == "c2"
    assert not harness.all(events.SteerAccepted)
    assert "second" not in spoken(harness, 1)
    assert "second" in spoken(harness, 2)
    assert [len(changed.waiting) for changed in harness.all(events.QueueChanged)] == [1, 0]


async def test_steering_passes_by_what_is_queued_and_follows_the_result(folder: Path) -> None:
    gate = threading.Event()
    steps = [Step(tool_calls=(LOOK, LOOK), text="Hm.", gate=gate), Step(text="a"), Step(text="b")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        queue(harness, "later", "c2")
        steer(harness, "rather this", "c3")
        await waiting(harness, 2)
        gate.set()
        await harness.next(events.TaskEnded, count=2)
    assert started(harness) == ["first", "later"]
    assert [steered.text for steered in harness.all(events.SteerAccepted)] == ["rather this"]
    kinds = [event.kind for event in harness.events if event.kind.startswith(("tool.f", "steer"))]
    assert kinds == ["tool.finished", "tool.finished", "steer.accepted"]


async def test_every_request_only_appends_to_the_one_before(folder: Path) -> None:
    gate = threading.Event()
    steps = [Step(tool_calls=(LOOK,), text="Hm.", gate=gate), Step(text="a"), Step(text="b")]
    async with running_worker(steps, folder, wire="openai_chat", model="gpt-5") as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        steer(harness, "rather this", "c2")
        queue(harness, "and then", "c3")
        await waiting(harness, 2)
        gate.set()
        await harness.next(events.TaskEnded, count=2)
    sent = [request.body["messages"] for request in harness.server.requests]
    assert len(sent) == 3
    for before, after in pairwise(sent):
        assert after[: len(before)] == before


async def test_the_queue_survives_an_interrupt_and_then_runs(folder: Path) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Hm.", gate=gate), Step(text="Yes.")], folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        queue(harness, "second", "c2")
        await waiting(harness, 1)
        harness.send(commands.Interrupt())
        gate.set()
        await harness.next(events.TaskEnded, count=2)
    assert [ended.outcome for ended in harness.all(events.TaskEnded)] == ["cancelled", "done"]
    assert started(harness) == ["first", "second"]


@pytest.mark.parametrize(
    "command", [commands.Submit(text="first"), commands.RunShell(command="sleep 60")]
)
async def test_what_is_stopped_the_moment_it_begins_is_told(
    folder: Path, command: commands.Command
) -> None:
    async with running_worker([Step(text="Yes.")], folder) as harness:
        await harness.next(events.SessionOpened)
        harness.send(command)
        harness.send(commands.Interrupt())
        harness.send(commands.RenameSession(name="after"))
        await harness.next(events.SessionTitled, lambda titled: titled.name == "after")
    told = {"task.started", "task.ended", "tool.proposed", "tool.finished"} & set(harness.kinds)
    assert told in ({"task.started", "task.ended"}, {"tool.proposed", "tool.finished"})


async def test_after_a_question_the_queue_waits_for_the_person(folder: Path) -> None:
    gate = threading.Event()
    ask = ScriptedCall("request_user_feedback", {"question": "Red or blue?"})
    steps = [Step(text="Hm.", tool_calls=(ask,), gate=gate), Step(text="Red."), Step(text="Yes.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="paint it"))
        await harness.next(events.TextDelta)
        queue(harness, "then commit", "c2")
        await waiting(harness, 1)
        gate.set()
        asked = await harness.next(events.FeedbackAsked)
        await harness.next(events.Notice, lambda notice: "still waits" in notice.text)
        assert (await harness.next(events.TaskEnded)).outcome == "awaiting_feedback"
        harness.send(commands.AnswerFeedback(request_id=asked.request_id, text="red"))
        await harness.next(events.TaskEnded, count=3)
    assert started(harness) == ["paint it", "red", "then commit"]


async def test_a_waiting_message_is_returned_once(folder: Path) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Hm.", gate=gate)], folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        queue(harness, "second", "c2")
        harness.send(commands.TakeBackQueued(client_id="c2"))
        harness.send(commands.TakeBackQueued(client_id="c2"))
        harness.send(commands.TakeBackQueued(client_id="never"))
        returned = await harness.next(events.QueueReturned)
        gate.set()
        await harness.next(events.TaskEnded)
    assert returned.message.text == "second"
    assert len(harness.all(events.QueueReturned)) == 1
    assert started(harness) == ["first"]


@pytest.mark.parametrize("is_shell", [False, True])
async def test_what_waited_when_the_app_was_closed_is_told_on_return(
    folder: Path, is_shell: bool
) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Hm.", gate=gate)], folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        if is_shell:
            harness.send(commands.RunShell(command="touch second"))
        else:
            queue(harness, "second", "c2")
        await waiting(harness, 1)
        gate.set()
        harness.send(commands.Shutdown())
        closed = await harness.next(events.SessionClosed)
    assert started(harness) == ["first"]
    assert not (folder / "second").exists()
    async with running_worker([], folder, resume=Path(closed.journal_path)) as harness:
        told = await harness.next(events.Notice, lambda notice: "second" in notice.text)
    assert ("> !touch second" if is_shell else "> second") in told.text
    async with running_worker([], folder, resume=Path(closed.journal_path)) as harness:
        await harness.next(events.SessionOpened)
    assert "second" not in "".join(notice.text for notice in harness.all(events.Notice))
