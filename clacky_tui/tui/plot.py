"""Shapes above an axis drawn by plotext, as plain lines of text; the only file that imports it.

Colours are not in the lines: whoever draws knows which cells belong to what, so moving a cursor or
changing the theme recolours without drawing again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_one_at_a_time = threading.Lock()
"""plotext has one figure for the whole process."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Whole cells, each a (column, row), filled with `glyph`."""

    points: Sequence[tuple[int, int]]
    glyph: str


@dataclass(frozen=True, slots=True)
class Path:
    """A line through (column, row) points, drawn in dots of an eighth of a cell."""

    points: Sequence[tuple[float, float]]


def draw(
    plot_cells: int, rows: int, ticks: Mapping[int, str], shapes: Iterable[Cells | Path]
) -> tuple[str, ...]:
    """The lines of a chart from the top, each ``widest label + 1 + plot_cells`` wide.

    A coordinate of 0 is the middle of the first column or of the lowest row. The first call imports
    plotext (about 0.1 s): call it from a thread.

    Args:
        plot_cells: width without labels and axis, at least 1.
        rows: height, at least 1.
        ticks: labels by row, all equally wide; at least one.
        shapes: later ones lie on top; each takes its time, the cells of one next to none.

    Raises:
        ImportError: plotext cannot be loaded on this system.
        OSError: likewise, its compiled part.
    """
    axis_cells = max(map(len, ticks.values())) + 1
    with _one_at_a_time:
        figure = _empty_figure(axis_cells + plot_cells, rows)
        # Rulers that span the centres of the first and last cell make a cell one unit.
        figure.ruler("x", "lower").lim(0, max(1, plot_cells - 1))
        figure.ruler("y", "left").lim(0, max(1, rows - 1))
        figure.ruler("x", "lower").ticks([], [])
        figure.ruler("y", "left").ticks(list(ticks), list(ticks.values()))
        for shape in shapes:
            columns_of, rows_of = map(list, zip(*shape.points, strict=True))
            match shape:
                case Cells(glyph=glyph):
                    figure.draw(figure.signal(columns_of, rows_of, marker=glyph))
                case Path():
                    figure.draw(figure.signal(columns_of, rows_of, marker="braille").lines())
        text: str = figure.build().string(colorless=True)
    return tuple(text.splitlines())


def _empty_figure(width_cells: int, height_rows: int) -> Any:
    import plotext

    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width_cells, height_rows)
    figure.axes(False)
    figure.axes(True, axis=1, side=0)
    return figure
