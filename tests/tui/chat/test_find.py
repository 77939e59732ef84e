"""Searching a resumed session: what is not loaded yet is found too."""

from __future__ import annotations

from pathlib import Path

from support.scene import OPENED, RecordingApp
from support.screens import press, screen_text, settle, until
from support.stored_sessions import SessionWriter

from clacky_tui import events
from clacky_tui.config.settings import Settings
from clacky_tui.tui.app import ClackyApp


def stored(folder: Path) -> Path:
    """500 tasks; the needle is in the third and in the first."""
    writer = SessionWriter("0123456789abcdef", working_dir=str(folder), simulated=True)
    for number in range(500):
        needle = " needle" if number in (0, 2) else ""
        writer.exchange(f"task {number}{needle}", f"answer {number}")
    return writer.close()


async def test_a_search_reads_on_into_earlier_chat(tmp_path: Path) -> None:
    app = ClackyApp(
        working_dir=tmp_path,
        mode="confirm_safes",
        theme_name=None,
        load=lambda: (Settings(), None),
        resume=stored(tmp_path),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        while "goes on after" not in app._transcript.text() or app._transcript.entry_count < 9:
            await pilot.pause(0.02)
        assert "needle" not in app._transcript.text()
        await pilot.press("alt+s", *"needle")
        while app._find.match is None:
            await pilot.pause(0.02)
        await settle(pilot)
        screen = [row.strip.text.strip() for row in app._transcript.shown_rows()]
        assert "› task 2 needle" in screen
        await pilot.press("up")
        await settle(pilot)
        screen = [row.strip.text.strip() for row in app._transcript.shown_rows()]
        assert "› task 0 needle" in screen
        assert not app._transcript.is_at_end
        await pilot.press("up")
        await settle(pilot)
        assert str(app._find._count.content) == "1/2"
        await app._leave(0)


async def test_another_session_is_searched_anew() -> None:
    app = RecordingApp([OPENED, events.TaskStarted(text="a needle, a needle")])
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "alt+s", *"needle")
        await until(pilot, lambda: "2/2" in screen_text(app))
        app._welcome(OPENED)
        app.tell(events.TaskStarted(text="one needle"))
        await press(pilot, "up")
        await until(pilot, lambda: "1/1" in screen_text(app))
