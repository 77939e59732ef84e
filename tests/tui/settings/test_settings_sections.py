"""The settings tab: sections, preferences that hold at once, and settings of the agent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from support.scene import OPENED, SceneApp
from support.screens import press, screen_text, settle
from textual.pilot import Pilot

from clacky_tui import commands
from clacky_tui.config.preferences import Preferences, load_preferences
from clacky_tui.config.settings import load_settings
from clacky_tui.i18n import current_language, use_language
from clacky_tui.paths import config_file, preferences_file
from clacky_tui.tui.glyphs import choose_glyphs, current_glyphs
from clacky_tui.tui.profile import current_profile, use_profile

pytestmark = pytest.mark.usefixtures("home", "as_before")


@pytest.fixture
def as_before() -> Iterator[None]:
    yield
    use_language("en")
    choose_glyphs("auto")
    use_profile(None)


class Told(SceneApp):
    """Keeps what the worker would have been sent."""

    def __init__(self, preferences: Preferences = Preferences()) -> None:
        super().__init__([OPENED], theme=None, preferences=preferences)
        self.sent: list[commands.Command] = []

    def _send(self, command: commands.Command) -> None:
        self.sent.append(command)


@asynccontextmanager
async def on_screen(
    section: str = "2", size: tuple[int, int] = (80, 24), preferences: Preferences | None = None
) -> AsyncIterator[tuple[Told, Pilot[None]]]:
    app = Told(preferences or Preferences())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "alt+6", section)
        yield app, pilot


_ROWS_ABOVE = 3
"""Tabs, sections and keys."""


def line(text: str, label: str) -> str:
    """The value that stands beside `label`."""
    [found] = [row for row in text.splitlines() if row.startswith(f" {label} ")]
    return found.removeprefix(f" {label} ").strip()


async def to(pilot: Pilot[None], label: str) -> None:
    """Move the cursor to the row of `label`."""
    rows = screen_text(pilot.app).splitlines()
    first = rows.index("", _ROWS_ABOVE) + 1  # what is said above the list may take two rows
    at = next(at for at, row in enumerate(rows[first:]) if row.startswith(f" {label} "))
    await pilot.press("home", *["down"] * at)


# --- sections ------------------------------------------------------------------------------------


async def test_sections_are_reached_by_number_by_tab_and_by_mouse() -> None:
    async with on_screen("1") as (app, pilot):
        assert "No model yet" in screen_text(app)
        assert "Theme" in await press(pilot, "tab")
        assert "Compression" in await press(pilot, "tab")
        assert "Textual" in await press(pilot, "4")
        assert "No model yet" in await press(pilot, "tab")
        await pilot.click("SettingsTab TabBar", offset=(11, 0))
        await settle(pilot)
        assert "Theme" in screen_text(app)
        assert "Theme" in await press(pilot, "alt+1", "alt+6")


async def test_help_lists_the_keys_of_the_section() -> None:
    async with on_screen("2", (80, 40)) as (_, pilot):
        text = await press(pilot, "question_mark")
        assert "the next section" in text
        assert "the next value, or type one" in text


async def test_about_names_version_and_folders(clacky_home: Path) -> None:
    async with on_screen("4", (120, 24)) as (app, _):
        assert line(screen_text(app), "Agent") == f"~/{clacky_home.name}/config.yml"
        assert line(screen_text(app), "Licence") == "MIT"


@pytest.mark.parametrize("size", [(40, 10), (200, 60)])
async def test_every_section_fits_every_size(size: tuple[int, int]) -> None:
    async with on_screen("1", size) as (_, pilot):
        for section, word in (
            ("1", "No model"),
            ("2", "Theme"),
            ("3", "Requests"),
            ("4", "Version"),
        ):
            text = await press(pilot, section)
            assert word in text
            assert "? keys" in text


# --- the screen ----------------------------------------------------------------------------------


async def test_a_change_holds_at_once_and_is_kept() -> None:
    async with on_screen() as (app, pilot):
        await to(pilot, "Enter while it works")
        assert line(await press(pilot, "right"), "Enter while it works") == "steer"
        assert app.preferences.while_running == "steer"
        assert load_preferences().while_running == "steer"
        assert line(await press(pilot, "left"), "Enter while it works") == "queue"
        assert load_preferences().while_running == "queue"


async def test_many_quick_changes_end_with_the_last_one() -> None:
    async with on_screen() as (app, pilot):
        await to(pilot, "Suggestions")
        for _ in range(5):
            app.simulate_key("right")
        await settle(pilot)
        assert load_preferences().suggestions is app.preferences.suggestions is True


async def test_themes_are_put_on_as_they_are_chosen() -> None:
    async with on_screen() as (app, pilot):
        before = app.theme
        text = await press(pilot, "right")
        assert line(text, "Theme") == app.preferences.theme == load_preferences().theme
        await press(pilot, "right")
        assert app.theme == app.preferences.theme != before
        await to(pilot, "Background")
        await press(pilot, "home", "left", "left")
        assert app.preferences.theme == ""
        assert app.theme == before
        await to(pilot, "Background")
        await press(pilot, "left")
        assert app.theme != before  # the one for a light background


async def test_a_background_nobody_knows_is_asked_for_at_the_next_start() -> None:
    async with on_screen(preferences=Preferences(brightness="light")) as (_, pilot):
        await to(pilot, "Background")
        assert "asked for its background at the next start" in await press(pilot, "right")


async def test_another_language_is_spoken_at_once_in_every_tab() -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "alt+5", "alt+6")
        trash = app._panes["trash"].children
        assert len(trash) == 1
        await to(pilot, "Language")
        text = await press(pilot, "left")
        assert current_language() == "zh"
        assert line(text, "语言") == "中文"
        assert "更改立即生效" in text
        assert len(app._panes["trash"].children) == 0  # built anew when it is opened
        assert "压缩" in await press(pilot, "3")
        await press(pilot, "alt+5", "alt+4", "alt+6")
        text = await press(pilot, "2", "left")
        assert current_language() == "en"
        assert line(text, "Language") == "English"
        assert load_preferences().language == "en"


async def test_signs_motion_and_mouse_follow_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)
    async with on_screen() as (_, pilot):
        await to(pilot, "Signs")
        await press(pilot, "left")
        assert current_glyphs().user == ">"
        await to(pilot, "Reduced motion")
        assert "at the next start" not in await press(pilot, "space")
        assert current_profile().spinner_seconds is None
        await to(pilot, "Mouse")
        text = await press(pilot, "left")
        assert current_profile().mouse is False
        assert "The mouse follows at the next start." in text  # this screen is no terminal
        await to(pilot, "Line to the terminal")
        await press(pilot, "left")
        assert current_profile().name == "low-bandwidth"


async def test_what_cannot_be_written_still_holds_and_is_told() -> None:
    preferences_file().mkdir(parents=True)
    async with on_screen() as (app, pilot):
        await to(pilot, "Token line")
        text = await press(pilot, "right")
        assert "It holds until you leave, but was not written" in text
        assert app.preferences.token_line == "short"


async def test_a_filter_finds_settings() -> None:
    async with on_screen() as (_, pilot):
        text = await press(pilot, "slash", *"line to", "enter")
        assert "Line to the terminal" in text
        assert "Theme" not in text


# --- the agent -----------------------------------------------------------------------------------


async def test_settings_of_the_agent_are_written_and_read_again_by_the_worker() -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text("# mine\nsettings:\n  max_turns: 30 # enough\n")
    async with on_screen("3") as (app, pilot):
        await press(pilot, "enter", *["backspace"] * 2, "7", "enter")
        await to(pilot, "Tools at once")
        text = await press(pilot, "right")
        assert line(text, "Requests per task") == "7"
        assert line(text, "Tools at once") == "off"
    assert config_file().read_text() == (
        "# mine\nsettings:\n  max_turns: 7 # enough\n  parallel_tools: false\n"
    )
    assert [command.kind for command in app.sent] == ["reload_config"] * 2


async def test_a_figure_that_is_none_is_asked_for_again() -> None:
    async with on_screen("3") as (app, pilot):
        await press(pilot, "down", "enter")
        text = await press(pilot, *"abc", "enter")
        assert "abc is no amount in USD" in text
        assert "Budget of a task abc" in text
        await press(pilot, *["backspace"] * 3, *"2.5", "enter")
        assert load_settings().max_task_cost == Decimal("2.5")
        assert app.focused is not None
        assert "is no amount" not in screen_text(app)
        await press(pilot, "enter", "escape")
        assert load_settings().max_task_cost == Decimal("2.5")


async def test_a_file_that_cannot_be_changed_is_told_and_shown_as_it_is() -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text("settings: [")
    async with on_screen("3") as (app, pilot):
        await to(pilot, "Sweep the trash")
        text = await press(pilot, "right")
        assert "cannot be read, so nothing was changed" in " ".join(text.split())
        assert line(text, "Sweep the trash") == "on"
        assert app.sent == []
    assert config_file().read_text() == "settings: ["
