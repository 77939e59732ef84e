"""Stacked bars on an axis of money, as plain lines of text; which cells belong to which bar and which
part of it follows from the geometry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from clacky_tui.tui.plot import Cells, draw

_WIDEST_STEP_CELLS = 8
_EIGHTHS = " ▁▂▃▄▅▆▇"
_ROW_VALUES = tuple(map(Decimal, ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10")))
"""What one row of the chart may stand for, times a power of ten: the axis stays readable."""

_SMALLEST_TOP = Decimal("0.0001")
"""A chart of less is drawn on this scale, so the labels stay short."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """A drawn chart: `lines` from the top, axis included, each as wide as the next.

    Bar `i` fills the cells from `axis_cells + i * step_cells`, `bar_cells` wide; a row stands for
    `row_value`.
    """

    lines: tuple[str, ...]
    axis_cells: int
    step_cells: int
    bar_cells: int
    row_value: Decimal

    def first_cell(self, bar: int) -> int:
        """The column where `bar` starts."""
        return self.axis_cells + bar * self.step_cells

    def bar_at(self, column: int) -> int:
        """The bar whose step holds `column`; may lie outside the chart."""
        return (column - self.axis_cells) // self.step_cells

    def part_at(self, parts: tuple[Decimal, ...], row: int) -> int:
        """Which of `parts`, stacked from the ground, has the middle of the cell in `row` from below."""
        middle, height = (row + Decimal("0.5")) * self.row_value, Decimal(0)
        for part, value in enumerate(parts):
            height += value
            if middle <= height:
                return part
        return max((part for part, value in enumerate(parts) if value), default=0)


@lru_cache(maxsize=64)
def draw_bars(values: tuple[Decimal, ...], width_cells: int, height_rows: int) -> BarChart:
    """Draw one bar per value on an axis that starts at zero.

    The first call imports plotext (about 0.1 s): call it from a thread.

    Args:
        values: none negative, at most as many as `bar_capacity(width_cells)`.
        width_cells: room for the axis and the bars; the chart may be narrower.
        height_rows: rows of the chart, at least 1.

    Raises:
        ImportError: plotext cannot be loaded on this system.
        OSError: likewise, its compiled part.
    """
    row_value = _value_per_row(max(values, default=Decimal(0)), height_rows)
    ticks = [row for row in range(height_rows) if (height_rows - 1 - row) % 2 == 0]
    labels = _labels([row_value * (row + 1) for row in ticks])
    axis_cells = len(labels[0]) + 1
    step = max(1, min(_WIDEST_STEP_CELLS, (width_cells - axis_cells) // max(1, len(values))))
    bar = max(1, step - 1)
    plot_cells = max(1, len(values) * step)
    cells: dict[str, list[tuple[int, int]]] = {}
    for index, value in enumerate(values):
        columns = range(index * step, index * step + bar)
        for row, glyph in _column(value, row_value):
            cells.setdefault(glyph, []).extend((column, row) for column in columns)
    shapes = (Cells(points, glyph) for glyph, points in cells.items())
    lines = draw(plot_cells, height_rows, dict(zip(ticks, labels, strict=True)), shapes)
    return BarChart(lines, axis_cells, step, bar, row_value)


def bar_capacity(width_cells: int) -> int:
    """How many bars fit beside the widest axis label, one cell each."""
    return max(1, width_cells - len("10000.00") - 1)


def _column(value: Decimal, row_value: Decimal) -> Iterator[tuple[int, str]]:
    """The cells of a bar from the ground: full ones, then its top in eighths of a row."""
    if not value:
        return
    rows, eighths = divmod(max(1, round(value / row_value * 8)), 8)
    yield from ((row, "█") for row in range(rows))
    if eighths:
        yield rows, _EIGHTHS[eighths]


def _value_per_row(largest: Decimal, rows: int) -> Decimal:
    needed = max(largest, _SMALLEST_TOP) / rows
    power = Decimal(1).scaleb(needed.adjusted())
    return next(value * power for value in _ROW_VALUES if value * power >= needed)


def _labels(values: list[Decimal]) -> list[str]:
    """`values` with as many decimals as their step needs, all equally wide."""
    needed = [-int(value.normalize().as_tuple().exponent) for value in values]
    decimals = max(2 if values[0] < 10 else 0, *needed)
    texts = [f"{value:.{decimals}f}" for value in values]
    width = max(map(len, texts))
    return [text.rjust(width) for text in texts]
