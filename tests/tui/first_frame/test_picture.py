"""The first frame at any size, and its way to the disk and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clacky_tui.tui.first_frame.picture import (
    cell_count,
    cut,
    cut_start,
    read_picture,
    sgr,
    standard_picture,
)

STANDARD = standard_picture(has_colours=True, is_ascii=False)
NAMES = st.text(st.characters(blacklist_categories=["C", "M", "Z"], max_codepoint=0x9FFF))


def texts(columns: int, rows: int, directory: str) -> list[str]:
    screen = STANDARD.on_screen(columns, rows, directory)
    return ["".join(text for _, text in runs) for runs in screen]


@given(columns=st.integers(40, 200), rows=st.integers(10, 60), directory=NAMES)
def test_it_fits_every_screen(columns: int, rows: int, directory: str) -> None:
    screen = texts(columns, rows, directory)
    assert len(screen) == rows
    assert max(map(cell_count, screen)) <= columns
    assert screen[-1] == "› "
    assert screen[-2].startswith(" ● idle")


def test_a_folder_too_long_for_the_bar_is_left_to_the_app() -> None:
    screen = texts(80, 24, "~/" + "q" * 39)
    assert "q" not in "".join(screen)
    assert "~/x" in texts(80, 24, "~/x")[-2]


def test_it_comes_back_from_its_text() -> None:
    text = STANDARD.dumped()
    again = read_picture(text)
    assert again.dumped() == text
    assert again.on_screen(80, 24, "~") == STANDARD.on_screen(80, 24, "~")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0\t//\t7//\t-1\t2\n",  # of another version
        STANDARD.dumped().replace("Chat", "\x1b[2J"),
        STANDARD.dumped() + "3\t//\n",  # a look without its text
        STANDARD.dumped() + "three\t//\tx\n",
    ],
)
def test_what_is_no_picture_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_picture(text)


def test_looks_are_set_whatever_was_set_before() -> None:
    assert sgr("1;4/32/") == "\x1b[0;1;4;32m"
    assert sgr("//") == "\x1b[0m"


@given(NAMES, st.integers(0, 20))
def test_cuts_take_what_fits(text: str, cells: int) -> None:
    start, end = cut(text, cells), cut_start(text, cells)
    assert text.startswith(start)
    assert text.endswith(end)
    assert cell_count(start) <= cells
    assert cell_count(end) <= cells
    if cell_count(text) <= cells:
        assert start == end == text


@pytest.mark.parametrize("text", ["plain", "优惠", "かな", "한국", "e\u0301", "é"])
def test_cells_are_those_the_app_counts(text: str) -> None:
    assert cell_count(text) == cell_len(text)
