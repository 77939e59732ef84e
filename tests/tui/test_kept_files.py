"""Trouble with the files that the screen itself keeps is told in the chat, each once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clacky_tui.config.settings import Settings
from clacky_tui.paths import data_dir, draft_file, history_file
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.draft import Draft, Unsent


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[tuple[ClackyApp, Pilot[None]]]:
    app = ClackyApp(
        working_dir=folder,
        mode="confirm_safes",
        theme_name=None,
        load=lambda: (Settings(), None),
    )
    async with app.run_test(size=(100, 30)) as pilot:
        yield app, pilot
        await app.action_leave()


async def wait_for(app: ClackyApp, pilot: Pilot[None], text: str) -> str:
    while text not in app._transcript.text():
        await pilot.pause(0.02)
    return app._transcript.text()


async def test_a_damaged_history_is_named_at_the_start_and_when_it_is_set_aside(
    tmp_path: Path,
) -> None:
    data_dir().mkdir()
    history_file().write_text('["half a li')
    async with started(tmp_path) as (app, pilot):
        text = await wait_for(app, pilot, "cannot be read: it is no JSON.")
        assert "cmd_history.json" in text
        await pilot.press("h", "i", "enter")
        await wait_for(app, pilot, "cmd_history.json.broken")
    assert history_file().with_name("cmd_history.json.broken").read_text() == '["half a li'


async def test_a_draft_that_cannot_be_kept_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(tmp_path) as (app, pilot):
        await wait_for(app, pilot, "demo model")
        monkeypatch.setenv("CLACKY_HOME", "/dev/full/home")
        await pilot.press("h")
        text = await wait_for(app, pilot, "is not saved as you write")
        await pilot.press("i")
        await app._draft.save()
        assert app._transcript.text().count("is not saved") == text.count("is not saved") == 1


async def test_an_old_draft_gives_way_to_what_was_typed_before_it_was_read(tmp_path: Path) -> None:
    old = Draft()
    old.save(Unsent("the old draft"))
    old.release()
    async with started(tmp_path) as (app, pilot):
        app._composer.load_draft("new")
        await wait_for(app, pilot, "demo model")
        while not app._history.entries:
            await pilot.pause(0.02)
        assert app._composer.text == "new"
        await pilot.press("up")
        assert app._composer.text == "the old draft"
    assert draft_file().exists()
