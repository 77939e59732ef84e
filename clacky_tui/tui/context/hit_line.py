"""A line through the hit rates of requests, as plain lines of text with request numbers below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from clacky_tui.tui.context.figures import RequestHit
from clacky_tui.tui.plot import Path, draw

AXIS_CELLS = len("100┤")
_WIDEST_STEP_CELLS = 6
_LABEL_GAP_CELLS = 2


@dataclass(frozen=True, slots=True)
class HitLine:
    """A drawn line: `lines` from the top, axis included, then `labels`, the row of numbers."""

    lines: tuple[str, ...]
    labels: str
    drawn_requests: int


@lru_cache(maxsize=16)
def draw_hits(hits: tuple[RequestHit, ...], width_cells: int, height_rows: int) -> HitLine:
    """Draw the latest of `hits` that fit on an axis of 0 to 100 %; see `plot.draw` for errors.

    Args:
        hits: at least one, oldest first.
        width_cells: room for axis and line.
        height_rows: rows without the labels, at least 2.
    """
    room = max(2, width_cells - AXIS_CELLS)
    drawn = hits[-room:]
    step = max(1, min(_WIDEST_STEP_CELLS, room // len(drawn)))
    cells = max(2, min(room, (len(drawn) - 1) * step + 1))
    top = height_rows - 1
    points = [(float(index * step), hit.hit_rate * top) for index, hit in enumerate(drawn)]
    if len(points) == 1:  # a line needs two points; one request is a short dash
        points.append((1.0, points[0][1]))
    ticks = {0: "  0", top: "100"}
    if top >= 4 and top % 2 == 0:
        ticks[top // 2] = " 50"
    lines = draw(cells, height_rows, ticks, [Path(tuple(points))])
    return HitLine(lines, _labels(drawn, step), len(drawn))


def _labels(drawn: tuple[RequestHit, ...], step: int) -> str:
    """Request numbers under their points, as many as stand apart, the latest one always."""
    last = len(drawn) - 1
    cells = len(str(drawn[-1].number))
    every = -(-(cells + _LABEL_GAP_CELLS) // step)
    shown = [i for i in range(0, last, every) if last - i >= every] + [last]
    row = [" "] * (AXIS_CELLS + last * step + cells)
    for index in shown:
        text = str(drawn[index].number)
        start = AXIS_CELLS + index * step
        row[start : start + len(text)] = text
    return "".join(row)
