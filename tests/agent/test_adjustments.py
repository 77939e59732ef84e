"""What a person sets about a session, from the command to its event, its file and its price."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support.worker import MODEL, Harness, running_worker

from clacky_tui import commands, events, paths
from clacky_tui.config.settings import Settings, load_settings
from clacky_tui.providers.demo.script import Step
from clacky_tui.sessions.reader import read_session

OTHER = "claude-opus-4-5"
LONG = "word " * 4000
"""Enough for a cache to be worth a word."""


def offer_other(harness: Harness) -> None:
    """Let another model at the same address be configured, and the file name both."""
    desk = harness.worker._desk
    assert desk.entry is not None
    other = desk.entry.model_copy(update={"model": OTHER})
    desk.settings = Settings(models=(desk.entry, other))
    rows = "\n".join(
        f"  - model: {entry.model}\n    api_key: k\n    base_url: {entry.base_url}\n"
        for entry in desk.settings.models
    )
    paths.config_file().parent.mkdir(parents=True, exist_ok=True)
    paths.config_file().write_text(f"# mine\nmodels:\n{rows}")


def journal(harness: Harness) -> Path:
    return harness.worker._session.journal.path


async def busy(harness: Harness) -> None:
    harness.send(commands.Submit(text="first"))
    await harness.next(events.TextDelta)


async def refused(harness: Harness) -> str:
    notice = await harness.next(
        events.Notice, lambda notice: "while the agent works" in notice.text
    )
    return notice.text


async def test_another_model_answers_from_the_next_message_on(tmp_path: Path) -> None:
    async with running_worker([Step(text="a"), Step(text="b")], tmp_path) as harness:
        offer_other(harness)
        await harness.ask(LONG)
        harness.send(commands.SetModel(model=OTHER.upper()))
        changed = await harness.next(events.ModelChanged)
        told = await harness.next(events.Notice, lambda n: "cache of its own" in n.text)
        await harness.ask("and you?")
        before = paths.config_file().read_text()
    assert (changed.model, changed.simulated) == (OTHER, False)
    assert told.text.startswith(f"{OTHER} has a cache of its own")
    assert " tokens, for $0." in told.text
    assert [request.body["model"] for request in harness.server.requests] == [MODEL, OTHER]
    assert read_session(journal(harness)).model == OTHER
    assert "type:" not in before


async def test_a_model_chosen_for_good_is_written_down(tmp_path: Path) -> None:
    async with running_worker([Step(text="a")], tmp_path) as harness:
        offer_other(harness)
        harness.send(commands.SetModel(model=OTHER, make_default=True))
        await harness.next(events.Notice, lambda n: n.level == "success")
    default = load_settings(environ={}).default_model
    assert default
    assert default.model == OTHER
    assert paths.config_file().read_text().startswith("# mine\n")


async def test_a_default_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    async with running_worker([Step(text="a")], tmp_path) as harness:
        offer_other(harness)
        paths.config_file().unlink()
        harness.send(commands.SetModel(model=OTHER, make_default=True))
        told = await harness.next(events.Notice)
    assert told.level == "warning"
    assert "answers in this session, but not by default" in told.text


async def test_an_unknown_model_changes_nothing(tmp_path: Path) -> None:
    async with running_worker([], tmp_path) as harness:
        offer_other(harness)
        harness.send(commands.SetModel(model="gpt-9"))
        told = await harness.next(events.Notice)
    assert OTHER in told.text
    assert not harness.all(events.ModelChanged)


@pytest.mark.parametrize(
    "command",
    [
        commands.SetModel(model=OTHER),
        commands.SetModel(model=OTHER, make_default=True),
        commands.SetWorkingDir(path="/"),
    ],
)
async def test_under_a_running_task_it_is_refused(
    tmp_path: Path, command: commands.Command
) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Hm.", gate=gate)], tmp_path) as harness:
        offer_other(harness)
        before = paths.config_file().read_text()
        await busy(harness)
        harness.send(command)
        assert "cannot be changed" in await refused(harness)
        gate.set()
        await harness.next(events.TaskEnded)
    assert paths.config_file().read_text() == before
    assert not harness.all(events.ModelChanged)
    assert not harness.all(events.WorkingDirChanged)


async def test_the_reasoning_level_is_sent_told_and_kept(tmp_path: Path) -> None:
    steps = [Step(text="a"), Step(text="b"), Step(text="c")]
    async with running_worker(steps, tmp_path, wire="openai_chat", model="gpt-5") as harness:
        await harness.ask(LONG)
        harness.send(commands.SetReasoningLevel(level="high"))
        await harness.next(events.ReasoningLevelChanged)
        told = await harness.next(events.Notice)
        await harness.ask("harder")
        harness.send(commands.SetReasoningLevel(level="high"))
        harness.send(commands.SetReasoningLevel(level="off"))
        await harness.next(events.ReasoningLevelChanged, count=2)
        harness.send(commands.RenameSession(name="after"))
        await harness.next(events.SessionTitled, lambda titled: titled.name == "after")
    assert told.text.startswith("gpt-5 at the reasoning level high has a cache of its own")
    first, second = (request.body for request in harness.server.requests)
    assert (first.get("reasoning_effort"), second.get("reasoning_effort")) == (None, "high")
    # Back at the level of a moment ago, the conversation is still cached there.
    assert len(harness.all(events.Notice)) == 1
    assert len(harness.all(events.ReasoningLevelChanged)) == 2
    assert read_session(journal(harness)).reasoning_level == "off"


async def test_another_folder_is_told_the_model_and_kept(tmp_path: Path) -> None:
    (tmp_path / "with space").mkdir()
    async with running_worker([Step(text="a"), Step(text="b")], tmp_path) as harness:
        await harness.ask("hello")
        harness.send(commands.SetWorkingDir(path="with space"))
        changed = await harness.next(events.WorkingDirChanged)
        harness.send(commands.SetWorkingDir(path="nowhere"))
        told = await harness.next(events.Notice)
        await harness.ask("and here?")
    folder = str(tmp_path / "with space")
    assert changed.path == folder
    assert told.text == f"'nowhere' is not a directory; the agent stays in {folder}."
    first, second = (request.raw.decode() for request in harness.server.requests)
    assert folder not in first
    assert folder in second
    assert read_session(journal(harness)).working_dir == folder


async def test_a_session_is_renamed_and_keeps_its_name(tmp_path: Path) -> None:
    async with running_worker([Step(text="a")], tmp_path) as harness:
        harness.send(commands.RenameSession(name="  my \n work "))
        harness.send(commands.RenameSession(name=" "))
        await harness.next(events.Notice, lambda notice: "needs a name" in notice.text)
        await harness.ask("hello")
    assert [titled.name for titled in harness.all(events.SessionTitled)] == ["my work"]
    assert read_session(journal(harness)).name == "my work"


async def test_the_mode_can_change_under_a_running_task(tmp_path: Path) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Hm.", gate=gate)], tmp_path) as harness:
        await busy(harness)
        harness.send(commands.SetMode(mode="auto_approve"))
        assert (await harness.next(events.ModeChanged)).mode == "auto_approve"
        gate.set()
        await harness.next(events.TaskEnded)
    assert read_session(journal(harness)).mode == "auto_approve"
