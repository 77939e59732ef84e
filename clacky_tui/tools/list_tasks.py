"""Shows the newest tasks of the session and where it stands."""

from __future__ import annotations

from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.task_history import task_history
from clacky_tui.tools.wording import counted

LEGEND = "→ the task that runs, ↯ undone, · on another branch, ⎇ several tasks began from it"


class ListTasks:
    """A line for each task, oldest first."""

    name = "list_tasks"
    verb = "Tasks"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return phrase("the last {limit}", limit=arguments.get("limit", 10))

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        rows = task_history(context).rows(int(arguments.get("limit", 10)))
        lines = "\n".join(row.text for row in rows)
        return ToolResult(f"{LEGEND}\n{lines}", counted(len(rows), "task"), output=lines)
