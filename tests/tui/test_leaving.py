"""Leaving while keys still come."""

from __future__ import annotations

from support.scene import OPENED, RecordingApp
from support.screens import settle, until
from textual import events


async def test_what_is_typed_while_the_app_leaves_is_dropped() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test() as pilot:
        await settle(pilot)
        await app.action_leave()
        for key in ("alt+6", "2", "f1", "escape", "ctrl+p", "ctrl+c"):
            app.post_message(events.Key(key, None))
        app.post_message(events.Paste("words"))
    assert app._exception is None
    assert app.return_code == 0
    assert not app._settings_tab.display
    assert app._composer.text == ""


async def test_leaving_ends_the_app_also_when_saving_fails() -> None:
    class Broken(RecordingApp):
        async def _save_all(self) -> None:
            raise ZeroDivisionError

    app = Broken([OPENED])
    try:
        async with app.run_test() as pilot:
            await settle(pilot)
            await pilot.press("ctrl+q")
            await pilot.pause()
    except ZeroDivisionError:
        pass
    assert app.is_running is False
    assert app._exit


async def test_a_signal_that_comes_before_the_app_is_up_is_heeded_once_it_is() -> None:
    app = RecordingApp([OPENED])
    assert app.end_on_signal(143)
    assert not app.end_on_signal(143)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._exit)
    assert app.return_code == 143
