"""Takes the files back to before the latest task that changed some."""

from __future__ import annotations

from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.task_history import reverted_result, task_history

NOTHING_CHANGED = "No task of this session has changed files that could be taken back."


class UndoTask:
    """Counts the task that runs: when it has changed files itself, these are taken back first."""

    name = "undo_task"
    verb = "Undo"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return phrase("the latest task's changes to files")

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        reverted = await task_history(context).revert_last()
        if reverted is None:
            return ToolResult(NOTHING_CHANGED, phrase("nothing to undo"))
        return reverted_result(reverted)
