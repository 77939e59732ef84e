"""Marks put over drawn rows: the entry cursor, what is selected, what was searched for."""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

SELECTED = Style(reverse=True)
FOUND = Style(reverse=True)
FOUND_NOW = Style(reverse=True, bold=True, underline=True)

Span = tuple[int, int]
"""From a cell to before another one."""


def paint(strip: Strip, spans: list[Span], style: Style) -> Strip:
    """`strip` with `style` over `spans`; a character is painted whole when a cell of it is."""
    segments: list[Segment] = []
    at = 0
    for text, old, _ in strip:
        clusters = (
            [(n, n + 1, 1) for n in range(len(text))]
            if text.isascii()
            else split_graphemes(text)[0]
        )
        run, is_painted = "", False
        for begin, end, width in clusters:
            hit = any(start < at + max(width, 1) and at < stop for start, stop in spans)
            if hit != is_painted and run:
                segments.append(Segment(run, _over(old, style) if is_painted else old))
                run = ""
            is_painted = hit
            run += text[begin:end]
            at += width
        if run:
            segments.append(Segment(run, _over(old, style) if is_painted else old))
    return Strip(segments, strip.cell_length)


def _over(old: Style | None, style: Style) -> Style:
    return style if old is None else old + style


def signed(strip: Strip, sign: str, style: Style) -> Strip:
    """`strip` with `sign` in place of its first cells, as the mark of the entry cursor."""
    cells = cell_len(sign)
    return Strip([Segment(sign, style), *strip.crop(cells)], strip.cell_length)


def found_in(strip: Strip, pattern: re.Pattern[str]) -> list[Span]:
    """Where `pattern` stands in the text of `strip`, in cells."""
    text = strip.text
    return [
        (cell_len(text[: match.start()]), cell_len(text[: match.end()]))
        for match in pattern.finditer(text)
        if match.end() > match.start()
    ]
