"""Choosing a model, a reasoning level, a mode, a directory: what is shown, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support.scene import OPENED, RecordingApp, cached_session, money, screen_text
from support.screens import until
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.tui.pickers.directory import folders_like
from clacky_tui.tui.pickers.model import BUSY_WORDS

MODELS = tuple(
    ModelEntry(model=name) for name in ("claude-sonnet-4-5", "claude-haiku-4-5", "house-model")
)


@pytest.fixture(autouse=True)
def unicode_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)


async def settled(pilot: Pilot[None]) -> None:
    for _ in range(4):  # what one thing sets going may set another going
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def typed(pilot: Pilot[None], *keys: str) -> str:
    await pilot.press(*keys)
    await settled(pilot)
    assert isinstance(pilot.app, RecordingApp)
    return screen_text(pilot.app)


def app_with_models(scene: list[events.Event]) -> RecordingApp:
    app = RecordingApp(scene)
    app._load = lambda: (Settings(models=MODELS), MODELS[0])
    return app


async def test_each_model_stands_with_its_price_and_what_the_switch_costs() -> None:
    app = app_with_models(cached_session())
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        rows = (await typed(pilot, *"/model", "enter")).splitlines()
        haiku = next(row for row in rows if "claude-haiku-4-5" in row)
        assert "cache lost, +$0." in haiku
        assert "$1/$5 per M" in haiku
        assert "in use" in next(row for row in rows if " claude-sonnet-4-5 " in row)
        house = next(row for row in rows if "house-model" in row)
        assert "cache lost, +?" in house
        assert "price unknown" in house
        assert "anew, for $0." in await typed(pilot, "down")
        await typed(pilot, "enter")
    assert app.sent == [commands.SetModel(model="claude-haiku-4-5")]


async def test_b_runs_the_benchmark_and_its_times_appear_beside_the_models() -> None:
    app = app_with_models([OPENED])
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        text = await typed(pilot, *"/model", "enter", "b")
        assert app.sent == [commands.TestModels()]
        assert "… · price unknown" in text
        tested = events.ModelTested(
            model="house-model", ok=True, duration_seconds=2, time_to_first_token_seconds=1.25
        )
        app.tell(tested)
        await settled(pilot)
        row = next(row for row in screen_text(app).splitlines() if "house-model  " in row)
        assert "1.2s" in row
        failed = events.ModelTested(
            model="claude-haiku-4-5", ok=False, duration_seconds=15, message="No answer in 15 s."
        )
        app.tell(failed)
        await pilot.press("down")
        await settled(pilot)
        row = next(row for row in screen_text(app).splitlines() if "claude-haiku-4-5  " in row)
        assert "✗ failed" in row
        assert "No answer in 15 s." in screen_text(app)


async def test_a_model_is_not_switched_while_the_agent_answers() -> None:
    app = app_with_models([OPENED, events.TaskStarted(text="hello"), money("0.01")])
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert BUSY_WORDS[:30] in await typed(pilot, *"/model", "enter")
        await typed(pilot, "down", "enter")
        await typed(pilot, "b")
        assert app.sent == []
        ended = events.TaskEnded(
            outcome="done",
            iterations=1,
            requests=1,
            duration_seconds=1,
            usage=events.TokenCounts(),
            cost=Decimal(0),
        )
        app.tell(ended)
        await settled(pilot)
        assert BUSY_WORDS[:30] not in screen_text(app).splitlines()[8]
        await typed(pilot, "enter")
    assert [command.kind for command in app.sent] == ["set_model"]


@pytest.mark.parametrize(
    ("line", "keys", "command"),
    [
        ("/reasoning", ["down", "down"], commands.SetReasoningLevel(level="medium")),
        ("/mode", ["down"], commands.SetMode(mode="auto_approve")),
    ],
)
async def test_a_choice_is_sent_and_what_is_in_use_is_not(
    line: str, keys: list[str], command: commands.Command
) -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "in use" in await typed(pilot, *line, "enter")
        await typed(pilot, "enter")
        assert app.sent == []
        await typed(pilot, *line, "enter", *keys, "enter")
    assert app.sent == [command]


async def test_esc_and_ctrl_c_change_nothing_and_leave_the_app_open() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in ("escape", "ctrl+c"):
            await typed(pilot, *"/reasoning", "enter", "down", key)
            assert len(app.screen_stack) == 1
            assert app.focused is app._composer
        assert app.is_running
    assert app.sent == []


# --- directory ---------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path: Path) -> Path:
    for name in ("Alpha", "alpine/peak", "beta", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "alpha.txt").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("", ["Alpha/", "alpine/", "beta/"]),
        ("al", ["Alpha/", "alpine/"]),
        ("alpine/", ["alpine/peak/"]),
        (".", [".hidden/"]),
        ("nowhere/", []),
    ],
)
@pytest.mark.parametrize("written", [str, lambda _: ""], ids=["absolute", "relative"])
def test_folders_are_offered_as_they_are_typed(
    places: Path, start: str, found: list[str], written: Callable[[Path], str]
) -> None:
    head = f"{written(places)}/".removeprefix("/" if not written(places) else "")
    assert folders_like(head + start, places) == [head + name for name in found]


async def test_a_directory_is_completed_and_sent(places: Path) -> None:
    app = RecordingApp([OPENED.model_copy(update={"working_dir": str(places)})])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await typed(pilot, *"/cd", "enter")
        await until(pilot, lambda: "beta/" in screen_text(app))
        await typed(pilot, *"alpi")
        await until(pilot, lambda: "beta/" not in screen_text(app))
        await typed(pilot, "tab")
        await until(pilot, lambda: "peak/" in screen_text(app))
        await typed(pilot, "enter")
    assert app.sent == [commands.SetWorkingDir(path=str(places / "alpine"))]


async def test_a_directory_that_does_not_exist_is_told_and_asked_again(places: Path) -> None:
    app = RecordingApp([OPENED.model_copy(update={"working_dir": str(places)})])
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        text = await typed(pilot, *"/cd", "enter", *"nope", "enter")
        assert "There is no folder" in text
        await typed(pilot, *["backspace"] * 4, *"beta", "enter")
    assert app.sent == [commands.SetWorkingDir(path=str(places / "beta"))]
