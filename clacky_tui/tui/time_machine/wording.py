"""What the chat says once the session stands at another task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.tui.glyphs import Glyphs

if TYPE_CHECKING:
    from clacky_tui.events import TaskSwitched
    from clacky_tui.tui.chat.entries import Level


def count_files(count: int) -> str:
    """``"1 file"``, ``"2 files"``."""
    return f"{count} file{'' if count == 1 else 's'}"


def place(task: int) -> str:
    """``"task 3"``, or where the session began."""
    return f"task {task}" if task else "the start, before the first task"


def switched_notice(switched: TaskSwitched, glyphs: Glyphs) -> tuple[Level, str, str]:
    """Level, text and hint of the line that parts what was said before from what follows."""
    sign = glyphs.back if switched.direction == "undo" else glyphs.forward
    where = place(switched.to_task)
    match switched.restore:
        case "both":
            text = f"{sign} At {where}: {count_files(len(switched.restored))} restored."
        case "files":
            restored = count_files(len(switched.restored))
            text = f"{sign} Files of {where}: {restored} restored. The conversation goes on."
        case "conversation":
            text = f"{sign} The conversation is at {where}. The files stay as they are."
    if switched.conflicts:
        text += f" Kept as they are: {', '.join(switched.conflicts)}."
    return ("warning" if switched.conflicts else "success"), text, _hint(switched)


def _hint(switched: TaskSwitched) -> str:
    count = switched.hidden_tasks
    if not count or switched.restore == "files":
        return ""
    tasks = "1 task above is" if count == 1 else f"{count} tasks above are"
    return f"{tasks} hidden from the model; /undo goes back to any of them"
