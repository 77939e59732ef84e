"""What of a long output the model reads, and where the rest is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.terminal import limit as output_limit
from clacky_tui.tools.terminal.limit import (
    OUTPUT_LIMIT_BYTES,
    OVERFLOW_AGE_SECONDS,
    head_bytes,
    limit_output,
    overflow_dir,
    tail_bytes,
)


@pytest.fixture(autouse=True)
def temporary_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_short_output_is_whole() -> None:
    limited = limit_output("a\nb", failed=True)
    assert (limited.text, limited.truncated, limited.full_file) == ("a\nb", False, None)


def test_a_long_line_is_cut_and_its_length_told() -> None:
    limited = limit_output("é" * 300 + "\nend", failed=False)
    assert limited.text == "é" * 250 + "… [line of 600 bytes, cut]\nend"
    assert limited.truncated


def test_success_keeps_the_head_failure_also_the_tail() -> None:
    text = "\n".join(f"line {n}" for n in range(2000))
    good, bad = limit_output(text, failed=False), limit_output(text, failed=True)
    for limited in (good, bad):
        assert len(limited.text.encode()) <= OUTPUT_LIMIT_BYTES
        assert limited.text.startswith("line 0\n")
        assert limited.full_file is not None
        assert str(limited.full_file) in limited.text
        assert limited.full_file.read_text() == text
    assert bad.text.endswith("line 1999")
    assert not good.text.endswith("line 1999")


def test_the_saved_file_is_private() -> None:
    file = limit_output("x\n" * 3000, failed=False).full_file
    assert file is not None
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_saved_files_older_than_a_week_go() -> None:
    old = limit_output("x\n" * 3000, failed=False).full_file
    assert old is not None
    week_ago = old.stat().st_mtime - OVERFLOW_AGE_SECONDS - 10
    os.utime(old, (week_ago, week_ago))
    new = limit_output("x\n" * 3000, failed=False).full_file
    assert new is not None
    assert new.exists()
    assert not old.exists()


def test_a_folder_that_is_not_ours_is_never_used(temporary_dir: Path) -> None:
    elsewhere = temporary_dir / "elsewhere"
    elsewhere.mkdir()
    overflow_dir().symlink_to(elsewhere)
    limited = limit_output("x\n" * 3000, failed=False)
    assert limited.full_file is None
    assert "cut here]" in limited.text
    assert list(elsewhere.iterdir()) == []


@given(text=st.text(st.characters(codec="utf-8")), limit=st.integers(-1, 50))
def test_cuts_never_split_a_character(text: str, limit: int) -> None:
    head, tail = head_bytes(text, limit), tail_bytes(text, limit)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert max(len(head.encode()), len(tail.encode())) <= max(limit, 0)


def test_limits_are_those_of_the_spec() -> None:
    assert output_limit.OUTPUT_LIMIT_BYTES == 4000
    assert output_limit.PREVIEW_BYTES == 3800
    assert output_limit.LINE_LIMIT_BYTES == 500
