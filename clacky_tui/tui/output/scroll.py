"""Finds rows that only moved, so that the terminal can move them instead of being sent them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from clacky_tui.tui.output.cells import Row

_FEWEST_CHANGES = 3
"""With fewer changed rows than this no scroll is looked for."""
_ROW_BYTES = 8
"""What a row costs besides its text, about: getting there."""
_SCROLL_BYTES = 24
"""What a scroll costs, about: margins and back, getting there, moving."""


class Scroll(NamedTuple):
    """Rows `top` to `bottom`, both included, move up by `lines`, down when negative."""

    top: int
    bottom: int
    lines: int

    def apply(self, rows: list[Row]) -> None:
        """Move `rows` as the terminal does; rows that come in are blank."""
        top, end = self.top, self.bottom + 1
        region = rows[top:end]
        new = [Row.blank(len(rows[0].text))] * min(abs(self.lines), len(region))
        if self.lines > 0:
            rows[top:end] = region[self.lines :] + new
        else:
            rows[top:end] = new + region[: self.lines]


def find_scroll(shown: Sequence[Row], target: Sequence[Row]) -> Scroll | None:
    """The scroll after which `shown` is cheapest to turn into `target`, None when none pays.

    Overlays and fixed rows within the region only lower its gain: the row diff mends them.
    """
    changed = [y for y, row in enumerate(target) if row != shown[y]]
    if len(changed) < _FEWEST_CHANGES:
        return None
    lines = _likeliest_shift(shown, target, changed)
    if lines is None:
        return None
    found = _best_block(shown, target, lines)
    if found is None:
        return None
    first, last, gain = found
    scroll = Scroll(min(first, first + lines), max(last, last + lines), lines)
    entering = range(last + 1, last + lines + 1) if lines > 0 else range(first + lines, first)
    gain -= sum(_cost(target[y]) for y in entering if target[y] == shown[y])
    return scroll if gain > _SCROLL_BYTES else None


def _likeliest_shift(
    shown: Sequence[Row], target: Sequence[Row], changed: Sequence[int]
) -> int | None:
    """By how many lines most changed rows moved up; only rows with text that occur once have a say."""
    counts = Counter(shown)
    places = {row: y for y, row in enumerate(shown) if counts[row] == 1 and row.text.strip()}
    votes = Counter(places[row] - y for y in changed if (row := target[y]) in places)
    votes.pop(0, None)
    return max(votes, key=lambda shift: (votes[shift], -abs(shift))) if votes else None


def _best_block(
    shown: Sequence[Row], target: Sequence[Row], lines: int
) -> tuple[int, int, int] | None:
    """First row, last row and bytes saved of the run of rows that gains most from the shift."""
    best: tuple[int, int, int] | None = None
    start, total = 0, 0
    for y in range(max(0, -lines), min(len(target), len(target) - lines)):
        if total <= 0:
            start, total = y, 0
        is_right, becomes_right = target[y] == shown[y], target[y] == shown[y + lines]
        total += _cost(target[y]) * (becomes_right - is_right)
        if total > (best[2] if best else 0):
            best = (start, y, total)
    return best


def _cost(row: Row) -> int:
    return _ROW_BYTES + len(row.text.rstrip())
