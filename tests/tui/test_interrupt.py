"""Ctrl+C: one thing at a time, in the order of spec/tui-cli.md 6.8; and what is said on leaving."""

from __future__ import annotations

from decimal import Decimal

from support.scene import (
    OPENED,
    RecordingApp,
    command_waits_for_approval,
    money,
    screen_text,
    time_machine_lists,
    trust_is_asked,
)
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.tui.closing import closing_words

QUESTION = events.FeedbackAsked(request_id="f", question="Which one?", options=("a", "b"))
COMPRESSING = events.CompressionStarted(tokens=90_000, messages=40, reason="idle")


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    for key in keys:
        await pilot.press(key)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.pause()  # what a prompt says goes through its own queue, then the app's


async def test_an_idle_compression_is_cancelled_before_anything_else() -> None:
    app = RecordingApp([OPENED, COMPRESSING])
    async with app.run_test() as pilot:
        await pressed(pilot, "h", "i", "f1", "ctrl+c")
        assert app.sent == [commands.Interrupt()]
        assert app._composer.text == ""
        assert len(app.screen_stack) == 2


async def test_what_is_open_closes_one_by_one_before_the_app_does() -> None:
    app = RecordingApp([*trust_is_asked(), QUESTION])
    async with app.run_test(size=(80, 30)) as pilot:
        await pressed(pilot, "f1", "ctrl+c")
        assert len(app.screen_stack) == 1
        await pressed(pilot, "ctrl+c")
        assert app.sent == [commands.AnswerTrust(request_id="t", answer="later")]
        assert app._feedback.is_open
        await pressed(pilot, "ctrl+c")
        assert not app._feedback.is_open
        assert app.is_running
        await pressed(pilot, "/", "ctrl+c")
        assert not app._menu.is_open
        assert app._composer.text == "/"
        await pressed(pilot, "ctrl+c")
        assert app._composer.text == ""
        assert "press ctrl+c again to leave" in screen_text(app)
        await pressed(pilot, "ctrl+c")
        assert app._leaving


async def test_an_approval_is_denied_and_the_time_machine_is_closed() -> None:
    app = RecordingApp(command_waits_for_approval())
    async with app.run_test(size=(80, 30)) as pilot:
        await pressed(pilot, "ctrl+c")
        assert app.sent == [commands.Approve(request_id="r", answer="cancel")]
        await pressed(pilot, "ctrl+c")
        assert app.sent[1:] == [commands.Interrupt()]
    app = RecordingApp(time_machine_lists())
    async with app.run_test(size=(80, 30)) as pilot:
        await pressed(pilot, "ctrl+c")
        assert not app._time_machine.is_open
        assert not app._leaving


async def test_a_running_task_is_interrupted_and_the_composer_cleared() -> None:
    app = RecordingApp([OPENED, events.TaskStarted(text="go")])
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "h", "i", "ctrl+c")
        assert app.sent == [commands.Interrupt()]
        assert app._composer.text == ""
        assert not app._leaving


def test_leaving_says_what_it_cost_where_it_lies_and_how_it_goes_on() -> None:
    closed = events.SessionClosed(tasks=2, journal_path="/home/me/.clacky/sessions/x.jsonl")
    usage = money("0.0412").model_copy(update={"session_cost": Decimal("1.5")})
    rule, cost, path, again = closing_words(closed, usage, "e3181361-77aa").splitlines()
    assert len(rule) == 60
    assert cost.endswith("$1.50, 2 tasks")
    assert path == "/home/me/.clacky/sessions/x.jsonl"
    assert again == "Go on with it: clacky -a e3181361"
    assert closing_words(None, usage, "e3181361") == ""
