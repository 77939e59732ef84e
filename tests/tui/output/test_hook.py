"""Rows that go past the compositor: the screen must be as the compositor would have it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from benchmarks.answer import ANSWER
from support.scene import SceneApp, finished_answer
from support.screens import until
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip
from textual.widgets import Static

from clacky_tui.tui.output.driver import OutputDriver
from clacky_tui.tui.output.frame import Frames, Terminal


class RecordingOutput:
    """Takes what the driver takes, and sends nothing."""

    def __init__(self) -> None:
        self.frames = Frames(Terminal())
        self.drawn_past = 0
        """How often rows came past the compositor."""
        self.is_live = asyncio.Event()
        self.is_live.set()

    def takes(self, renderable: object) -> bool:
        return isinstance(renderable, LayoutUpdate | ChopsUpdate)

    def show(
        self, update: LayoutUpdate | ChopsUpdate, cursor: tuple[int, int], *, synchronized: bool
    ) -> None:
        self.frames.show(update)

    def show_rows(
        self, rows: Mapping[int, Strip], cursor: tuple[int, int], *, synchronized: bool
    ) -> bool:
        self.drawn_past += 1
        return self.frames.show_rows(rows)

    def resized(self, columns: int, rows: int) -> None:
        pass


class RecordedApp(SceneApp):
    """Draws to a `RecordingOutput`."""

    def __init__(self) -> None:
        super().__init__(finished_answer())
        self.recording = RecordingOutput()
        self.output = cast(OutputDriver, self.recording)

    async def stream(self, pilot: Any, text: str) -> int:
        """Let the model go on with `text`; returns how many drawings went past the compositor."""
        before = self.recording.drawn_past
        for start in range(0, len(text), 60):
            self._transcript.append_text(text[start : start + 60])
            self._transcript._flush()
            await pilot.pause()
            self.check()
        return self.recording.drawn_past - before

    def check(self) -> None:
        """What is shown is what the compositor draws when it draws everything."""
        whole = Frames(Terminal())
        with self._context():
            update = self.screen._compositor.render_update(
                full=True, screen_stack=self._background_screens
            )
        assert isinstance(update, LayoutUpdate)
        whole.show(update)
        shown = self.recording.frames
        for y, row in enumerate(whole.target):
            text = whole.text_of(row)
            assert shown.text_of(shown.target[y]) == text
            assert shown.runs(y, len(text)) == whole.runs(y, len(text))


@pytest.fixture(autouse=True)
def utf8(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)
    for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "CLACKY_ASCII"):
        monkeypatch.delenv(name, raising=False)
    return iter((None,))


async def test_rows_past_the_compositor_are_those_it_would_draw() -> None:
    app = RecordedApp()
    async with app.run_test(size=(100, 30)) as pilot:
        assert await app.stream(pilot, ANSWER[:1500]) > 10
        for key in ("pageup", "pagedown", "ctrl+end"):
            await pilot.press(key)
            await app.stream(pilot, ANSWER[1500:1700])
        await pilot.press("slash")  # the menu takes some of the rows
        assert await app.stream(pilot, ANSWER[1500:1700]) > 0
        await pilot.resize_terminal(70, 20)
        await pilot.pause()
        assert await app.stream(pilot, ANSWER[1700:2000]) > 0


async def test_under_another_screen_the_compositor_draws() -> None:
    app = RecordedApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.stream(pilot, ANSWER[:600])
        await pilot.press("f1")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        assert await app.stream(pilot, ANSWER[600:900]) == 0
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert await app.stream(pilot, ANSWER[900:1200]) > 0


async def test_what_lies_over_the_rows_stays_there() -> None:
    app = RecordedApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.stream(pilot, ANSWER[:2000])
        label = Static("over the text")
        label.styles.layer, label.styles.width, label.styles.offset = "cover", 20, (5, 10)
        await app.screen.mount(label)
        await until(pilot, lambda: label.region.size == (20, 1))
        assert await app.stream(pilot, ANSWER[2000:2600]) == 0
        shown = app.recording.frames
        assert any("over the text" in shown.text_of(row) for row in shown.target)


async def test_the_spinner_turns_past_the_compositor() -> None:
    app = RecordedApp()
    async with app.run_test(size=(100, 30)) as pilot:
        app._bar.set_status("working")
        await pilot.pause()
        app.check()
        before = app.recording.drawn_past
        app._bar._turn()
        assert app.recording.drawn_past > before
        app.check()
