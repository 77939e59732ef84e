"""Cleaning: what a person would read, never an escape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.terminal.clean import clean_output

_PIECES = "\x1b \x1b[ \x1b[31m \x1b]0;t\x07 \x1b]8;;u\x1b\\ \x1bP \x9b1m \b \x07 \x1b(B \x1b= [ ; 1 m \u202e"
NOISE = st.lists(
    st.text(max_size=5) | st.sampled_from([*_PIECES.split(" "), "\r", "\n", "\u2028", "\x85"]),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[?25lhidden\x1b[?25h", "hidden"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\after", "after"),
        ("\x1b=\x1b>\x1b(Btext", "text"),
        ("\x9b31mred", "red"),
        ("10%\r20%\r100%\n", "100%\n"),
        ("10%\r100%\r\n", "100%\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("abc\b\b\bxyz", "xyz"),
        ("\b\bab\bc", "ac"),
        ("o\bov\bve\ber\br", "over"),
        ("bell\x07 nul\x00 del\x7f", "bell nul del"),
        ("unfinished \x1b]0;title\nnext", "unfinished \nnext"),
        ("cut \x1b[3", "cut "),
        ("page\x0cnew\u2028line", "page\nnew\nline"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("caf\xe9 \u4f60\u597d 👩\u200d👩", "caf\xe9 \u4f60\u597d 👩\u200d👩"),
    ],
)
def test_cases(raw: str, clean: str) -> None:
    assert clean_output(raw) == clean


@given(NOISE)
def test_cleaning_twice_changes_nothing_and_no_control_is_left(raw: str) -> None:
    clean = clean_output(raw)
    assert clean_output(clean) == clean
    assert not [c for c in clean if (ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0]
    clean.encode()


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_untouched(text: str) -> None:
    assert clean_output(text) == text


def test_a_megabyte_of_escapes_is_cleaned_in_linear_time() -> None:
    assert clean_output("\x1b]" * 500_000).strip() == ""
    assert clean_output("\x1b[" + "1" * 1_000_000) == ""
