"""Ctrl+R: type a piece, go to older matches, take one or get the draft back."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from clacky_tui.input_history import InputHistory
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes

ENTRIES = [
    "fix the failing test",
    "explain this project",
    "Fix the\nimport order",
    "run everything",
    "fix the failing test",
]


class SearchApp(App[None]):
    def __init__(self, path: Path) -> None:
        super().__init__()
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME
        history = InputHistory(path)
        for text in ENTRIES:
            history.add(text)
        self.composer = Composer(history)
        self.sent: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.composer.search
        yield self.composer

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.sent.append(message.text)


@pytest.fixture
def app(tmp_path: Path) -> SearchApp:
    return SearchApp(tmp_path / "history.json")


def rows(app: SearchApp) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips if strip.text.strip()]


async def search(pilot: Pilot[None], text: str) -> None:
    await pilot.press("ctrl+r", *("space" if letter == " " else letter for letter in text))
    await pilot.pause()


async def test_matches_stand_newest_first_each_once(app: SearchApp) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press(*"draft")
        await search(pilot, "FIX")
        assert rows(app) == [
            "  ctrl+r older · enter takes it · esc goes back",
            "› fix the failing test",
            "  Fix the import order",
            "? FIX",
        ]
        await pilot.press("ctrl+r", "enter")
        assert app.composer.text == "Fix the\nimport order"
        assert app.sent == []
        assert not app.composer.search.display


async def test_the_draft_is_one_key_away_after_a_match_was_taken(app: SearchApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press(*"draft")
        await search(pilot, "run")
        await pilot.press("enter")
        assert app.composer.text == "run everything"
        await pilot.press("down", "down")
        assert app.composer.text == "draft"


async def test_ctrl_s_goes_to_a_newer_match_and_ctrl_d_leaves_nothing(app: SearchApp) -> None:
    async with app.run_test() as pilot:
        await search(pilot, "fix")
        await pilot.press("ctrl+r", "ctrl+s", "ctrl+d")
        assert app.composer.search.choice == "fix the failing test"
        await pilot.press("ctrl+u", "ctrl+d", "ctrl+s")
        assert app.composer.holds_query
        assert app.sent == []


async def test_esc_brings_the_draft_back_where_it_was(app: SearchApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press(*"draft", "left", "left")
        await search(pilot, "run")
        await pilot.press("escape")
        assert app.composer.text == "draft"
        assert app.composer.cursor_location == (0, 3)


async def test_nothing_found_is_said_and_enter_keeps_the_draft(app: SearchApp) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press(*"draft")
        await search(pilot, "zzz")
        assert "  No earlier message holds this." in rows(app)
        await pilot.press("enter")
        assert app.composer.text == "draft"
        assert app.sent == []


async def test_a_pasted_query_is_one_line_and_the_draft_on_disk_is_the_draft(
    app: SearchApp,
) -> None:
    async with app.run_test() as pilot:
        await pilot.press(*"draft")
        await search(pilot, "")
        app.composer.post_message(events.Paste("the\nimport"))
        await pilot.pause()
        assert app.composer.text == "the import"
        assert app.composer.expanded_text() == "draft"
        assert not app.composer.text_is_empty


async def test_a_long_entry_is_shown_around_its_match(app: SearchApp) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        app.composer.remember("word " * 40 + "needle [b]here[/b] " + "word " * 40)
        await search(pilot, "needle")
        assert "needle [b]here[/b]" in rows(app)[1]
