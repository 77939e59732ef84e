"""Styled runs of text, wrapped to terminal cells."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size, split_graphemes
from rich.style import Style

from clacky_tui.domain.safe_text import sanitize as sanitize
from clacky_tui.domain.safe_text import sanitize_line as sanitize_line

Run = tuple[str, Style]
Line = list[Run]
"""One screen line: pieces of text with their styles, no newline inside."""

FOLD: Run = ("", Style.null())
"""Stands, by identity, where a line goes on that did not fit; before it there is only indentation."""
FOLD_AT_SPACE: Run = ("", Style(meta={"fold": " "}))
"""Likewise, where a space was left out."""


def fit(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text`, cut to at most `cells` with `ellipsis` at the end when it is longer."""
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(ellipsis)
    return set_cell_size(text, room) + ellipsis if room > 0 else set_cell_size(text, max(cells, 0))


def cut(line: Line, cells: int, mark: Run) -> Line:
    """`line` in at most `cells`, with `mark` at the end where something was cut off."""
    if line_cells(line) <= cells:
        return line
    room = cells - cell_len(mark[0])
    if room < 0:
        return []
    kept: Line = []
    for text, style in line:
        used = cell_len(text)
        if used > room:
            kept.append((_first_cells(text, room), style))
            break
        kept.append((text, style))
        room -= used
    return [*kept, mark]


def _first_cells(text: str, cells: int) -> str:
    """As much of `text` as fits into `cells`, grapheme clusters kept whole."""
    if text.isascii():
        return text[:cells]
    for begin, _, width in split_graphemes(text)[0]:
        if width > cells:
            return text[:begin]
        cells -= width
    return text


def line_cells(line: Line) -> int:
    """Width of `line` in cells."""
    return sum(cell_len(text) for text, _ in line)


def wrap_text(text: str, cells: int, style: Style) -> list[Line]:
    """`text` in one style, wrapped line by line to `cells`; a blank line gives an empty line."""
    return [line for part in text.split("\n") for line in wrap([(part, style)], cells)]


def wrap(line: Line, cells: int) -> list[Line]:
    """`line` folded into lines of at most `cells`.

    Folds at spaces and around wide characters; a longer word is cut between grapheme clusters.
    """
    text = "".join(part for part, _ in line)
    if len(text) <= cells // 2 or cell_len(text) <= cells:
        return [line]
    return _slice(line, _fold(text, max(cells, 2)))


def wrap_lines(line: Line, cells: int) -> list[Line]:
    """`line`, which may hold newlines here, as lines of at most `cells`."""
    lines: list[Line] = [[]]
    for text, style in line:
        first, *rest = text.split("\n")
        lines[-1].append((first, style))
        lines += [[(part, style)] for part in rest]
    return [wrapped for part in lines for wrapped in wrap(part, cells)]


def chop(line: Line, cells: int) -> list[Line]:
    """`line` cut into lines of at most `cells` with no regard to words, as for code."""
    text = "".join(part for part, _ in line)
    if len(text) <= cells // 2 or cell_len(text) <= cells:
        return [line]
    cells = max(cells, 2)
    if text.isascii():
        return _slice(line, [(at, at + cells) for at in range(0, len(text), cells)])
    spans, start, used = [], 0, 0
    for begin, _, width in split_graphemes(text)[0]:
        if used + width > cells:
            spans.append((start, begin))
            start, used = begin, 0
        used += width
    return _slice(line, [*spans, (start, len(text))])


def _fold(text: str, cells: int) -> list[tuple[int, int]]:
    return _fold_ascii(text, cells) if text.isascii() else _fold_wide(text, cells)


def _fold_ascii(text: str, cells: int) -> list[tuple[int, int]]:
    """Where the lines of `text` begin and end; the space a line is folded at belongs to none."""
    spans, start, length = [], 0, len(text)
    indent = length - len(text.lstrip(" "))
    while length - start > cells:
        at = text.rfind(" ", max(start, indent) + 1, start + cells + 1)
        if at < 0:
            spans.append((start, start + cells))
            start += cells
            continue
        spans.append((start, at))
        start = at + 1
        while start < length and text[start] == " ":
            start += 1
    if start < length:
        spans.append((start, length))
    return spans


def _fold_wide(text: str, cells: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = used = 0
    fold: tuple[int, int, int] | None = None  # end of this line, start of the next, cells up to it
    for begin, end, width in split_graphemes(text)[0]:
        if text[begin:end] == " ":  # alone: a mark on it would be lost where a line is folded
            if begin == start and spans:
                start = end
                continue
            used += width
            fold = (begin, end, used)
            continue
        if width == 2 and begin > start:
            fold = (begin, begin, used)
        while used + width > cells and begin > start:
            if fold is not None and fold[0] > start:
                spans.append((start, start + len(text[start : fold[0]].rstrip(" "))))
                start, used = fold[1], used - fold[2]
            else:
                spans.append((start, begin))
                start, used = begin, 0
            fold = None
        used += width
        if width == 2:
            fold = (end, end, used)
    if start < len(text):
        rest = text[start:] if used <= cells else text[start:].rstrip(" ")
        spans.append((start, start + len(rest)))
    return spans


def _slice(line: Line, spans: list[tuple[int, int]]) -> list[Line]:
    """The pieces of `line` that lie in each of the ascending `spans` of its text."""
    pieces: list[Line] = []
    index, offset, before = 0, 0, 0
    for begin, end in spans:
        piece: Line = []
        if pieces:
            piece.append(FOLD_AT_SPACE if begin > before else FOLD)
        before = end
        while index < len(line):
            text, style = line[index]
            part = text[max(begin - offset, 0) : max(end - offset, 0)]
            if part:
                piece.append((part, style))
            if offset + len(text) > end:
                break
            offset += len(text)
            index += 1
        pieces.append(piece)
    return pieces
