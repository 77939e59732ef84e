"""The window title, and calling a person who looks elsewhere."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scene import NOON, OPENED, TOKENS, SceneApp
from textual.events import AppBlur, AppFocus

from clacky_tui import events
from clacky_tui.config.preferences import Preferences
from clacky_tui.tui.glyphs import ASCII, UNICODE
from clacky_tui.tui.notify import BELL, call_sequence, is_wanted
from clacky_tui.tui.task_watch import TaskWatch
from clacky_tui.tui.title import title_sequence

ASKED = events.ApprovalAsked(request_id="r", call_id="1", question="?", reason="", rule="")
GIVEN = events.ApprovalGiven(request_id="r", call_id="1", decision="approved")
QUESTION = events.FeedbackAsked(request_id="q", question="Which?")


def ended(outcome: events.TaskOutcome = "done") -> events.TaskEnded:
    return events.TaskEnded(
        outcome=outcome, iterations=1, requests=1, duration_seconds=1, usage=TOKENS, cost=Decimal(0)
    )


def envelope(event: events.Event, seconds: float = 0) -> events.Envelope:
    at = NOON + timedelta(seconds=seconds)
    return events.Envelope(seq=1, ts=at, session_id="s", task_id=1, event=event)


def test_the_standing_follows_the_events() -> None:
    watch = TaskWatch()
    steps: list[tuple[events.Event, str, str | None]] = [
        (OPENED, "idle", None),
        (events.TaskStarted(text="go"), "working", None),
        (ASKED, "waiting", "approval"),
        (GIVEN, "working", None),
        (events.TextDelta(text="so"), "working", None),
        (ended(), "idle", "done"),
        (events.TaskStarted(text="go"), "working", None),
        (QUESTION, "waiting", "feedback"),
        (ended("awaiting_feedback"), "waiting", None),
        (events.TaskStarted(text="this one"), "working", None),
        (ended("error"), "failed", "error"),
        (events.TaskStarted(text="go"), "working", None),
        (ended("cancelled"), "idle", None),
        (OPENED.model_copy(update={"question": QUESTION}), "waiting", None),
    ]
    for event, standing, call in steps:
        assert watch.note(envelope(event)) == call, event.kind
        assert watch.standing == standing, event.kind


def test_a_person_is_called_when_away_or_after_long_work() -> None:
    short, long = timedelta(seconds=5), timedelta(seconds=20)
    assert is_wanted(has_focus=False, ran=short)
    assert not is_wanted(has_focus=True, ran=long)
    assert is_wanted(has_focus=None, ran=long)
    assert not is_wanted(has_focus=None, ran=short)


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({"TERM": "xterm-256color"}, BELL),
        ({"TERM": "xterm-kitty"}, "\x1b]99;o=unfocused;shop is done\x1b\\"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;shop is done\x1b\\"),
        ({"TERM_PROGRAM": "WezTerm"}, "\x1b]9;shop is done\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;clacky;shop is done\x1b\\"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x,1,0"}, BELL),
        ({"TERM_PROGRAM": "iTerm.app", "STY": "1.x"}, BELL),
    ],
)
def test_the_call_is_one_the_terminal_knows(environ: dict[str, str], sent: str) -> None:
    assert call_sequence("done", "shop", "auto", environ) == sent
    assert call_sequence("done", "shop", "bell", environ) == BELL
    assert call_sequence("done", "shop", "off", environ) == ""


@given(st.text())
def test_a_name_cannot_leave_its_sequence(name: str) -> None:
    for sequence in (
        title_sequence("working", name, UNICODE),
        call_sequence("done", name, "auto", {"TERM": "foot"}),
    ):
        assert sequence.startswith("\x1b]")
        assert sequence.endswith("\x1b\\")
        body = sequence[2:-2]
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in body)
    assert sequence.count(";") == 3


def test_the_title_has_a_sign_for_every_standing() -> None:
    for glyphs in (UNICODE, ASCII):
        titles = {
            title_sequence(standing, "x", glyphs)
            for standing in ("idle", "working", "waiting", "failed")
        }
        assert len(titles) == 4


class TalkingApp(SceneApp):
    """Keeps what it sends the terminal."""

    def __init__(self, *scene: events.Event) -> None:
        super().__init__(scene)
        self.sent: list[str] = []

    def send_control(self, sequence: str) -> None:
        self.sent.append(sequence)


@pytest.mark.parametrize(
    ("report", "preference", "calls"),
    [
        (AppBlur(), "auto", 1),
        (AppFocus(), "auto", 0),
        (None, "auto", 0),
        (AppBlur(), "off", 0),
    ],
)
async def test_the_app_calls_by_what_the_terminal_reports(
    monkeypatch: pytest.MonkeyPatch,
    report: AppBlur | AppFocus | None,
    preference: str,
    calls: int,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    app = TalkingApp(OPENED, events.TaskStarted(text="go"), events.SessionTitled(name="shop"))
    app.preferences = Preferences(notify=preference)
    async with app.run_test() as pilot:
        await pilot.app.workers.wait_for_complete()
        if report is not None:
            app.post_message(report)
        await pilot.pause()
        titles = [sequence for sequence in app.sent if sequence.startswith("\x1b]2;")]
        assert titles[-1].endswith(" shop\x1b\\")
        app.watch_task(envelope(ended(), 5))
        assert app.sent.count(BELL) == calls
        assert app.sent[-1].startswith("\x1b]2;")
