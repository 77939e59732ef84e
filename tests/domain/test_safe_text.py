"""Joiners in text from outside; what terminals would obey is tested where it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes

from clacky_tui.domain.safe_text import sanitize

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
SIGNS = "x \n\u200d优한\U0001f469❤\ufe0fé\u0301क्ع\xa0\U0001f3fd\x1b\x9b[m31"


@pytest.mark.parametrize("text", [FAMILY, f"a {FAMILY} b", "क्\u200dष", "❤\ufe0f\u200d\U0001f525"])
def test_a_joiner_between_signs_that_it_joins_stays(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u200dx", "x"),
        ("a\u200db", "ab"),
        ("优\u200d\u200d\n\u200d优", "优\n优"),
        ("\U0001f469\u200d\x9b31mx", "\U0001f469x"),
    ],
)
def test_a_stray_joiner_vanishes(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@given(st.text(alphabet=SIGNS))
def test_what_is_left_has_one_width(text: str) -> None:
    for line in sanitize(text).split("\n"):
        assert cell_len(line) == sum(width for *_, width in split_graphemes(line)[0])
