"""The answer to `/tasks`: the commands that run in the background, and those that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clacky_tui.tui.chat.text import fit, sanitize_line
from clacky_tui.wording import format_duration

if TYPE_CHECKING:
    from clacky_tui import events

COMMAND_CELLS = 48
LAST_LINE_CELLS = 76
STATUS_CELLS = 10
AGE_CELLS = 8


def tasks_report(tasks: Sequence[events.BackgroundTask], now: datetime) -> str:
    """Handle, status, age and command of each, newest last, with its last line of output."""
    if not tasks:
        return "Nothing runs in the background. Commands that go on after their call appear here."
    running = sum(task.status in ("running", "waiting") for task in tasks)
    lines = [f"{running} running in the background · /kill HANDLE stops one"]
    for task in tasks:
        age = format_duration(((task.ended_at or now) - task.started_at).total_seconds())
        command = fit(sanitize_line(task.command), COMMAND_CELLS)
        status = task.status if task.exit_code is None else f"exit {task.exit_code}"
        lines.append(f"  {task.handle}  {status:<{STATUS_CELLS}}{age:>{AGE_CELLS}}  {command}")
        if task.last_line:
            lines.append(f"      {fit(sanitize_line(task.last_line), LAST_LINE_CELLS)}")
    return "\n".join(lines)
