"""A project's own hooks run only after the person has said so, once per folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.worker import Harness, running_worker

from clacky_tui import commands, events, paths
from clacky_tui.agent.trust import read_supplied
from clacky_tui.providers.demo.script import Step

HOOKS = "on_start:\n  - {command: touch ran, block: true}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / ".clacky").mkdir(parents=True)
    (project / ".clacky" / "hooks.yml").write_text(HOOKS)
    return project


async def answer(harness: Harness, answer: str, count: int = 1) -> events.TrustAsked:
    asked = await harness.next(events.TrustAsked, count=count)
    harness.send(
        commands.AnswerTrust.model_validate({"request_id": asked.request_id, "answer": answer})
    )
    await harness.next(events.TrustGiven, count=count)
    return asked


async def test_a_task_waits_for_the_answer_and_runs_the_trusted_hook(folder: Path) -> None:
    async with running_worker([Step(text="Hi.")], folder) as harness:
        harness.send(commands.Submit(text="hi"))
        await harness.next(events.TaskStarted)
        asked = await answer(harness, "trusted")
        assert (await harness.next(events.TaskEnded)).outcome == "done"
    assert asked.folder == str(folder)
    assert asked.items == ("hook on_start: touch ran",)
    assert (folder / "ran").exists()


async def test_it_is_asked_once_and_again_when_the_commands_change(folder: Path) -> None:
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await answer(harness, "trusted")
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await harness.ask("hi")
        assert not harness.all(events.TrustAsked)
    assert (folder / "ran").exists()
    (folder / ".clacky" / "hooks.yml").write_text(HOOKS.replace("ran", "changed"))
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await harness.next(events.TrustAsked)


async def test_declined_hooks_are_never_used_and_that_is_said_once(folder: Path) -> None:
    async with running_worker([Step(text="Hi."), Step(text="Hi.")], folder) as harness:
        await answer(harness, "declined")
        await harness.ask("hi")
        await harness.ask("hi")
        assert len([n for n in harness.all(events.Notice) if "not used" in n.text]) == 1
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await harness.ask("hi")
        assert not harness.all(events.TrustAsked)
    assert not (folder / "ran").exists()


async def test_later_asks_again_next_time_and_trust_can_be_reconsidered(folder: Path) -> None:
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await answer(harness, "later")
        await harness.ask("hi")
        assert not (folder / "ran").exists()
        harness.send(commands.AskTrust())
        await answer(harness, "trusted", count=2)
    assert json.loads(paths.trust_file().read_text())[str(folder)]["decision"] == "trusted"
    assert paths.trust_file().stat().st_mode & 0o777 == 0o600


async def test_nobody_there_means_not_trusted(folder: Path) -> None:
    async with running_worker([Step(text="Hi.")], folder, attended=False) as harness:
        assert (await harness.ask("hi")).outcome == "done"
    assert not harness.all(events.TrustAsked)
    assert any("not used" in notice.text for notice in harness.all(events.Notice))
    assert not (folder / "ran").exists()


async def test_leaving_the_folder_takes_the_question_back(folder: Path, tmp_path: Path) -> None:
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await harness.next(events.TrustAsked)
        harness.send(commands.SetWorkingDir(path=str(tmp_path)))
        assert (await harness.next(events.TrustGiven)).decision == "withdrawn"
        assert (await harness.ask("hi")).outcome == "done"


async def test_an_interrupt_ends_a_task_that_waits_for_trust(folder: Path) -> None:
    async with running_worker([Step(text="Hi.")], folder) as harness:
        harness.send(commands.Submit(text="hi"))
        await harness.next(events.TrustAsked)
        harness.send(commands.Interrupt())
        assert (await harness.next(events.TaskEnded)).outcome == "cancelled"
        await answer(harness, "trusted")
        assert (await harness.ask("hi")).outcome == "done"
    assert (folder / "ran").exists()


async def test_rules_for_the_model_need_no_trust(folder: Path) -> None:
    (folder / ".clacky" / "hooks.yml").unlink()
    (folder / "CLAUDE.md").write_text("Always answer in verse.")
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await harness.ask("hi")
        sent = harness.server.requests[-1].raw.decode()
    assert "Always answer in verse." in sent
    assert not harness.all(events.TrustAsked)


def test_the_home_directory_is_no_project(clacky_home: Path) -> None:
    clacky_home.mkdir()
    project = clacky_home.parent
    (project / ".clacky").symlink_to(clacky_home)
    (clacky_home / "hooks.yml").write_text(HOOKS)
    assert read_supplied(project).lines == ()


@pytest.mark.parametrize("text", ["[", "on_start: {command: x", "\x00", "- a", "on_nothing: []"])
def test_a_broken_file_is_said_and_supplies_nothing(folder: Path, text: str) -> None:
    (folder / ".clacky" / "hooks.yml").write_text(text)
    supplied = read_supplied(folder)
    assert supplied.lines == ()
    assert "hooks.yml" in supplied.problems[0]


async def test_a_trust_file_that_is_broken_is_set_aside(folder: Path) -> None:
    paths.data_dir().mkdir()
    paths.trust_file().write_text("{half")
    async with running_worker([Step(text="Hi.")], folder) as harness:
        await answer(harness, "trusted")
        told = await harness.next(events.Notice, lambda notice: "It is now" in notice.text)
        assert "trust.json could not be used: it is no JSON." in told.text
    assert paths.trust_file().with_name("trust.json.broken").read_text() == "{half"
