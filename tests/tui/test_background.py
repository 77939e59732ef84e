"""Background commands on the screen: the badge, the list, and stopping one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.scene import NOON, OPENED, RecordingApp, SceneApp, edit_waits_for_approval
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.tui.full_screen.diff_screen import DiffScreen


def task(handle: str, **fields: object) -> events.BackgroundTask:
    given = {"command": "npm run dev", "status": "running", "started_at": NOON, **fields}
    return events.BackgroundTask.model_validate({"handle": handle, **given})


RUNNING = task("aaaaaaaaa")
FAILED = task(
    "bbbbbbbbb",
    command="pytest -q\x1b[2J " + "x" * 80,
    status="failed",
    exit_code=1,
    ended_at=NOON + timedelta(seconds=252),
    last_line="1 failed, 3 passed",
)


def bar_row(app: SceneApp) -> str:
    return next(
        strip.text
        for strip in app.screen._compositor.render_strips()
        if " idle " in strip.text or " waiting " in strip.text
    )


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize(("ascii_only", "badge"), [(False, "⚙ 1"), (True, "bg 1")])
async def test_a_badge_counts_what_runs(
    ascii_only: bool, badge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLACKY_ASCII", "1" if ascii_only else "0")
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)
    changed = events.BackgroundTasksChanged(tasks=(FAILED, RUNNING))
    app = RecordingApp([OPENED, changed])
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert f" {badge} " in bar_row(app)
        app._router._count_background((FAILED,))  # type: ignore[union-attr]
        await pilot.pause()
        assert badge not in bar_row(app)


async def test_slash_kill_stops_a_command() -> None:
    app = RecordingApp([OPENED, events.BackgroundTasksChanged(tasks=(FAILED, RUNNING))])
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press(*"/kill aaaaaaaaa", "enter")
        await pilot.press(*"/trust ", "enter")
        await pilot.pause()
    assert app.sent == [commands.StopBackgroundTask(handle="aaaaaaaaa"), commands.AskTrust()]


async def test_a_task_nobody_typed_shows_no_words_of_a_person() -> None:
    app = RecordingApp([OPENED, events.TaskStarted(text="")])
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "›" not in app._transcript.text()


async def test_keys_of_the_app_work_while_an_approval_is_open() -> None:
    app = RecordingApp(edit_waits_for_approval())
    async with app.run_test(size=(80, 30)) as pilot:
        await settled(pilot)
        assert app._approval.has_focus
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert isinstance(app.screen, DiffScreen)
        await pilot.press("q")
        await settled(pilot)
        assert app._approval.is_open
        assert app._approval.has_focus
        await pilot.press("shift+tab")
    assert app.sent == [
        commands.SetMode(mode="auto_approve"),
        commands.Approve(request_id="r", answer="yes"),
    ]


async def test_an_answer_goes_to_the_worker_as_a_command() -> None:
    app = RecordingApp(edit_waits_for_approval())
    async with app.run_test(size=(80, 30)) as pilot:
        await settled(pilot)
        await pilot.press("A")
        await pilot.pause()
    assert app.sent == [commands.Approve(request_id="r", answer="yes_always")]
