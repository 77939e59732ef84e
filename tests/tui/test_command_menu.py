"""The slash menu's rules (spec/tui-cli.md 6.6): order, window, width, what may follow a command."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from support.scene import OPENED, RecordingApp, screen_text
from textual.pilot import Pilot

from clacky_tui.actions import ACTIONS
from clacky_tui.tui.chat.choice_list import MAX_ROWS
from clacky_tui.tui.chat.command_menu import WIDEST_CELLS


async def typed(pilot: Pilot[None], *keys: str) -> list[str]:
    """The rows of the menu after `keys`."""
    app = pilot.app
    assert isinstance(app, RecordingApp)
    await app.workers.wait_for_complete()
    await pilot.press(*keys)
    await pilot.pause()
    region = app._menu.region
    return screen_text(app).split("\n")[region.y : region.bottom]


@pytest.mark.parametrize("width", [40, 80, 200])
async def test_five_rows_and_a_count_of_the_rest_no_wider_than_the_eye_follows(width: int) -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(width, 24)) as pilot:
        rows = await typed(pilot, "/")
        assert len(rows) == MAX_ROWS + 1
        assert rows[-1].strip() == f"… {len(ACTIONS) - MAX_ROWS} more"
        assert all(cell_len(row) <= min(width - 4, WIDEST_CELLS) for row in rows)


async def test_the_window_follows_the_selection_around_both_ends() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        rows = await typed(pilot, "/", "up")
        assert rows[-2].startswith(f"› /{ACTIONS[-1].name}")
        rows = await typed(pilot, "down")
        assert rows[0].startswith(f"› /{ACTIONS[0].name}")


async def test_the_exact_name_comes_first_then_beginnings_then_what_contains_it() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        rows = await typed(pilot, *"/MODE")
        assert [row.split()[-0 if row[0] != "›" else 1] for row in rows] == ["/mode", "/model"]
        await typed(pilot, "ctrl+u")
        rows = await typed(pilot, *"/compact")
        assert [row.removeprefix("› ").split()[0] for row in rows] == ["/compact", "/undo-compact"]


async def test_tab_completes_and_says_what_may_follow() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        rows = await typed(pilot, *"/model", "tab")
        assert app._composer.text == "/model "
        assert len(rows) == 1
        assert rows[0].split()[:2] == ["/model", "NAME"]
        rows = await typed(pilot, *"claude")
        assert rows[0].split()[:2] == ["/model", "NAME"]
        assert not app._menu.is_open  # enter sends what is typed
        assert await typed(pilot, "ctrl+u") == []
        assert await typed(pilot, *"/cost", "tab") == []
        await typed(pilot, "ctrl+u")
        assert await typed(pilot, *"/path/like this") == []
