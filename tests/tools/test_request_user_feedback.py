"""The request_user_feedback tool: validated, structured, not waiting."""

from __future__ import annotations

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.request_user_feedback import RequestUserFeedback, feedback_request

TOOL = RequestUserFeedback()


async def test_the_question_comes_back_structured(context: ToolContext) -> None:
    arguments = {
        "question": " Which one? ",
        "context": "Two files fit.",
        "options": ["a.py", " ", "b.py", "a.py"],
    }
    result = await TOOL.run(arguments, context)
    assert result.card == {
        "type": "feedback",
        "question": "Which one?",
        "context": "Two files fit.",
        "options": ["a.py", "b.py"],
    }
    assert result.content.endswith("Two files fit.\nWhich one?\n1. a.py\n2. b.py")
    assert result.summary == "asked, 2 options"


async def test_a_question_alone_is_enough(context: ToolContext) -> None:
    result = await TOOL.run({"question": "Go on?"}, context)
    assert result.content.endswith("\nGo on?")
    assert result.summary == "asked"


@pytest.mark.parametrize("arguments", [{}, {"question": " \n"}])
def test_a_blank_question_is_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(ToolError, match="question is empty"):
        feedback_request(arguments)


def test_one_option_as_text_is_one_option() -> None:
    assert feedback_request({"question": "?", "options": "yes"}).options == ("yes",)


def test_the_subject(context: ToolContext) -> None:
    assert TOOL.subject({"question": "Which\none?"}, context) == "Which one?"
