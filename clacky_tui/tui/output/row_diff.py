"""What to write on one row of the terminal to make another row of it."""

from __future__ import annotations

from collections.abc import Iterator

from clacky_tui.tui.output.cells import TAIL, Row
from clacky_tui.tui.output.pen import Pen

_WIDEST_GAP = 4
"""Cells that are right are written again when there are no more of them: skipping costs as much."""
_SHORTEST_TAIL = 4
"""A blank end of row is erased from so many cells on."""


def write_changes(pen: Pen, y: int, old: Row, new: Row) -> None:
    """Write what differs between `old`, which stands on row `y`, and `new`."""
    tail = _blank_tail(new)
    erases = len(new.text) - tail >= _SHORTEST_TAIL and pen.erases_to(new.looks[-1])
    for start, end in _changed_spans(old, new):
        if erases and end > tail:
            if start < tail:
                pen.write(y, start, new.text[start:tail], new.looks[start:tail])
            pen.erase_line_end(y, max(start, tail), new.looks[-1])
            return
        pen.write(y, start, new.text[start:end], new.looks[start:end])


def _blank_tail(row: Row) -> int:
    """Where the blanks of one look at the end of the row begin; its length when there are none."""
    return max(len(row.text.rstrip(" ")), len(row.looks.rstrip(row.looks[-1])))


def _changed_spans(old: Row, new: Row) -> Iterator[tuple[int, int]]:
    """Start and end of what to write, small gaps closed, wide characters whole."""
    cells = zip(old.text, new.text, old.looks, new.looks, strict=True)
    changed = [x for x, (a, b, c, d) in enumerate(cells) if a != b or c != d]
    if not changed:
        return
    start, last = changed[0], changed[0]
    for x in changed[1:]:
        if x - last - 1 > _WIDEST_GAP:
            yield start, _whole_end(last + 1, new)
            start = x
        last = x
    yield start, _whole_end(last + 1, new)


def _whole_end(end: int, row: Row) -> int:
    """`end` moved on over the rest of a wide character, whose own cells look unchanged."""
    while row.text[end : end + 1] == TAIL:
        end += 1
    return end
