"""Colour is never the only signal: the key screens without any, in Unicode and in ASCII signs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.scene import (
    OPENED,
    SceneApp,
    cached_session,
    command_waits_for_approval,
    edit_waits_for_approval,
    finished_answer,
    trouble,
)
from textual.pilot import Pilot

from clacky_tui import events
from clacky_tui.tui.glyphs import ASCII, UNICODE, Glyphs


@pytest.fixture(params=[UNICODE, ASCII], ids=["unicode", "ascii"])
def glyphs(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Glyphs:
    monkeypatch.setenv("CLACKY_HOME", str(home))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CLACKY_ASCII", "1" if request.param is ASCII else "")
    chosen: Glyphs = request.param
    return chosen


async def shown(pilot: Pilot[None]) -> str:
    """The screen's text; fails if any of it has a colour."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    strips = pilot.app.screen._compositor.render_strips()
    for segment in (segment for strip in strips for segment in strip):
        for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
            assert color is None or color.is_default, (segment.text, color)
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def scene(make: Callable[[], list[events.Event]]) -> SceneApp:
    return SceneApp(make(), theme=None)


async def test_what_waits_failed_or_changed_has_a_sign(glyphs: Glyphs) -> None:
    async with scene(edit_waits_for_approval).run_test(size=(80, 40)) as pilot:
        screen = await shown(pilot)
    assert f"{glyphs.waiting} Edit shop/orders.py?" in screen
    assert f" {glyphs.waiting} waiting" in screen
    assert f"{glyphs.failed} exit 1" in screen
    assert f"{glyphs.closed} Read shop/orders.py" in screen
    assert f"42 {glyphs.minus} " in screen
    assert "42 + " in screen
    assert f"+1 {glyphs.minus}1" in screen


async def test_warnings_and_errors_have_signs(glyphs: Glyphs) -> None:
    async with scene(trouble).run_test(size=(80, 60)) as pilot:
        screen = await shown(pilot)
    assert f"{glyphs.warning} " in screen
    assert f"{glyphs.failed} " in screen


async def test_a_dangerous_piece_of_a_command_is_underlined(glyphs: Glyphs) -> None:
    app = scene(command_waits_for_approval)
    async with app.run_test(size=(80, 30)) as pilot:
        await shown(pilot)
        strips = app.screen._compositor.render_strips()
        marked = "".join(
            segment.text
            for strip in strips[2:]
            for segment in strip
            if segment.style and segment.style.underline
        )
    assert "git push --force" in marked


async def test_the_end_of_a_task_and_the_active_tab_are_marked(glyphs: Glyphs) -> None:
    app = scene(finished_answer)
    async with app.run_test(size=(80, 40)) as pilot:
        screen = await shown(pilot)
        first = app.screen._compositor.render_strips()[0]
        active = [s.text for s in first if s.style and s.style.underline]
    assert f"{glyphs.done} done in" in screen
    assert f"{glyphs.idle} idle" in screen
    assert active == ["Chat"]


async def test_chosen_rows_are_marked(glyphs: Glyphs) -> None:
    app = scene(lambda: [OPENED])
    async with app.run_test(size=(80, 30)) as pilot:
        await shown(pilot)
        await pilot.press("slash")
        assert f"{glyphs.user} /help" in await shown(pilot)


@pytest.mark.parametrize("tab", ["alt+2", "alt+3", "alt+4", "alt+5"])
async def test_no_tab_has_a_colour(glyphs: Glyphs, tab: str) -> None:
    async with scene(cached_session).run_test(size=(100, 40)) as pilot:
        await shown(pilot)
        await pilot.press(tab)
        assert await shown(pilot)


async def test_no_color_chooses_the_theme_without_any(glyphs: Glyphs) -> None:
    app = SceneApp([OPENED], theme=None)
    async with app.run_test() as pilot:
        await shown(pilot)
        assert app.theme == "mono"
