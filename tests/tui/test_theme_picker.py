"""Choosing a theme on the screen, and a theme's file being edited meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.scene import OPENED, SceneApp
from textual import events
from textual.pilot import Pilot

from clacky_tui.paths import preferences_file, user_themes_dir
from clacky_tui.tui.theme_picker import ThemePicker
from clacky_tui.tui.theming import shipped_themes_dir


@pytest.fixture(autouse=True)
def own_themes(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLACKY_HOME", str(home))
    monkeypatch.delenv("NO_COLOR", raising=False)
    folder = user_themes_dir()
    folder.mkdir()
    return folder


def put(folder: Path, name: str, accent: str) -> None:
    """Write a theme like `light` with another accent, later than any before."""
    text = (shipped_themes_dir() / "light.toml").read_text().replace("#6639ba", accent)
    path = folder / f"{name}.toml"
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def shown_accent(app: SceneApp) -> str:
    """What colour the active tab's name has on the screen."""
    for segment in app.screen._compositor.render_strips()[0]:
        if segment.text == "Chat" and segment.style and segment.style.color:
            assert segment.style.color.triplet is not None
            return "red" if segment.style.color.triplet.red > 200 else "blue"
    raise AssertionError("no active tab")


async def command(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("slash" if c == "/" else "space" if c == " " else c for c in text), "enter")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_moving_shows_a_theme_and_escape_takes_it_back() -> None:
    app = SceneApp([OPENED])
    async with app.run_test() as pilot:
        await command(pilot, "/theme")
        assert app.query_one(ThemePicker).has_focus
        await pilot.press("down")
        await pilot.pause()
        assert app.theme == "high-contrast"
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == "hacker"
        assert not app.query_one(ThemePicker).is_open
        assert not preferences_file().exists()
        assert app.focused is app._composer


async def test_ctrl_c_takes_a_shown_theme_back_too() -> None:
    app = SceneApp([OPENED])
    async with app.run_test() as pilot:
        await command(pilot, "/theme")
        await pilot.press("end", "ctrl+c")
        await pilot.pause()
        assert app.theme == "hacker"
        assert app.is_running


async def test_enter_keeps_the_theme_for_the_next_start() -> None:
    app = SceneApp([OPENED])
    async with app.run_test() as pilot:
        await command(pilot, "/theme")
        await pilot.press("home", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert app.theme == "ansi-16"
    assert 'theme = "ansi-16"' in preferences_file().read_text()


async def test_a_theme_can_be_named_and_an_unknown_one_is_said() -> None:
    app = SceneApp([OPENED])
    async with app.run_test() as pilot:
        await command(pilot, "/theme mono")
        assert app.theme == "mono"
        await command(pilot, "/theme nosuch")
        assert app.theme == "mono"
        assert "There is no theme 'nosuch'" in app._transcript.text()
    assert 'theme = "mono"' in preferences_file().read_text()


async def test_a_broken_theme_is_told_and_not_offered(own_themes: Path) -> None:
    (own_themes / "bad.toml").write_text("dark = 1")
    app = SceneApp([OPENED])
    async with app.run_test() as pilot:
        await command(pilot, "/theme")
        assert "bad.toml" in app._transcript.text()
        assert (
            "transparent is missing" in app._transcript.text() or "dark" in app._transcript.text()
        )
        assert "bad" not in [row.name for row in app.query_one(ThemePicker)._rows]


@pytest.mark.parametrize("way", ["focus", "reload", "picker"])
async def test_an_edited_theme_in_use_is_put_on(own_themes: Path, way: str) -> None:
    put(own_themes, "mine", "#ff0000")
    app = SceneApp([OPENED], theme="mine")
    async with app.run_test() as pilot:
        assert shown_accent(app) == "red"
        if way == "picker":
            await command(pilot, "/theme")
        put(own_themes, "mine", "#0000ff")
        await pilot.pause()
        assert shown_accent(app) == "red"
        if way == "focus":
            app.post_message(events.AppFocus())
        elif way == "reload":
            await command(pilot, "/theme reload")
        else:
            app.query_one(ThemePicker).post_message(ThemePicker.LookWanted())
        await pilot.pause()
        await pilot.pause()
        assert shown_accent(app) == "blue"


async def test_a_theme_broken_by_an_edit_stays_on_and_is_told_once(own_themes: Path) -> None:
    put(own_themes, "mine", "#ff0000")
    app = SceneApp([OPENED], theme="mine")
    async with app.run_test() as pilot:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        put(own_themes, "mine", "reddish")
        for _ in range(3):
            app.post_message(events.AppFocus())
            await pilot.pause()
        assert shown_accent(app) == "red"
        assert app._transcript.text().count("colors.accent") == 1
        put(own_themes, "mine", "#0000ff")
        app.post_message(events.AppFocus())
        await pilot.pause()
        assert shown_accent(app) == "blue"


async def test_no_clock_runs_once_the_picker_is_closed() -> None:
    app = SceneApp([OPENED])
    async with app.run_test() as pilot:
        await command(pilot, "/theme")
        picker = app.query_one(ThemePicker)
        assert picker._look_clock is not None
        await pilot.press("escape")
        await pilot.pause()
        assert picker._look_clock is None


async def test_the_screen_on_top_changes_its_theme_too() -> None:
    app = SceneApp([OPENED])
    async with app.run_test() as pilot:
        await pilot.press("f1")
        await pilot.pause()
        await app.run_action(("", "set_theme", ("light",)))
        await pilot.pause()
        box = app.screen.query_one("#sheet")
        assert box.styles.background.hex.lower() == app.theme_variables["background"].lower()


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_the_picker_keeps_the_chosen_row_in_sight(size: tuple[int, int]) -> None:
    app = SceneApp([OPENED])
    async with app.run_test(size=size) as pilot:
        await command(pilot, "/theme")
        await pilot.press("end")
        await pilot.pause()
        rows = ["".join(s.text for s in strip) for strip in app.screen._compositor.render_strips()]
        assert any("› mono" in row for row in rows)
        assert any("enter keep" in row for row in rows)
        assert " idle" in rows[-2]
