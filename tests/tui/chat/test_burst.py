"""Pastes that come as keys: lines that arrive at once are never sent one by one."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from clacky_tui.tui.chat.burst import BurstWatch, HeldEnter
from clacky_tui.tui.chat.composer import Composer


def pressed(text: str, gap: float, watch: BurstWatch, start: float = 1.0) -> list[object]:
    """What is seen of `text` typed with `gap` seconds between keys: letters, breaks, sends."""
    seen: list[object] = []

    def note(held: HeldEnter) -> None:
        if held is not HeldEnter.NOTHING:
            seen.append(held)

    for number, character in enumerate(text):
        note(watch.note_key(start + number * gap))
        if character != "\r":
            seen.append(character)
        elif not watch.hold_enter():
            seen.append(HeldEnter.SEND)
    note(watch.settle())
    return seen


def test_lines_at_once_are_a_paste_without_its_last_break() -> None:
    assert pressed("a\rb\r", 0.001, BurstWatch()) == ["a", HeldEnter.LINE_BREAK, "b"]
    assert pressed("a\r\rb", 0.001, BurstWatch()) == ["a", *[HeldEnter.LINE_BREAK] * 2, "b"]


def test_one_line_at_once_is_sent() -> None:
    assert pressed("ab\r", 0.001, BurstWatch()) == ["a", "b", HeldEnter.SEND]


def test_typed_lines_are_sent_at_once() -> None:
    assert pressed("a\rb\r", 0.05, BurstWatch()) == ["a", HeldEnter.SEND, "b", HeldEnter.SEND]


def test_a_key_long_after_a_held_enter_does_not_turn_it_into_a_break() -> None:
    watch = BurstWatch()
    watch.note_key(1.0)
    watch.note_key(1.001)
    assert watch.hold_enter()
    assert watch.note_key(2.0) is HeldEnter.SEND


class BurstApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.composer = Composer()
        self.composer.guards_bursts = True
        self.sent: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.composer

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.sent.append(message.text)

    def press_at_once(self, keys: Sequence[str]) -> None:
        for key in keys:
            character = {"\r": None, " ": " "}.get(key, key)
            event = events.Key({"\r": "enter", " ": "space"}.get(key, key), character)
            event.time = 1.0
            self.post_message(event)


async def settled(app: BurstApp, pilot: Pilot[None]) -> None:
    """Until every key has arrived and no Enter waits for what may follow."""
    await pilot.pause()
    for _ in range(500):
        if not app.composer._burst._holds:
            break
        await pilot.pause(0.01)
    await pilot.pause()


async def test_a_burst_of_lines_stays_in_the_composer() -> None:
    app = BurstApp()
    async with app.run_test() as pilot:
        app.press_at_once("one\rtwo\rthree\r")
        await settled(app, pilot)
        assert app.sent == []
        assert app.composer.text == "one\ntwo\nthree"


async def test_a_line_that_came_at_once_is_sent_a_moment_later() -> None:
    app = BurstApp()
    async with app.run_test() as pilot:
        app.press_at_once("go on\r")
        await settled(app, pilot)
        assert app.sent == ["go on"]


async def test_a_terminal_that_marks_pastes_is_trusted() -> None:
    app = BurstApp()
    async with app.run_test() as pilot:
        app.composer.post_message(events.Paste("x"))
        await pilot.pause()
        app.press_at_once("a\rb\r")
        await pilot.pause()
        assert app.sent == ["xa", "b"]
