"""The app's first frame, kept for the start to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from clacky_tui.tui.first_frame.picture import DIRECTORY, LONGEST_DIRECTORY_CELLS, Picture
from clacky_tui.tui.output.frame import Frames

if TYPE_CHECKING:
    from clacky_tui.tui.first_frame.picture import Runs

_SMALLEST_COLUMNS, _SMALLEST_ROWS = 80, 24
"""On smaller screens the app may leave things out."""
_GAP = " " * 8
"""What stands beyond is aligned on the right, whose place is another on another screen."""


def picture_of(frames: Frames, cursor: tuple[int, int], directory: str) -> Picture | None:
    """What `frames` should show as a picture for any size; None when it does not serve as one.

    Args:
        frames: of an app that shows `directory` and waits for the first key.
        cursor: row and column where typed text begins.
        directory: the working directory, home as ``~``.
    """
    columns, height = frames.size
    if columns < _SMALLEST_COLUMNS or height < _SMALLEST_ROWS:
        return None
    if cell_len(directory) > LONGEST_DIRECTORY_CELLS:
        return None
    cursor_y, cursor_x = cursor
    rows: dict[int, Runs] = {}
    for y in range(height):
        row = _left_part(frames, y, cursor_x if y == cursor_y else columns, directory)
        if row:
            rows[y if y < height // 2 else y - height] = row
    ground = frames.look_at(1, columns - 1).written
    return Picture(rows, ground, (cursor_y - height, cursor_x), frames.look_at(*cursor).written)


def _left_part(frames: Frames, y: int, end: int, directory: str) -> Runs:
    """Row `y` up to column `end` or to a gap, without blanks at its end."""
    row: Runs = []
    for look, text in frames.runs(y, end):
        text, gap, _ = text.partition(_GAP)
        if text.endswith(directory):
            text = text.removesuffix(directory) + DIRECTORY
        row.append((look.written, text))
        if gap:
            break
    while row and not row[-1][1].strip():
        row.pop()
    return row
