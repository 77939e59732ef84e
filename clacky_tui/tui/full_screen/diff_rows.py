"""A diff laid out in rows: one column, or old and new side by side, in the colours of the code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import zip_longest

from rich.style import Style

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.diff import DiffLine, number_and_sign, shown_text
from clacky_tui.tui.chat.highlight import Token, coloured, divided, load, tokens_of
from clacky_tui.tui.chat.text import Line, cut, line_cells

SIDE_BY_SIDE_CELLS = 120
"""From this width on, old and new stand side by side."""


@dataclass(slots=True)
class DiffRows:
    """`hunks` are the numbers of the rows with which a run of changes begins."""

    rows: list[Line] = field(default_factory=list)
    hunks: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Side:
    line: DiffLine
    tokens: list[Token]


def lay_out(diff: list[DiffLine], language: str, canvas: Canvas) -> DiffRows:
    """`diff` in rows for the width of `canvas`. Blocks while it finds the colours."""
    if language:
        load(language)
    sides = _coloured_sides(diff, language)
    number_cells = len(str(max((line.number or 0 for line in diff), default=0)))
    if canvas.width >= SIDE_BY_SIDE_CELLS:
        return _in_two_columns(sides, number_cells, canvas)
    laid = DiffRows()
    was_changed = False
    for side in sides:
        is_changed = side.line.kind in ("added", "removed")
        if is_changed and not was_changed:
            laid.hunks.append(len(laid.rows))
        was_changed = is_changed
        laid.rows.append(_cell(side, number_cells, canvas))
    return laid


def _coloured_sides(diff: list[DiffLine], language: str) -> list[_Side]:
    """Each line with its colours, which the old and the new file have each for themselves."""
    sides = [_Side(line, []) for line in diff]
    for kinds in (("removed", "same"), ("added", "same")):
        of_file = [side for side in sides if side.line.kind in kinds]
        texts = [shown_text(side.line) + "\n" for side in of_file]
        parts = divided(tokens_of(language, "".join(texts)), [len(text) for text in texts])
        for side, part in zip(of_file, parts, strict=True):
            side.tokens = part
    for side in sides:
        if side.line.kind in ("skip", "note"):
            side.tokens = [(shown_text(side.line), "")]
    return sides


def _cell(side: _Side, number_cells: int, canvas: Canvas) -> Line:
    line = side.line
    number, sign, style = number_and_sign(line, number_cells, canvas)
    return [
        (f" {number} ", canvas.styles.muted),
        (f"{sign} ", style + Style(bold=True)),
        *coloured(side.tokens, style, canvas.styles),
    ]


def _in_two_columns(sides: list[_Side], number_cells: int, canvas: Canvas) -> DiffRows:
    laid = DiffRows()
    removed: list[_Side] = []
    added: list[_Side] = []
    drift = 0  # by which the new file's numbers are ahead of the old one's

    def put(left: _Side | None, right: _Side | None) -> None:
        laid.rows.append(_pair(left, right, number_cells, canvas))

    def put_changes() -> None:
        if removed or added:
            laid.hunks.append(len(laid.rows))
        for left, right in zip_longest(removed, added):
            put(left, right)
        removed.clear()
        added.clear()

    for side in sides:
        match side.line.kind:
            case "removed":
                if added:
                    put_changes()
                removed.append(side)
                drift -= 1
            case "added":
                added.append(side)
                drift += 1
            case _:
                put_changes()
                put(_in_old_file(side, drift), side)
    put_changes()
    return laid


def _in_old_file(side: _Side, drift: int) -> _Side:
    """An unchanged line with the number it had."""
    if side.line.number is None:
        return side
    return _Side(replace(side.line, number=side.line.number - drift), side.tokens)


def _pair(left: _Side | None, right: _Side | None, number_cells: int, canvas: Canvas) -> Line:
    """Both halves on one row; what does not fit its half is cut with a mark."""
    styles = canvas.styles
    half = (canvas.width - 3) // 2
    more = (canvas.glyphs.more, styles.muted)
    halves = [
        cut(_cell(side, number_cells, canvas), half, more) if side is not None else []
        for side in (left, right)
    ]
    gap = half - line_cells(halves[0])
    separator = (f"{' ' * gap} {canvas.glyphs.separator}", styles.muted)
    return [*halves[0], separator, *halves[1]]
