"""Refusals of the operating system as sentences, and paths for verdicts."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.file_access import display_path, os_refusal
from clacky_tui.tools.wording import counted, one_line, size_words, visible


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "does not exist"),
        (errno.EACCES, "No permission to write"),
        (errno.EROFS, "No permission to write"),
        (errno.ENOSPC, "No space left"),
        (errno.EDQUOT, "No space left"),
        (errno.ENOTDIR, "not a folder"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_each_failure_says_what_to_do(number: int, words: str) -> None:
    error = os_refusal("write", Path("/x/y"), OSError(number, os.strerror(number)))
    assert words in error.message
    assert "/x/y" in error.message
    assert error.message.count(". ") >= 1


def test_paths_are_shown_relative_then_with_tilde(context: ToolContext, folder: Path) -> None:
    assert display_path(folder, context) == "."
    assert display_path(folder / "a b", context) == "a b"
    assert display_path(Path.home() / "x", context) == "~/x"
    assert display_path("~nobody-of-this-name/x", context) == "~nobody-of-this-name/x"


def test_words() -> None:
    assert one_line(" a\t\tb\r\n\x00c\u2066 ") == "a b c"
    assert visible("a\tb\n\x1b\x7f\x9b\u202e") == "a\tb\n␛␡��"
    assert counted(1, "match", "matches") == "1 match"
    assert counted(1200, "line") == "1,200 lines"
    assert (size_words(1), size_words(1536), size_words(3 << 20)) == ("1 byte", "1.5 KB", "3.0 MB")
