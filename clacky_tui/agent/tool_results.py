"""What the model reads of calls that did not run, or did not end by themselves."""

from __future__ import annotations

import json

from clacky_tui.agent.history import INTERRUPTED_RESULT
from clacky_tui.i18n import phrase, tr_noop
from clacky_tui.tools.base import ToolResult


def denial(feedback: str) -> str:
    """The result of a call the person refused, as the model reads it."""
    return json.dumps(
        {
            "error": "The user refused this call. It was NOT performed.",
            "action_performed": False,
            "user_feedback": feedback or None,
        },
        ensure_ascii=False,
    )


def refused_by_person(feedback: str) -> ToolResult:
    """A call the person said no to."""
    shown = (
        phrase("You refused: {feedback}", feedback=feedback)
        if feedback
        else phrase("You refused this step.")
    )
    return ToolResult(denial(feedback), phrase("not run"), ok=False, output=shown)


def refused_by_rule(reason: str, next_step: str) -> ToolResult:
    """A call that a verdict or a hook stopped, with what to do instead."""
    content = json.dumps(
        {
            "error": f"Not performed: {reason} {next_step}".rstrip(),
            "action_performed": False,
            "system_injected": True,
        },
        ensure_ascii=False,
    )
    return ToolResult(
        content, phrase("refused"), ok=False, output=phrase("Not run: {reason}", reason=reason)
    )


def not_run(content: str, shown: str) -> ToolResult:
    """A call that is passed over because of what happened earlier in its batch."""
    return ToolResult(content, phrase("not run"), ok=False, output=shown)


def failure(message: str, summary: str = tr_noop("error")) -> ToolResult:
    """A call that failed; the model may try again."""
    return ToolResult(error_content(message), summary, ok=False, output=message)


def error_content(message: str) -> str:
    return json.dumps({"error": message}, ensure_ascii=False)


INTERRUPTED = ToolResult(
    INTERRUPTED_RESULT,
    phrase("interrupted"),
    ok=False,
    output=phrase("Stopped before it was done."),
)
