"""Takes the files to how any task left them."""

from __future__ import annotations

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.task_history import reverted_result, task_history


class RedoTask:
    """Goes forward after an undo, back, or over to another branch."""

    name = "redo_task"
    verb = "Redo"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return phrase("the files of task {task}", task=arguments.get("task_id", ""))

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        history = task_history(context)
        try:
            return reverted_result(await history.revert_to(int(arguments["task_id"])))
        except ClackyError as error:
            raise refused(error.message, code="unknown_task", hint="See list_tasks.") from error
