"""Unified diffs for people and models."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.line_diff import COMPARED_LINES_LIMIT, diff_lines, shorten_diff

TEXTS = st.text(st.sampled_from("ab\n"), max_size=40)


def test_a_change_has_context_counts_and_header() -> None:
    diff = diff_lines("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nfive\n6\n", "a.txt")
    assert diff.text == ("--- a.txt\n+++ a.txt\n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+five\n 6")
    assert diff.summary == "+1 −1"


def test_equal_texts_have_no_diff() -> None:
    assert diff_lines("a\n", "a\n", "f").text == ""
    assert diff_lines("a\r\n", "a\n", "f").text == ""


def test_a_new_file_is_all_additions() -> None:
    diff = diff_lines("", "a\nb\n", "f")
    assert (diff.added_lines, diff.removed_lines) == (2, 0)
    assert "@@ -0,0 +1,2 @@" in diff.text


def test_a_missing_last_newline_is_told() -> None:
    assert "-a\n+a\n\\ No newline at end of file" in diff_lines("a\n", "a", "f").text


def test_control_characters_are_drawn() -> None:
    assert "+␛[31m" in diff_lines("", "\x1b[31m\n", "f").text


def test_huge_changes_are_shown_as_replaced_whole() -> None:
    count = COMPARED_LINES_LIMIT
    old = "".join(f"{n}\n" for n in range(count))
    new = "".join(f"x{n}\n" for n in range(count))
    diff = diff_lines(f"top\n{old}end\n", f"top\n{new}end\n", "f")
    assert (diff.added_lines, diff.removed_lines) == (count, count)
    assert diff.text.startswith(f"--- f\n+++ f\n@@ -1,{count + 2} +1,{count + 2} @@\n top\n-0\n")


def test_a_long_diff_is_cut_with_a_note() -> None:
    text = "\n".join(str(n) for n in range(41))
    assert shorten_diff(text, 40, 37).split("\n")[-2:] == ["36", "… 4 more lines"]
    assert shorten_diff(text, 41, 37) == text


@given(old=TEXTS, new=TEXTS)
def test_counts_fit_the_lines(old: str, new: str) -> None:
    diff = diff_lines(old, new, "f")
    assert new.count("\n") - old.count("\n") - (diff.added_lines - diff.removed_lines) in (-1, 0, 1)


def test_patch_accepts_the_diff(tmp_path: Path) -> None:
    old, new = (
        "".join(f"{n}\n" for n in range(40)),
        "".join(f"{n * (n % 7 > 0)}\n" for n in range(40)),
    )
    (tmp_path / "f").write_text(old)
    diff = diff_lines(old, new, "f").text + "\n"
    command = ["git", "apply", "-p0", "--unsafe-paths", "-"]
    subprocess.run(command, input=diff, text=True, cwd=tmp_path, check=True)
    assert (tmp_path / "f").read_text() == new


def test_a_huge_side_is_cut_with_a_note_and_counted_whole() -> None:
    count = COMPARED_LINES_LIMIT + 10
    diff = diff_lines("top\n", "top\n" + "x\n" * count, "f")
    assert diff.added_lines == count
    assert diff.text.endswith("+x\n\\ 10 more lines")
    assert diff.text.count("\n+x") == COMPARED_LINES_LIMIT


@given(prefix=st.integers(0, 9), suffix=st.integers(0, 9), old=TEXTS, new=TEXTS)
def test_equal_ends_change_nothing_but_the_numbers(
    prefix: int, suffix: int, old: str, new: str
) -> None:
    before = "p\n" * prefix + old + "s\n" * suffix
    after = "p\n" * prefix + new + "s\n" * suffix
    diff = diff_lines(before, after, "f")
    kept = [line[1:] for line in diff.text.split("\n")[2:] if line[:1] in " +"]
    gone = [line[1:] for line in diff.text.split("\n")[2:] if line[:1] in " -"]
    assert "\n".join(kept) in after + "\n"
    assert "\n".join(gone) in before + "\n"
    assert (diff.text == "") == (before == after)
