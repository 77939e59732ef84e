"""Undo, redo and branches through the worker: files, conversation, and what the model is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.time_machine import tree_of
from support.worker import Harness, running_worker

from clacky_tui import commands, events, paths
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.demo.script import ScriptedCall, Step

DONE = Step(text="Done.")


def call(name: str, **arguments: object) -> Step:
    return Step(tool_calls=(ScriptedCall(name, arguments),))


def shell(command: str) -> Step:
    return call("terminal", command=command)


def write(path: str, content: str) -> Step:
    return call("write", path=path, content=content)


def tasks(*steps: Step) -> list[Step]:
    """Each step is a task of its own: one call, then the last word."""
    return [step for first in steps for step in (first, DONE)]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "old.txt").write_bytes(b"one\r\ntwo\n")
    (folder / "gone.txt").write_text("still here\n")
    (folder / "run.sh").write_text("echo run\n")
    (folder / "run.sh").chmod(0o644)
    return folder


@asynccontextmanager
async def worker(steps: Sequence[Step], work: Path) -> AsyncIterator[Harness]:
    async with running_worker(steps, work, mode=PermissionMode.AUTO_APPROVE) as harness:
        yield harness


async def switch(harness: Harness, to_task: int, **fields: Any) -> events.TaskSwitched:
    """As the screen does it: look first, then go."""
    plans = len(harness.all(events.SwitchPlanned))
    harness.send(commands.PlanSwitch(to_task=to_task))
    plan = await harness.next(events.SwitchPlanned, count=plans + 1)
    switched = len(harness.all(events.TaskSwitched))
    harness.send(commands.SwitchTask(to_task=to_task, plan_id=plan.plan_id, **fields))
    return await harness.next(events.TaskSwitched, count=switched + 1)


def sent_texts(harness: Harness) -> list[str]:
    """What the person said in the last request, and what the model answered before it."""
    messages = harness.server.requests[-1].body["messages"]
    return [text for message in messages for text in _texts(message["content"])]


def _texts(content: Any) -> list[str]:
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [part["text"] for part in parts if part["type"] == "text"]


def said(texts: list[str], *words: str) -> list[str]:
    return [word for word in words if word in texts]


@pytest.mark.parametrize(
    "step",
    [
        write("old.txt", "three\n"),
        call("edit", path="old.txt", old_string="two", new_string="three"),
        write("deep/er/new.txt", "new\n"),
        shell("rm gone.txt"),
        shell("mv old.txt moved.txt"),
        shell("sed -i s/one/1/ old.txt"),
        shell("chmod +x run.sh"),
    ],
    ids=["write", "edit", "create", "rm", "mv", "sed", "chmod"],
)
async def test_undo_of_the_first_task_restores_every_byte_and_redo_makes_it_again(
    step: Step, work: Path
) -> None:
    before = tree_of(work)
    async with worker(tasks(step), work) as harness:
        await harness.ask("change it")
        after = tree_of(work)
        assert after != before
        made = await harness.next(events.CheckpointMade)
        assert made.checkpoint_task == 1 and made.paths
        undone = await switch(harness, 0)
        assert (undone.direction, undone.conflicts) == ("undo", ())
        assert undone.restored
        assert tree_of(work) == before
        redone = await switch(harness, 1)
        assert redone.direction == "redo"
        assert tree_of(work) == after


async def test_new_work_after_an_undo_is_a_branch_whose_model_never_hears_of_the_other(
    work: Path,
) -> None:
    steps = tasks(write("a", "1"), write("a", "2"), write("a", "3"))
    async with worker(steps, work) as harness:
        await harness.ask("first")
        first = harness.server.requests[1].body["messages"]
        await harness.ask("second")
        await switch(harness, 1)
        assert (work / "a").read_text() == "1"
        await harness.ask("third")
        texts = sent_texts(harness)
        assert said(texts, "first", "second", "third") == ["first", "third"]
        again = harness.server.requests[4].body["messages"]
        assert [_unmarked(m) for m in again[: len(first)]] == [_unmarked(m) for m in first]
        assert not harness.all(events.CacheMissed), "a switch is no miss"
        await switch(harness, 2)
        assert (work / "a").read_text() == "2"
        assert harness.all(events.TaskSwitched)[-1].direction == "branch"
        harness.send(commands.ListTasks())
        listed = await harness.next(events.TasksListed)
        assert [(t.id, t.status, t.has_branches, t.files_changed) for t in listed.tasks] == [
            (1, "past", True, 1),
            (2, "current", False, 1),
            (3, "aside", False, 1),
        ]
        assert [t.summary for t in listed.tasks] == ["first", "second", "third"]


def _unmarked(value: Any) -> Any:
    """Without the marks of the cache, which wander on."""
    if isinstance(value, dict):
        return {k: _unmarked(v) for k, v in value.items() if k != "cache_control"}
    return [_unmarked(v) for v in value] if isinstance(value, list) else value


async def test_conversation_and_files_may_go_alone(work: Path) -> None:
    steps = tasks(write("a", "1"), write("a", "2"), write("b", "3"), write("b", "4"))
    async with worker(steps, work) as harness:
        await harness.ask("first")
        await harness.ask("second")
        await switch(harness, 1, restore="conversation")
        assert (work / "a").read_text() == "2"
        await harness.ask("third")
        assert said(sent_texts(harness), "first", "second") == ["first"]
        await switch(harness, 1, restore="files")
        assert (work / "a").read_text() == "1"
        assert not (work / "b").exists()
        await harness.ask("fourth")
        assert said(sent_texts(harness), "first", "second", "third") == ["first", "third"]


async def test_what_the_person_changed_is_never_overwritten_unasked(work: Path) -> None:
    async with worker(tasks(write("a", "1"), write("a", "2")), work) as harness:
        await harness.ask("first")
        await harness.ask("second")
        (work / "a").write_text("mine")
        harness.send(commands.SwitchTask(to_task=1))
        plan = await harness.next(events.SwitchPlanned)
        [planned] = plan.files
        assert (planned.path, planned.action) == ("a", "modify")
        assert planned.conflict
        assert not harness.all(events.TaskSwitched), "asked first"
        kept = await switch(harness, 1)
        assert (work / "a").read_text() == "mine"
        assert [name.split(" (")[0] for name in kept.conflicts] == ["a"]
        await switch(harness, 0, conflicts="overwrite")
        assert not (work / "a").exists()


async def test_the_lines_of_a_planned_file_are_shown_when_it_has_any(work: Path) -> None:
    command = (
        "echo '#1' >> run.sh; printf 'a\\0b' > picture; chmod 755 gone.txt; mkdir made; "
        "yes line | head -c 600000 > long.txt; seq 2500 > many.txt"
    )
    async with worker(tasks(shell(command)), work) as harness:
        await harness.ask("first")
        harness.send(commands.PlanSwitch(to_task=0))
        plan = await harness.next(events.SwitchPlanned)
        shown: dict[str, events.ChangeShown] = {}
        harness.send(commands.ShowChange(plan_id="gone", path="run.sh"))
        harness.send(commands.ShowChange(plan_id=plan.plan_id, path="unknown"))
        for file in plan.files:
            harness.send(commands.ShowChange(plan_id=plan.plan_id, path=file.path))
            answer = await harness.next(events.ChangeShown, count=len(shown) + 1)
            shown[answer.path] = answer
        assert list(shown) == [file.path for file in plan.files]
        assert "-#1" in shown["run.sh"].diff and shown["run.sh"].removed_lines == 1
        assert "no text" in shown["picture"].note and not shown["picture"].diff
        assert shown["gone.txt"].note == "Only its permissions change, from 755 to 644."
        assert shown["made"].note == "A folder."
        assert "too much to show" in shown["long.txt"].note
        assert shown["many.txt"].removed_lines == 2500
        assert shown["many.txt"].diff.endswith("-1997\n\\ 503 more lines")
        assert harness.all(events.Failed) == []


async def test_an_edit_between_look_and_undo_is_kept(work: Path) -> None:
    async with worker(tasks(write("a", "1"), write("a", "2")), work) as harness:
        await harness.ask("first")
        await harness.ask("second")
        harness.send(commands.PlanSwitch(to_task=1))
        plan = await harness.next(events.SwitchPlanned)
        (work / "a").write_text("typed meanwhile")
        harness.send(commands.SwitchTask(to_task=1, plan_id=plan.plan_id, conflicts="overwrite"))
        switched = await harness.next(events.TaskSwitched)
        assert (work / "a").read_text() == "typed meanwhile"
        assert switched.restored == () and len(switched.conflicts) == 1


async def test_interrupted_and_failed_tasks_can_be_undone_too(work: Path) -> None:
    before = tree_of(work)
    steps = [
        shell("echo x > made; rm gone.txt; echo under way; sleep 60"),
        Step(status=400, body="{}"),
    ]
    async with worker(steps, work) as harness:
        harness.send(commands.Submit(text="long"))
        await harness.next(events.ToolOutput, lambda output: "under way" in output.text)
        harness.send(commands.Interrupt())
        await harness.next(events.TaskEnded)
        assert (await harness.next(events.CheckpointMade)).paths == ("gone.txt", "made")
        assert (await harness.ask("again")).outcome == "error"
        await switch(harness, 0)
        assert tree_of(work) == before


async def test_nothing_is_switched_while_a_task_runs_and_nothing_unknown_ever(work: Path) -> None:
    async with worker([Step(text="a", stall=True)], work) as harness:
        harness.send(commands.ListTasks())
        assert "no task" in (await harness.next(events.Notice)).text
        harness.send(commands.Submit(text="long"))
        await harness.next(events.TextDelta)
        harness.send(commands.SwitchTask(to_task=0))
        await harness.next(events.Notice, lambda notice: "stop it first" in notice.text)
        harness.send(commands.Interrupt())
        await harness.next(events.TaskEnded)
        harness.send(commands.SwitchTask(to_task=9))
        assert "no task 9" in (await harness.next(events.Failed)).message
        assert not harness.all(events.TaskSwitched)


async def test_what_is_undone_survives_the_end_of_the_process(work: Path) -> None:
    steps = tasks(write("a", "1"), write("a", "2"), DONE)
    async with worker(steps, work) as harness:
        await harness.ask("first")
        await harness.ask("second")
        await switch(harness, 1)
        harness.send(commands.NewSession())
        await harness.next(events.SessionClosed)
        [journal] = paths.sessions_dir().glob("*.jsonl")
        harness.send(commands.OpenSession(session_id=journal.stem[-8:]))
        await harness.next(events.SessionOpened, lambda opened: opened.restored)
        await harness.ask("third")
        assert said(sent_texts(harness), "first", "second", "third") == ["first", "third"]
        await switch(harness, 2)
        assert (work / "a").read_text() == "2"
        assert said(await _next_sent(harness), "first", "second", "third") == ["first", "second"]


async def _next_sent(harness: Harness) -> list[str]:
    await harness.ask("and now?")
    return sent_texts(harness)


async def test_the_model_takes_files_back_inside_a_task_which_can_be_undone(work: Path) -> None:
    steps = [
        *tasks(write("a", "1"), write("a", "2")),
        call("undo_task"),
        call("list_tasks"),
        call("redo_task", task_id=2),
        call("undo_task"),
        call("undo_task"),
        DONE,
    ]
    async with worker(steps, work) as harness:
        await harness.ask("first")
        await harness.ask("second")
        await harness.ask("take it back")
        outputs = [e.output for e in harness.all(events.ToolFinished)[2:]]
        assert "after task 1" in outputs[0] and "- a" in outputs[0]
        assert "conversation stays" in outputs[0]
        assert outputs[1].splitlines()[-1] == "→ Task 3: take it back"
        assert "after task 2" in outputs[2]
        assert ["after task 1" in outputs[3], "the start" in outputs[4]] == [True, True]
        assert not (work / "a").exists(), "a second undo goes on from the first"
        await switch(harness, 2)
        assert (work / "a").read_text() == "2"


async def test_a_tool_never_overwrites_what_the_person_changed(work: Path) -> None:
    steps = [*tasks(write("a", "1")), call("undo_task"), DONE]
    async with worker(steps, work) as harness:
        await harness.ask("first")
        (work / "a").write_text("mine")
        await harness.ask("take it back")
        assert (work / "a").read_text() == "mine"
        assert "Kept as it is: a (" in harness.all(events.ToolFinished)[-1].output


async def test_compression_while_undone_leaves_what_is_hidden_untouched(work: Path) -> None:
    long = "word " * 9000
    summary = Step(text="<topics>words</topics>\n<summary>Words were said.</summary>")
    steps = [*(Step(text=f"reply {n} {long}") for n in range(4)), summary, DONE, DONE, DONE]
    async with worker(steps, work) as harness:
        for text in ("first", "second", "third", "fourth"):
            await harness.ask(text)
        await switch(harness, 3)
        harness.send(commands.Compact())
        done = await harness.next(events.CompressionFinished)
        assert done.outcome == "done"
        asked = "".join(sent_texts(harness))
        assert "reply 1" in asked and "reply 3" not in asked
        await harness.ask("go on")
        await switch(harness, 4)
        await harness.ask("fifth")
        texts = "".join(sent_texts(harness))
        assert "Words were said." in texts and "reply 3" in texts
        assert "reply 0" not in texts


async def test_what_a_background_command_changes_after_its_call_is_undone_too(work: Path) -> None:
    before = tree_of(work)
    go = work.parent / "go"
    command = f"until test -e {go}; do sleep 0.02; done; rm gone.txt; echo made > made"
    steps = [call("terminal", **{"command": command, "async": True}), DONE, DONE]
    async with worker(steps, work) as harness:
        await harness.ask("later")
        assert tree_of(work) == before
        go.touch()
        await harness.next(events.TaskEnded, count=2)
        undone = await switch(harness, 0, conflicts="overwrite")
        assert set(undone.restored) == {"gone.txt", "made"}
        assert tree_of(work) == before
        [plan] = harness.all(events.SwitchPlanned)
        assert all("you or a background command" in file.conflict for file in plan.files)


async def test_the_persons_change_beside_a_background_command_is_not_overwritten_unasked(
    work: Path,
) -> None:
    go = work.parent / "go"
    command = f"until test -e {go}; do sleep 0.02; done; echo late > late"
    steps = [call("terminal", **{"command": command, "async": True}), DONE, DONE]
    async with worker(steps, work) as harness:
        await harness.ask("later")
        (work / "old.txt").write_text("the person's")
        go.touch()
        await harness.next(events.TaskEnded, count=2)
        undone = await switch(harness, 0)
        assert (work / "old.txt").read_text() == "the person's"
        assert {text.split()[0] for text in undone.conflicts} == {"old.txt", "late"}
