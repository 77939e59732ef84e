"""Tokens estimated without a provider."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall
from clacky_tui.domain.token_estimate import conversation_tokens, message_tokens, text_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("four", 1),
        ("five!", 2),
        ("\n\n\n", 2),
        ("中文字", 2),
        ("ab\ncd", 2),
        ("x" * 4000, 1000),
        ("😀", 1),
    ],
)
def test_ascii_counts_a_quarter_and_the_rest_two_thirds(text: str, tokens: int) -> None:
    assert text_tokens(text) == tokens


@given(st.text())
def test_the_estimate_is_the_formula_of_the_specification(text: str) -> None:
    printable = sum(" " <= character <= "~" for character in text)
    exact = printable / 4 + (len(text) - printable) / 1.5
    assert exact - 1e-6 <= text_tokens(text) < exact + 1


def test_a_message_adds_its_frame_its_calls_and_its_images() -> None:
    call = ToolCall("1", "grep", '{"pattern": "ab"}')
    asked = Message("assistant", "four", Origin.MODEL, tool_calls=(call,))
    assert message_tokens(asked) == 4 + 1 + 1 + 5
    seen = Message("user", (TextPart("four"), ImagePart("image/png", "A" * 9000)), Origin.USER)
    assert message_tokens(seen) == 4 + 1 + 1500
    assert conversation_tokens([asked, seen]) == 11 + 1505
