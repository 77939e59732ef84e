"""The `request_user_feedback` tool: a question to the person; the agent loop does the waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted, one_line


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """A question that is not blank, why it matters, and the choices offered (may be none)."""

    question: str
    context: str
    options: tuple[str, ...]

    @property
    def text(self) -> str:
        """Context, question and numbered options, one below the other."""
        options = [f"{number}. {option}" for number, option in enumerate(self.options, 1)]
        return "\n".join(filter(None, (self.context, self.question, *options)))


def feedback_request(arguments: Arguments) -> FeedbackRequest:
    """The validated question of a call.

    Raises:
        ToolError: the question is blank.
    """
    question = str(arguments.get("question") or "").strip()
    if not question:
        raise refused("The question is empty.", hint="Ask one clear question.")
    given = arguments.get("options") or ()
    options = [given] if isinstance(given, str) else given
    shown = (one_line(str(o)) for o in options) if isinstance(options, Sequence) else ()
    return FeedbackRequest(
        question=question,
        context=str(arguments.get("context") or "").strip(),
        options=tuple(dict.fromkeys(option for option in shown if option)),
    )


class RequestUserFeedback:
    """Validates the call; its result says that the answer will be the person's next message."""

    name = "request_user_feedback"
    verb = "Ask"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return one_line(str(arguments.get("question", "")))

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        request = feedback_request(arguments)
        choices = counted(len(request.options), "option")
        return ToolResult(
            content=f"Asked the person; the answer comes as the next message.\n{request.text}",
            summary=phrase("asked, {choices}", choices=choices)
            if request.options
            else phrase("asked"),
            card={
                "type": "feedback",
                "question": request.question,
                "context": request.context,
                "options": list(request.options),
            },
        )
