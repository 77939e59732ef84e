"""Tools whose schema is fixed already but which this version cannot run."""

from __future__ import annotations

from dataclasses import dataclass

from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import one_line


@dataclass(slots=True)
class UnavailableTool:
    """Answers every call with what to use instead."""

    name: str
    verb: str
    subject_key: str
    """The argument shown on the tool's line; empty for none."""
    instead: str
    """The next step for the model, one sentence."""

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return one_line(str(arguments.get(self.subject_key, ""))) if self.subject_key else ""

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        raise refused(
            f"{self.name} is not available in this version.", code="unavailable", hint=self.instead
        )


UNAVAILABLE_TOOLS = {
    tool.name: tool
    for tool in (
        UnavailableTool(
            "invoke_skill", "Skill", "skill_name", "Do the work step by step with the other tools."
        ),
        UnavailableTool(
            "browser", "Browser", "action", "Use terminal with curl, or ask the person to look."
        ),
    )
}
