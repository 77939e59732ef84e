"""The palette: everything in one list, models and sessions as they are found."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.scene import OPENED, RecordingApp, screen_text
from textual.pilot import Pilot

from clacky_tui import commands
from clacky_tui.actions import ACTIONS
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.errors import ConfigError
from clacky_tui.tui.palette import Palette
from clacky_tui.tui.pickers.matching import rank_of


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLACKY_HOME", str(tmp_path))


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def searched(pilot: Pilot[None], text: str) -> str:
    await settled(pilot)
    await pilot.press("ctrl+p", *text)
    await settled(pilot)
    assert isinstance(pilot.app, RecordingApp)
    return screen_text(pilot.app)


@pytest.mark.parametrize(
    ("title", "note", "typed", "rank"),
    [
        ("model", "", "mo", 0),
        ("undo-compact", "", "comp", 1),
        ("benchmark", "", "mark", 2),
        ("cd", "work in another directory", "directory", 3),
        ("session fix orders", "", "sfo", 4),
        ("cost", "", "xyz", None),
    ],
)
def test_beginnings_come_before_words_before_letters(
    title: str, note: str, typed: str, rank: int | None
) -> None:
    assert rank_of(title, note, typed) == rank


async def test_every_action_theme_and_model_is_in_it() -> None:
    app = RecordingApp([OPENED])
    app._load = lambda: (Settings(models=(ModelEntry(model="house-model"),)), None)
    async with app.run_test(size=(100, 30)) as pilot:
        await searched(pilot, "")
        assert isinstance(app.screen, Palette)
        titles = {row.title for row in app.screen.rows()}
        assert {action.name for action in ACTIONS} <= titles
        assert {"theme hacker", "theme light", "model house-model", "jump", "redraw"} <= titles


async def test_enter_does_what_is_chosen() -> None:
    app = RecordingApp([OPENED])
    app._load = lambda: (Settings(models=(ModelEntry(model="house-model"),)), None)
    async with app.run_test(size=(100, 30)) as pilot:
        await searched(pilot, "house")
        await pilot.press("enter")
        await settled(pilot)
        assert app.sent == [commands.SetModel(model="house-model")]
        await searched(pilot, "billing")
        await pilot.press("enter")
        await settled(pilot)
        assert app._tabs.active == "billing"


async def test_a_theme_is_kept_for_the_next_time(tmp_path: Path) -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(100, 30)) as pilot:
        await searched(pilot, "theme light")
        await pilot.press("enter")
        await settled(pilot)
        assert app.theme == "light"
    assert (tmp_path / "ui.toml").read_text() == 'theme = "light"\n'


async def test_settings_that_cannot_be_read_are_told_and_the_rest_works() -> None:
    def broken() -> tuple[Settings, None]:
        raise ConfigError("config.yml line 3 is no YAML.", hint="Mend it.")

    app = RecordingApp([OPENED])
    app._load = broken
    async with app.run_test(size=(100, 30)) as pilot:
        assert "config.yml line 3 is no YAML. Mend it." in await searched(pilot, "")
