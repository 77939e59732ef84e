"""Rows of an edited text folded by terminal cells, never within a grapheme cluster."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import split_graphemes
from textual._wrap import compute_wrap_offsets
from textual.document._document import Location
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths


class CellWrap(WrappedDocument):
    """Textual's wrapped document counts code points where it folds a long word, and takes a run of
    Chinese for one word; here clusters are counted, and rows fold beside wide characters too.
    """

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Fold every line to `width` cells; 0 folds none."""
        self._width = width
        self._tab_width = tab_width or self._tab_width
        lines = self.document.lines
        self._wrap_offsets = [list(fold_offsets(line, width, self._tab_width)) for line in lines]
        self._tab_width_cache = [
            [cells for _, cells in get_tab_widths(line, self._tab_width)] if "\t" in line else [0]
            for line in lines
        ]
        self._offset_to_line_info = [
            (index, section)
            for index, offsets in enumerate(self._wrap_offsets)
            for section in range(len(offsets) + 1)
        ]
        self._line_index_to_offsets = [[] for _ in lines]
        for row, (index, _) in enumerate(self._offset_to_line_info):
            self._line_index_to_offsets[index].append(row)

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Fold again after an edit; what is known of unchanged lines is used again."""
        self.wrap(self._width)

    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:
        """The column shown at cell `x_offset` of row `y_offset` (from the end if negative)."""
        sections = self.get_sections(line_index)
        section = sections[y_offset]
        if section.isascii():
            return super().get_target_document_column(line_index, x_offset, y_offset)
        begin = sum(map(len, sections[:y_offset]))
        used = 0
        for start, _, cells in split_graphemes(section)[0]:
            used += cells
            if used > x_offset:
                return begin + start
        is_last = y_offset in (-1, len(sections) - 1)
        return begin + len(section) - (0 if is_last else 1)


@lru_cache(maxsize=8192)
def fold_offsets(line: str, width: int, tab_width: int) -> tuple[int, ...]:
    """Where the rows of `line` after its first begin; each row takes at most `width` cells."""
    if not width:
        return ()
    if "\t" in line:
        return tuple(compute_wrap_offsets(line, width, tab_width))
    if line.isascii():
        if len(line) <= width:
            return ()
        clusters = [(at, at + 1, 1) for at in range(len(line))]
    else:
        clusters = split_graphemes(line)[0]
    offsets: list[int] = []
    row_start = used = 0
    fold, used_at_fold = 0, 0
    for start, end, cells in clusters:
        if cells == 2:
            fold, used_at_fold = start, used
        while used + cells > width and start > row_start:
            row_start, used = (fold, used - used_at_fold) if fold > row_start else (start, 0)
            offsets.append(row_start)
        used += cells
        if cells == 2 or line[start] == " ":
            fold, used_at_fold = end, used
    return tuple(offsets)
