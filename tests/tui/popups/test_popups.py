"""The lists that keep up with what happens: todos, background commands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from support.scene import NOON, OPENED, RecordingApp, screen_text
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.tui.popups.background import TAIL_LINES, output_tail


def todos(*statuses: str) -> events.TodosChanged:
    return events.TodosChanged.model_validate(
        {
            "items": [
                {"id": number, "task": f"step {number}", "status": status}
                for number, status in enumerate(statuses, 1)
            ]
        }
    )


def task(handle: str, **fields: object) -> events.BackgroundTask:
    given = {"command": "npm run dev", "status": "running", "started_at": NOON, **fields}
    return events.BackgroundTask.model_validate({"handle": handle, **given})


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_ctrl_t_lists_every_todo_and_keeps_up() -> None:
    app = RecordingApp([OPENED, todos("completed", "pending", "pending", "pending", "pending")])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "1 of 5 done" in screen_text(app)
        assert "✓ #1 step 1" in screen_text(app)
        assert "#5 step 5" in screen_text(app)
        app.tell(todos("completed", "completed", "pending"))
        await settled(pilot)
        assert "2 of 3 done" in screen_text(app)
        assert "step 5" not in screen_text(app)
        await pilot.press("escape")
        assert app.focused is app._composer


async def test_without_todos_the_popup_says_what_appears_there() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*"/todo", "enter")
        await settled(pilot)
        assert "No todos." in screen_text(app)


async def test_background_commands_show_their_age_and_output_and_can_be_stopped(
    tmp_path: Path,
) -> None:
    output = tmp_path / "out"
    output.write_bytes(b"first\nready on \x1b[1m:5173\x1b[0m\n")
    running = task("aaaaaaaaa", output_file=str(output))
    ended = task(
        "bbbbbbbbb",
        command="pytest -q\x1b[2J",
        status="failed",
        exit_code=1,
        ended_at=NOON + timedelta(seconds=252),
        last_line="1 failed, 3 passed",
    )
    app = RecordingApp([OPENED, events.BackgroundTasksChanged(tasks=(ended, running))])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*"/tasks", "enter")
        await settled(pilot)
        text = screen_text(app)
        assert "1 running" in text
        assert "running     48s" in text
        assert "exit 1    4:12" in text
        assert "ready on :5173" in text
        assert "\x1b" not in text
        await pilot.press("k")
        assert app.sent == [commands.StopBackgroundTask(handle="aaaaaaaaa")]
        await pilot.press("down")
        await settled(pilot)
        assert "1 failed, 3 passed" in screen_text(app)
        await pilot.press("k")
        assert len(app.sent) == 1
        popup = app.screen
        assert popup._ticker is not None  # type: ignore[attr-defined]
        app.tell(events.BackgroundTasksChanged(tasks=(ended,)))
        await settled(pilot)
        assert popup._ticker is None  # type: ignore[attr-defined]


def test_the_tail_is_short_masked_and_safe(tmp_path: Path) -> None:
    file = tmp_path / "out"
    key = "sk-ant-api03-" + "a1B2" * 20
    file.write_text("x\n" * 5000 + f"\n\nkey {key}\nbell\a end\nlast\n")
    tail = output_tail(str(file))
    assert len(tail.splitlines()) == TAIL_LINES
    assert key not in tail
    assert "\a" not in tail
    assert tail.endswith("last")
    assert output_tail(str(tmp_path / "none")) == ""
