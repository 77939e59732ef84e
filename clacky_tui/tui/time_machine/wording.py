"""What the chat says once the session stands at another task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.i18n import tr, tr_count
from clacky_tui.tui.glyphs import Glyphs

if TYPE_CHECKING:
    from clacky_tui.events import TaskSwitched
    from clacky_tui.tui.chat.entries import Level


def count_files(count: int) -> str:
    """``"1 file"``, ``"2 files"``."""
    return tr_count("{n} file", "{n} files", count)


def place(task: int) -> str:
    """``"task 3"``, or where the session began."""
    return tr("task {task}", task=task) if task else tr("the start, before the first task")


def switched_notice(switched: TaskSwitched, glyphs: Glyphs) -> tuple[Level, str, str]:
    """Level, text and hint of the line that parts what was said before from what follows."""
    sign = glyphs.back if switched.direction == "undo" else glyphs.forward
    where = place(switched.to_task)
    match switched.restore:
        case "both":
            text = tr(
                "{sign} At {where}: {count} restored.",
                sign=sign,
                where=where,
                count=count_files(len(switched.restored)),
            )
        case "files":
            restored = count_files(len(switched.restored))
            text = tr(
                "{sign} Files of {where}: {restored} restored. The conversation goes on.",
                sign=sign,
                where=where,
                restored=restored,
            )
        case "conversation":
            text = tr(
                "{sign} The conversation is at {where}. The files stay as they are.",
                sign=sign,
                where=where,
            )
    if switched.conflicts:
        text += tr(" Kept as they are: {conflicts}.", conflicts=", ".join(switched.conflicts))
    return ("warning" if switched.conflicts else "success"), text, _hint(switched)


def _hint(switched: TaskSwitched) -> str:
    count = switched.hidden_tasks
    if not count or switched.restore == "files":
        return ""
    tasks = tr("1 task above is") if count == 1 else tr("{count} tasks above are", count=count)
    return tr("{tasks} hidden from the model; /undo goes back to any of them", tasks=tasks)
