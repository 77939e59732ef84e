"""Folding by cells: rows fit, clusters stay whole, words are kept where that is possible."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes
from textual.document._document import Document

from clacky_tui.tui.chat.cell_wrap import CellWrap, fold_offsets

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
PIECES = st.sampled_from(
    ["a", "word", " ", "  ", "中", "文字", "，", "e\u0301", FAMILY, "👍🏽", "-"]
)


def rows_of(line: str, width: int) -> list[str]:
    cuts = [0, *fold_offsets(line, width, 4), len(line)]
    return [line[start:end] for start, end in itertools.pairwise(cuts)]


def test_words_stay_whole_and_chinese_fills_the_row() -> None:
    assert rows_of("one two three", 8) == ["one two ", "three"]
    assert rows_of("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert rows_of("ab 中文字中文", 7) == ["ab 中文", "字中文"]
    assert rows_of("see " + FAMILY * 3, 7) == ["see " + FAMILY, FAMILY * 2]
    assert rows_of("short", 10) == ["short"]
    assert rows_of("anything at all", 0) == ["anything at all"]


@given(st.lists(PIECES, max_size=40).map("".join), st.integers(2, 20))
def test_every_row_fits_and_holds_whole_clusters(line: str, width: int) -> None:
    rows = rows_of(line, width)
    assert "".join(rows) == line
    assert all(cell_len(row) <= width for row in rows)
    starts = {start for start, _, _ in split_graphemes(line)[0]} | {0}
    assert set(fold_offsets(line, width, 4)) <= starts


@given(st.lists(PIECES, max_size=30).map("".join), st.integers(2, 20), st.integers(0, 25))
def test_a_cell_leads_to_a_column_and_back(line: str, width: int, cell: int) -> None:
    wrapped = CellWrap(Document(line), width)
    for row in range(wrapped.height):
        column = wrapped.get_target_document_column(0, cell, row)
        offset = wrapped.location_to_offset((0, column))
        assert offset.x <= max(cell, 0)
        assert 0 <= column <= len(line)
