"""What the app makes of what is sent, and of what waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from support.scene import NOON, OPENED, SceneApp
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.config.preferences import Preferences
from clacky_tui.events import QueuedMessage
from clacky_tui.tui.app import ClackyApp

pytestmark = pytest.mark.usefixtures("home")

SHELL_RUNS = events.Progress(handle="shell", activity="tool", text="your command")


class Recorder:
    """Stands for the bridge: what goes out is kept, nothing comes in."""

    def __init__(self) -> None:
        self.sent: list[commands.Command] = []

    def send(self, command: commands.Command) -> None:
        self.sent.append(command)

    def take(self) -> list[events.Envelope]:
        return []

    async def wait_closed(self, seconds: float) -> bool:
        return True


class RecordedApp(SceneApp):
    """Shows a scene and keeps what it would tell a worker."""

    def __init__(self, preferences: Preferences = Preferences()) -> None:
        super().__init__([OPENED], preferences=preferences)
        self.recorder = Recorder()

    def start(self) -> None:
        self._bridge = cast("Any", self.recorder)
        self._replay_early()

    def tell(self, event: events.Event) -> None:
        assert self._router is not None
        self._router.show(events.Envelope(seq=9, ts=NOON, session_id="s", task_id=1, event=event))

    @property
    def last(self) -> commands.Command:
        return self.recorder.sent[-1]


@asynccontextmanager
async def running(
    preferences: Preferences = Preferences(),
) -> AsyncIterator[tuple[RecordedApp, Pilot[None]]]:
    app = RecordedApp(preferences)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start()
        yield app, pilot


async def send(app: RecordedApp, pilot: Pilot[None], text: str, key: str = "enter") -> None:
    app._composer.load_draft(text)
    await pilot.press(key)
    await pilot.pause()


def transcript(app: ClackyApp) -> str:
    return "\n".join(entry.plain() for entry in app._transcript._view.entries)


async def test_enter_queues_and_ctrl_s_steers() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "later")
        assert app.last == commands.Submit(text="later", client_id="1", when="next_task")
        await send(app, pilot, "now", "ctrl+s")
        assert app.last == commands.Submit(text="now", client_id="2", when="safe_point")


async def test_the_setting_lets_enter_steer() -> None:
    async with running(Preferences(while_running="steer")) as (app, pilot):
        await send(app, pilot, "now")
        assert app.last == commands.Submit(text="now", client_id="1", when="safe_point")


async def test_an_exclamation_mark_runs_a_command() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "!git diff | head\nls")
        assert app.last == commands.RunShell(command="git diff | head\nls", client_id="1")
        await send(app, pilot, "! ")
        assert "after the exclamation mark" in transcript(app)
        await send(app, pilot, "wow!")
        assert isinstance(app.last, commands.Submit)
        assert len(app.recorder.sent) == 2


async def test_what_is_sent_before_the_worker_is_up_follows_in_order() -> None:
    app = RecordedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await send(app, pilot, "one")
        await send(app, pilot, "!two")
        assert not app.recorder.sent
        app.start()
        assert app.recorder.sent == [
            commands.Submit(text="one", client_id="1", when="next_task"),
            commands.RunShell(command="two", client_id="2"),
        ]


@pytest.mark.parametrize("key", ["up", "alt+up"])
async def test_the_newest_waiting_message_comes_back_to_be_edited(key: str) -> None:
    first = QueuedMessage(client_id="1", text="one")
    second = QueuedMessage(client_id="2", text="ls", is_shell=True)
    async with running() as (app, pilot):
        app.tell(events.QueueChanged(waiting=(first, second)))
        await pilot.press(key)
        await pilot.pause()
        assert app.last == commands.TakeBackQueued(client_id="2")
        app.tell(events.QueueChanged(waiting=(first,)))
        app.tell(events.QueueReturned(message=second))
        assert app._composer.text == "!ls"
        await pilot.press("alt+up")
        await pilot.pause()
        assert app.last == commands.TakeBackQueued(client_id="1")
        app.tell(events.QueueReturned(message=first))
        assert app._composer.text == "one\n!ls"


async def test_a_waiting_message_is_removed_by_a_key() -> None:
    async with running() as (app, pilot):
        await pilot.press("alt+down", "alt+up")
        assert not app.recorder.sent
        app.tell(events.QueueChanged(waiting=(QueuedMessage(client_id="7", text="one"),)))
        await pilot.press("alt+down")
        await pilot.pause()
        assert app.last == commands.EditQueued(client_id="7", text="")


async def test_up_recalls_the_history_once_nothing_waits() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "said before")
        app.tell(events.QueueChanged(waiting=(QueuedMessage(client_id="1", text="one"),)))
        app.tell(events.QueueChanged(waiting=()))
        await pilot.press("up")
        assert app._composer.text == "said before"


async def test_another_session_has_nothing_waiting_and_no_offer() -> None:
    async with running() as (app, pilot):
        app.tell(events.QueueChanged(waiting=(QueuedMessage(client_id="1", text="one"),)))
        app.tell(events.SuggestionOffered(text="run the tests"))
        await pilot.pause()
        assert app._queue.display
        assert app._composer.ghost == "run the tests"
        app.tell(OPENED)
        assert app._queue.newest is None
        assert app._composer.ghost == ""


async def test_ctrl_c_stops_a_shell_line() -> None:
    async with running() as (app, pilot):
        app.tell(SHELL_RUNS)
        await pilot.press("ctrl+c")
        assert app.last == commands.Interrupt()
        assert app.is_running


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/mode free", commands.SetMode(mode="confirm_all")),
        ("/mode AUTO_APPROVE", commands.SetMode(mode="auto_approve")),
        ("/reasoning High", commands.SetReasoningLevel(level="high")),
        ("/cd ../some folder", commands.SetWorkingDir(path="../some folder")),
        ("/rename my  own name", commands.RenameSession(name="my  own name")),
        ("/model gpt-5", commands.SetModel(model="gpt-5")),
    ],
)
async def test_a_setting_typed_after_a_slash(typed: str, command: commands.Command) -> None:
    async with running() as (app, pilot):
        await send(app, pilot, typed)
        assert app.recorder.sent == [command]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/mode wild", "There is no wild to choose. There are: confirm, free, auto."),
        ("/reasoning [b]x", "There are: off, low, medium, high."),
        ("/rename", "/rename NAME"),
    ],
)
async def test_what_cannot_be_set_is_said(typed: str, said: str) -> None:
    async with running() as (app, pilot):
        await send(app, pilot, f"{typed} ")
        assert said in " ".join(transcript(app).split())
        assert not app.recorder.sent
