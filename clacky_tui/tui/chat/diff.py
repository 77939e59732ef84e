"""A unified diff read into numbered lines, and how one of them is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.style import Style

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.text import Line, chop, line_cells, sanitize

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line; `number` counts in the old file for removed lines, else in the new one.

    A `skip` stands between two hunks, a `note` is a remark such as a missing last newline.
    """

    kind: Literal["added", "removed", "same", "skip", "note"]
    number: int | None
    text: str


def read_diff(diff: str) -> list[DiffLine]:
    """The lines of the hunks in `diff`; file headers and anything outside hunks are left out."""
    lines: list[DiffLine] = []
    old = new = old_left = new_left = 0
    for line in diff.split("\n"):
        if old_left <= 0 and new_left <= 0:
            if hunk := _HUNK.match(line):
                if lines:
                    lines.append(DiffLine("skip", None, ""))
                old, new = int(hunk[1]), int(hunk[3])
                old_left, new_left = (int(part) if part else 1 for part in (hunk[2], hunk[4]))
            elif line.startswith("\\") and lines:
                lines.append(DiffLine("note", None, line[1:].strip()))
            continue
        sign, text = line[:1], line[1:]
        if sign == "+":
            lines.append(DiffLine("added", new, text))
            new, new_left = new + 1, new_left - 1
        elif sign == "-":
            lines.append(DiffLine("removed", old, text))
            old, old_left = old + 1, old_left - 1
        elif sign == "\\":
            lines.append(DiffLine("note", None, text.strip()))
        else:
            lines.append(DiffLine("same", new, text))
            old, old_left = old + 1, old_left - 1
            new, new_left = new + 1, new_left - 1
    return lines


def number_cells_of(diff: Sequence[DiffLine]) -> int:
    """The width of the column of line numbers."""
    return len(str(max((line.number or 0 for line in diff), default=0)))


def number_and_sign(line: DiffLine, number_cells: int, canvas: Canvas) -> tuple[str, str, Style]:
    """What stands before a line: its number in `number_cells`, its sign, and the style of that."""
    styles, glyphs = canvas.styles, canvas.glyphs
    sign, style = {
        "added": ("+", styles.success),
        "removed": (glyphs.minus, styles.error),
        "same": (" ", styles.ground),
        "skip": (" ", styles.muted),
        "note": (" ", styles.muted),
    }[line.kind]
    number = glyphs.more if line.kind == "skip" else "" if line.number is None else str(line.number)
    return f"{number:>{number_cells}}", sign, style


def shown_text(line: DiffLine) -> str:
    """The text of `line` as one line that can do nothing to the terminal."""
    return sanitize(line.text).replace("\n", " ")


def draw_diff_line(line: DiffLine, number_cells: int, cells: int, canvas: Canvas) -> list[Line]:
    """The rows of one line, at most `cells` wide: its number, its sign, its text."""
    styles = canvas.styles
    number, sign, style = number_and_sign(line, number_cells, canvas)
    prefix: Line = [(f"{number} ", styles.muted), (f"{sign} ", style)]
    indent = line_cells(prefix)
    first, *rest = chop([(shown_text(line), style)], max(cells - indent, 1))
    return [[*prefix, *first], *([(" " * indent, styles.ground), *part] for part in rest)]
