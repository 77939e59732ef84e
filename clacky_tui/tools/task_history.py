"""What undo_task, redo_task and list_tasks share: the way to the time machine, and its answer."""

from __future__ import annotations

from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Reverted, TaskHistory, ToolContext, ToolResult
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted

_CONVERSATION = (
    "Only files were touched; the conversation stays as it is. This counts as a change made by the"
    " present task."
)


def task_history(context: ToolContext) -> TaskHistory:
    """The session's tasks.

    Raises:
        ToolError: the call does not come from a session that keeps them.
    """
    if context.tasks is None:
        raise refused(
            "There is no time machine here.",
            code="unavailable",
            hint="Take changes back with edit, or with git in terminal.",
        )
    return context.tasks


def reverted_result(reverted: Reverted) -> ToolResult:
    """What the model reads of a restore: every file by name, and why some stayed."""
    where = f"task {reverted.to_task}" if reverted.to_task else "the start of the session"
    count = counted(len(reverted.restored), "file")
    told = [f"Files are as they were after {where}: {count} restored."]
    told += [f"- {name}" for name in reverted.restored]
    told += [f"Kept as it is: {kept}. Ask the user before touching it." for kept in reverted.kept]
    told += [f"Not restored: {failed}" for failed in reverted.failed]
    told += reverted.not_covered
    told.append(_CONVERSATION)
    return ToolResult(
        "\n".join(told), phrase("{count} restored", count=count), ok=not reverted.failed
    )
