"""Shell lines: commands of the person's own, between tasks, that the model reads of afterwards."""

from __future__ import annotations

import threading
from itertools import groupby
from pathlib import Path

import pytest
from support.worker import KEY, Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.sessions.reader import read_session

READY = [Step(text="Ready."), Step(text="I see."), Step(text="Yes.")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.txt").write_text("the colour of money\n")
    return project


async def run_line(harness: Harness, command: str) -> events.ToolFinished:
    count = len(harness.all(events.ToolFinished)) + 1
    harness.send(commands.RunShell(command=command))
    return await harness.next(events.ToolFinished, count=count)


def noted(harness: Harness) -> list[Message]:
    history = harness.worker._session.history
    return [message for message in history.messages if message.origin is Origin.SHELL]


async def test_it_runs_unasked_shows_its_output_and_its_exit_code(folder: Path) -> None:
    async with running_worker(READY, folder) as harness:
        finished = await run_line(harness, "echo out; pwd; touch made; exit 3")
        assert [kind for kind, _ in groupby(harness.kinds[1:])] == [
            "tool.proposed",
            "tool.started",
            "progress",
            "tool.output",
            "progress",
            "tool.finished",
        ]
    proposed = harness.all(events.ToolProposed)[0]
    assert (proposed.verb, proposed.subject) == ("!", "echo out; pwd; touch made; exit 3")
    assert (finished.ok, finished.summary) == (False, "exit 3")
    assert finished.output == f"out\n{folder}"
    assert (folder / "made").exists()
    assert not harness.server.requests


async def test_the_next_request_carries_command_and_output(folder: Path) -> None:
    async with running_worker(READY, folder, wire="openai_chat", model="gpt-5") as harness:
        await harness.ask("hello")
        await run_line(harness, "cat a.txt")
        await harness.ask("what do you see?")
        note = noted(harness)[0].text
    before, after = (request.body["messages"] for request in harness.server.requests)
    assert after[: len(before)] == before
    assert "$ cat a.txt\nthe colour of money\n[exit code 0]" in note
    assert [message["content"] for message in after[len(before) :]][1:] == [
        note,
        "what do you see?",
    ]


async def test_it_is_written_down_and_there_again_on_return(folder: Path) -> None:
    async with running_worker(READY, folder, wire="openai_chat", model="gpt-5") as harness:
        await run_line(harness, "cat a.txt")
        await harness.ask("what do you see?")
        messages = harness.worker._session.history.messages
        harness.send(commands.Shutdown())
        closed = await harness.next(events.SessionClosed)
    stored = read_session(Path(closed.journal_path))
    assert stored.messages == messages
    assert not stored.problems
    resume = Path(closed.journal_path)
    async with running_worker(
        READY, folder, wire="openai_chat", model="gpt-5", resume=resume
    ) as again:
        await again.ask("and now?")
        await again.ask("well?")
    first, second = (request.body["messages"] for request in again.server.requests)
    assert (
        first[: len(harness.server.requests[0].body["messages"])]
        == (harness.server.requests[0].body["messages"])
    )
    assert second[: len(first)] == first


async def test_a_line_alone_makes_a_session_that_can_be_gone_on_with(folder: Path) -> None:
    async with running_worker(READY, folder) as harness:
        await run_line(harness, "cat a.txt")
        harness.send(commands.Shutdown())
        journal = Path((await harness.next(events.SessionClosed)).journal_path)
    async with running_worker(READY, folder, resume=journal) as again:
        opened = await again.next(events.SessionOpened)
        assert noted(again)
    assert opened.restored


async def test_an_interrupt_ends_it_and_keeps_what_it_printed(folder: Path) -> None:
    async with running_worker(READY, folder) as harness:
        harness.send(commands.RunShell(command="echo begun; sleep 60"))
        await harness.next(events.ToolOutput, lambda piece: "begun" in piece.text)
        harness.send(commands.Interrupt())
        finished = await harness.next(events.ToolFinished)
        assert (await harness.ask("go on")).outcome == "done"
        note = noted(harness)[0].text
    assert (finished.ok, finished.summary, finished.output) == (False, "interrupted", "begun")
    assert note.endswith("begun\n[interrupted by the user]")


async def test_while_a_task_runs_it_waits_and_messages_wait_for_it(folder: Path) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Hm.", gate=gate), *READY], folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        harness.send(commands.RunShell(command="sleep 0.2; cat a.txt", client_id="s"))
        harness.send(commands.Submit(text="second", when="next_task"))
        told = await harness.next(events.QueueChanged, lambda queue: len(queue.waiting) == 2)
        gate.set()
        await harness.next(events.TaskEnded, count=2)
    assert [message.is_shell for message in told.waiting] == [True, False]
    order = [kind for kind in harness.kinds if kind in ("task.started", "tool.finished")]
    assert order == ["task.started", "tool.finished", "task.started"]
    assert "the colour of money" in harness.server.requests[1].raw.decode()


async def test_the_model_reads_a_bounded_part_of_long_output(folder: Path) -> None:
    async with running_worker(READY, folder) as harness:
        finished = await run_line(harness, "seq 1 20000")
        note = noted(harness)[0].text
    assert len(note.encode()) < 5000
    assert len(finished.output.encode()) <= 33 * 1024


async def test_a_configured_key_is_masked_everywhere(folder: Path) -> None:
    async with running_worker(READY, folder) as harness:
        finished = await run_line(harness, f"echo {KEY}")
        note = noted(harness)[0].text
    told = "".join(envelope.model_dump_json() for envelope in harness.envelopes)
    assert KEY not in told + note
    assert finished.ok


async def test_a_file_of_secrets_is_shown_without_them(folder: Path) -> None:
    (folder / ".env").write_text("DATABASE_PASSWORD=correct-horse\nPORT=80\n")
    async with running_worker(READY, folder) as harness:
        finished = await run_line(harness, "cat .env")
        note = noted(harness)[0].text
    told = "".join(envelope.model_dump_json() for envelope in harness.envelopes)
    assert "correct-horse" not in told + note
    assert "DATABASE_PASSWORD" in finished.output
    assert "masked" in note


async def test_a_full_screen_program_is_stopped(folder: Path) -> None:
    async with running_worker(READY, folder) as harness:
        finished = await run_line(harness, r"printf '\033[?1049h'; sleep 60")
        assert not harness.worker._session.tools.background.alive
    assert (finished.ok, finished.summary) == (False, "stopped")
    assert "another window" in finished.output


async def test_what_it_changes_is_the_persons_own(folder: Path) -> None:
    edit = ScriptedCall("edit", {"path": "a.txt", "old_string": "colour", "new_string": "color"})
    steps = [Step(tool_calls=(edit,)), Step(text="Done.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="american"))
        await harness.approve()
        await harness.next(events.TaskEnded)
        await run_line(harness, "echo mine >> a.txt; echo b > b.txt")
        harness.send(commands.PlanSwitch(to_task=0))
        planned = await harness.next(events.SwitchPlanned)
    assert len(harness.all(events.CheckpointMade)) == 1
    assert [(file.path, bool(file.conflict)) for file in planned.files] == [("a.txt", True)]


async def test_undoing_the_task_before_it_hides_it_from_the_model(folder: Path) -> None:
    async with running_worker(READY, folder) as harness:
        await harness.ask("hello")
        await run_line(harness, "cat a.txt")
        harness.send(commands.SwitchTask(to_task=0))
        await harness.next(events.TaskSwitched)
        assert not noted(harness)


async def test_what_is_known_to_take_long_is_not_moved_away(folder: Path) -> None:
    (folder / "make").write_text("#!/bin/sh\necho built\n")
    (folder / "make").chmod(0o755)
    async with running_worker(READY, folder) as harness:
        finished = await run_line(harness, "PATH=.:$PATH make")
        assert not harness.worker._session.tools.background.tasks
    assert (finished.ok, finished.output) == (True, "built")
