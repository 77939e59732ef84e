"""What of a long output the model reads, and where the rest is."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.terminal.limit import (
    LINE_LIMIT_BYTES,
    OUTPUT_LIMIT_BYTES,
    PREVIEW_BYTES,
    LimitedOutput,
    head_bytes,
    limit_output,
    tail_bytes,
)

FULL = Path("/tmp/all-of-it.log")


def limited_to(text: str, *, failed: bool, file: Path | None = FULL) -> LimitedOutput:
    return limit_output(text, failed=failed, size_bytes=len(text.encode()), save=lambda: file)


def test_short_output_is_whole() -> None:
    limited = limited_to("a\nb", failed=True)
    assert (limited.text, limited.truncated, limited.full_file) == ("a\nb", False, None)


def test_a_long_line_is_cut_and_its_length_told() -> None:
    limited = limited_to("é" * 300 + "\nend", failed=False)
    assert limited.text == "é" * 250 + "… [line of 600 bytes, cut]\nend"
    assert limited.truncated


def test_success_keeps_the_head_failure_also_the_tail() -> None:
    text = "\n".join(f"line {n}" for n in range(2000))
    good, bad = limited_to(text, failed=False), limited_to(text, failed=True)
    for limited in (good, bad):
        assert len(limited.text.encode()) <= OUTPUT_LIMIT_BYTES
        assert limited.text.startswith("line 0\n")
        assert limited.full_file == FULL
        assert str(FULL) in limited.text
    assert bad.text.endswith("line 1999")
    assert not good.text.endswith("line 1999")


def test_without_a_file_none_is_named() -> None:
    limited = limited_to("x\n" * 3000, failed=False, file=None)
    assert limited.full_file is None
    assert "cut here]" in limited.text


@given(text=st.text(st.characters(codec="utf-8")), limit=st.integers(-1, 50))
def test_cuts_never_split_a_character(text: str, limit: int) -> None:
    head, tail = head_bytes(text, limit), tail_bytes(text, limit)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert max(len(head.encode()), len(tail.encode())) <= max(limit, 0)


def test_limits_are_those_of_the_spec() -> None:
    assert OUTPUT_LIMIT_BYTES == 4000
    assert PREVIEW_BYTES == 3800
    assert LINE_LIMIT_BYTES == 500
