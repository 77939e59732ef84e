"""The jump overlay: a letter on every part of the screen."""

from __future__ import annotations

import pytest
from support.scene import OPENED, RecordingApp, edit_waits_for_approval, money
from support.screens import screen_text, until
from textual.pilot import Pilot

from clacky_tui import events
from clacky_tui.tui.jump import JumpOverlay, Target, targets_of


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def opened(pilot: Pilot[None], key: str = "alt+g") -> dict[tuple[int, int], Target]:
    await settled(pilot)
    await pilot.press(key)
    await settled(pilot)
    overlay = pilot.app.screen
    assert isinstance(overlay, JumpOverlay)
    return {(target.place.x, target.place.y): target for target in overlay._targets}


@pytest.mark.parametrize("key", ["alt+g", "ctrl+right_square_bracket"])
@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40)])
async def test_every_label_is_on_the_screen_and_covers_no_other(
    size: tuple[int, int], key: str
) -> None:
    app = RecordingApp([OPENED, money("0.0412")])
    async with app.run_test(size=size) as pilot:
        targets = await opened(pilot, key)
        assert len({target.letter for target in targets.values()}) == len(targets) >= 8
        for x, y in targets:
            assert 0 <= x < size[0]
            assert 0 <= y < size[1]
            assert not {(x + 1, y), (x + 2, y)} & set(targets)


async def test_a_letter_goes_to_a_tab_a_field_and_back_to_the_composer() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        targets = await opened(pilot)
        second_tab = sorted(place for place in targets if place[1] == 0)[1]
        await pilot.press(targets[second_tab].letter)
        await settled(pilot)
        assert app._tabs.active == "billing"
        targets = await opened(pilot)
        await pilot.press(targets[(1, 0)].letter)
        await settled(pilot)
        assert app._tabs.active == "chat"
        mode = next(spot for spot in app._bar.jump_spots() if spot.call == "pick_mode")
        targets = await opened(pilot)
        await pilot.press(targets[(mode.x, app._bar.region.y)].letter)
        await settled(pilot)
        assert type(app.screen).__name__ == "ChoicePicker"


async def test_a_letter_goes_to_a_section_of_the_settings() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("alt+6")
        targets = await opened(pilot)
        sections = sorted(place for place in targets if place[1] == 1)
        await pilot.press(targets[sections[3]].letter)
        await until(pilot, lambda: "Licence" in screen_text(app))
        assert app._tabs.active == "settings"


async def test_the_open_question_and_the_composer_have_letters_too() -> None:
    app = RecordingApp(edit_waits_for_approval())
    async with app.run_test(size=(80, 30)) as pilot:
        await settled(pilot)
        places = {target.place for target in targets_of(app.screen, lambda call: None)}
        assert app._approval.region.offset in places
        assert app._composer.region.offset in places
        assert app._todos.region.offset in places
        targets = await opened(pilot)
        place = app._composer.region.offset
        await pilot.press(targets[(place.x, place.y)].letter)
        await settled(pilot)
        assert app.focused is app._composer
        assert app._approval.is_open


@pytest.mark.parametrize("key", ["escape", "ctrl+c", "f9", "1"])
async def test_any_other_key_stays_here(key: str) -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(key)
        await settled(pilot)
        assert len(app.screen_stack) == 1
        assert app.focused is app._composer
        assert app._composer.text == ""


async def test_a_resize_takes_the_labels_away() -> None:
    app = RecordingApp([OPENED, events.TaskStarted(text="go")])
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.resize_terminal(100, 30)
        await settled(pilot)
        assert len(app.screen_stack) == 1
