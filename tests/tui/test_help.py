"""Help: what has the keyboard first, every key and command in it, searchable at any size."""

from __future__ import annotations

import pytest
from support.scene import OPENED, RecordingApp, screen_text
from textual.binding import Binding
from textual.pilot import Pilot

from clacky_tui.actions import ACTIONS
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.key_table import key_table
from clacky_tui.tui.trash.pane import TrashPane


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def test_the_table_holds_every_key_and_every_command() -> None:
    rows = key_table(ClackyApp.BINDINGS, {"Trash": TrashPane.key_bindings()})
    assert list(dict.fromkeys(row.section for row in rows)) == [
        "Writing",
        "Anywhere",
        "Trash",
        "Commands",
    ]
    meanings = {row.meaning for row in rows}
    for binding in ClackyApp.BINDINGS:
        assert isinstance(binding, Binding)
        assert binding.description in meanings
    assert {f"/{action.name}" for action in ACTIONS} <= {row.keys.split()[0] for row in rows}
    assert all(row.keys and row.meaning for row in rows)


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (80, 24), (120, 40)])
async def test_f1_is_searched_and_read_to_its_end(size: tuple[int, int]) -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("f1")
        await settled(pilot)
        assert "Writing" in screen_text(app)
        await pilot.press("end")
        await settled(pilot)
        assert f"/{ACTIONS[-1].name}" in screen_text(app)
        await pilot.press(*"/palette")
        await settled(pilot)
        assert "ctrl+p" in screen_text(app)
        await pilot.press("escape", "escape")
        assert len(app.screen_stack) == 1


async def test_the_keys_of_what_has_the_keyboard_come_first() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await settled(pilot)
        await pilot.press("f1")
        await settled(pilot)
        rows = screen_text(app).splitlines()
        here = next(i for i, row in enumerate(rows) if " Here" in row)
        assert "do it" in rows[here + 1]
        await pilot.press("q")
        assert type(app.screen).__name__ == "Palette"


async def test_slash_keys_names_what_the_keymap_file_may_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLACKY_HOME", "/src/home")
    app = RecordingApp([OPENED])
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot)
        await pilot.press(*"/keys", "enter")
        await settled(pilot)
        assert "keymap.toml" in screen_text(app)
        assert "tab-billing" in screen_text(app)
        await pilot.press(*"/cost")
        await settled(pilot)
        assert "tokens and cost of this session" in screen_text(app)
