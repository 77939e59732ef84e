"""Draws one block of Markdown as lines of styled runs, fitted to a width in cells."""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

from clacky_tui.tui.chat.blocks import Block
from clacky_tui.tui.chat.styles import linked
from clacky_tui.tui.chat.text import (
    Line,
    cut,
    line_cells,
    sanitize,
    sanitize_line,
    wrap,
    wrap_text,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from clacky_tui.tui.chat.canvas import Canvas

CODE_INDENT = 2
NARROWEST_CELLS = 12
"""Nested lists and quotes are indented only while this much room is left."""
COLUMN_GAP = 2
NARROWEST_COLUMN = 4
RULE_CELLS = 12

_PLAIN = re.compile(r"[*_`\[\]#>|~\\&<!\t]|^ {0,3}(?:[-+=]|\d+[.)])|^    ", re.MULTILINE)
"""Found nowhere in a text means that Markdown would leave the text as it is."""
LINK_SCHEMES = ("https://", "http://", "file://", "mailto:")
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z+.-]*://\S+|(?:[\w-]+\.)+[a-zA-Z]{2,}(?:[/?#:]\S*)?")
_TASK = re.compile(r"\[([ xX])\] ")


def render_block(block: Block, cells: int, canvas: Canvas) -> list[Line]:
    """`block` as lines of at most `cells`; none for blank blocks and the marks of a fence."""
    source = sanitize(block.source).strip("\n")
    styles = canvas.styles
    match block.kind:
        case "blank" | "fence_open" | "fence_close":
            return []
        case "code":
            return _code_lines(source, cells, canvas)
    if not source.strip():
        return []
    if block.kind == "prose" and _PLAIN.search(source) is None:
        return wrap_text(source, cells, styles.ground)
    try:
        lines = _Drawing(source, block.ordinal, canvas).lines(cells)
    except (ValueError, IndexError, KeyError, RecursionError):
        lines = []
    # A block of nothing but link definitions draws nothing; the person still sees its text.
    return lines or wrap_text(source, cells, styles.ground)


def _code_lines(source: str, cells: int, canvas: Canvas) -> list[Line]:
    style = canvas.styles.code
    return [code_line([(part, style)], cells, canvas) for part in source.split("\n")]


def code_line(code: Line, cells: int, canvas: Canvas) -> Line:
    """A line of code, cut with a mark where it does not fit: the full-screen view has all of it."""
    indent = (" " * CODE_INDENT, canvas.styles.code)
    return [indent, *cut(code, cells - CODE_INDENT, (canvas.glyphs.more, canvas.styles.muted))]


def preload() -> None:
    """Import the parser, about 35 ms; on a thread, while the model has not yet begun to answer."""
    _parser()


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class _Drawing:
    """The tokens of one block and what is needed to draw them."""

    def __init__(self, source: str, ordinal: int | None, canvas: Canvas) -> None:
        self._tokens = _parser().parse(source)
        self._source_lines = source.split("\n")
        self._ordinal = ordinal
        self._canvas = canvas
        self._styles = canvas.styles
        self._glyphs = canvas.glyphs

    def lines(self, cells: int) -> list[Line]:
        return self._range(0, len(self._tokens), cells)

    def _range(self, start: int, end: int, cells: int) -> list[Line]:
        """The tokens from `start` to before `end`, blank lines kept where the source has them."""
        lines: list[Line] = []
        while start < end:
            token = self._tokens[start]
            stop = self._close_of(start)
            if lines and self._blank_before(token):
                lines.append([])
            lines += self._block(start, stop, cells)
            start = stop + 1
        return lines

    def _block(self, start: int, stop: int, cells: int) -> list[Line]:
        token = self._tokens[start]
        styles = self._styles
        match token.type:
            case "heading_open":
                return self._inline(self._tokens[start + 1], cells, styles.heading)
            case "paragraph_open":
                return self._inline(self._tokens[start + 1], cells, styles.ground)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(start, stop, cells)
            case "blockquote_open":
                inner = self._range(start + 1, stop, max(cells - 2, NARROWEST_CELLS))
                bar = (self._glyphs.separator + " ", styles.muted)
                return [[bar, *line] for line in inner]
            case "fence" | "code_block":
                return _code_lines(sanitize(token.content).rstrip("\n"), cells, self._canvas)
            case "hr":
                return [[(self._glyphs.rule * min(RULE_CELLS, cells), styles.muted)]]
            case "table_open":
                return self._table(start, stop, cells)
        return wrap_text(sanitize(token.content), cells, styles.ground)

    def _close_of(self, start: int) -> int:
        """Index of the token that closes the one at `start`; `start` itself for single tokens."""
        level = self._tokens[start].level
        if self._tokens[start].nesting != 1:
            return start
        return next(
            index
            for index in range(start + 1, len(self._tokens))
            if self._tokens[index].level == level and self._tokens[index].nesting == -1
        )

    def _blank_before(self, token: Token) -> bool:
        first = token.map[0] if token.map else 0
        return first > 0 and not self._source_lines[first - 1].strip(" >")

    def _list(self, start: int, stop: int, cells: int) -> list[Line]:
        opening = self._tokens[start]
        ordered = opening.type == "ordered_list_open"
        number = int(opening.attrs.get("start", 1))
        if ordered and opening.level == 0 and self._ordinal is not None:
            number = self._ordinal
        lines: list[Line] = []
        item = start + 1
        while item < stop:
            end = self._close_of(item)
            mark = f"{number}{opening.markup} " if ordered else f"{self._glyphs.bullet} "
            if lines and self._blank_before(self._tokens[item]):
                lines.append([])
            lines += self._item(item, end, mark, cells)
            number += 1
            item = end + 1
        return lines

    def _item(self, start: int, end: int, mark: str, cells: int) -> list[Line]:
        styles = self._styles
        style = styles.muted
        if task := self._take_task_mark(start):
            mark = f"[{task}] "
            style = styles.success if task == "x" else styles.muted
        indent = cell_len(mark)
        inner = self._range(start + 1, end, max(cells - indent, NARROWEST_CELLS)) or [[]]
        first = [(mark, style), *inner[0]]
        return [
            first,
            *([(" " * indent, styles.ground), *line] if line else [] for line in inner[1:]),
        ]

    def _take_task_mark(self, start: int) -> str:
        """Remove a task list's box from the item at `start`; returns ``x``, a space, or nothing."""
        inline = self._tokens[start + 2] if start + 2 < len(self._tokens) else None
        first = inline.children[0] if inline is not None and inline.children else None
        if first is None or (match := _TASK.match(first.content)) is None:
            return ""
        first.content = first.content[match.end() :]
        return match[1].lower()

    def _inline(self, token: Token, cells: int, base: Style) -> list[Line]:
        return [line for part in self._runs(token, base) for line in wrap(part, cells)]

    def _runs(self, token: Token, base: Style) -> list[Line]:
        """The inline content of `token` in `base`, one line per line of the source."""
        styles = self._styles
        lines: list[Line] = [[]]
        stack = [base]
        url, link_start = "", 0
        for child in token.children or ():
            match child.type:
                case "softbreak" | "hardbreak":
                    lines.append([])
                    link_start = 0
                case "strong_open":
                    stack.append(stack[-1] + Style(bold=True))
                case "em_open":
                    stack.append(stack[-1] + Style(italic=True))
                case "s_open":
                    stack.append(stack[-1] + Style(strike=True))
                case "link_open":
                    url, link_start = str(child.attrs.get("href", "")), len(lines[-1])
                    stack.append(stack[-1] + _link(styles.link, url))
                case "link_close":
                    stack.pop()
                    shown = "".join(text for text, _ in lines[-1][link_start:])
                    if not is_honest(shown, url):
                        lines[-1].append((f" ({sanitize_line(url)})", styles.muted))
                case "strong_close" | "em_close" | "s_close":
                    stack.pop()
                case "code_inline":
                    lines[-1].append((sanitize_line(child.content), stack[-1] + styles.code))
                case "image":
                    style = _link(styles.link, str(child.attrs.get("src", "")))
                    lines[-1].append((sanitize_line(f"[{child.content or 'image'}]"), style))
                case _:
                    lines[-1].append((sanitize(child.content).replace("\n", " "), stack[-1]))
        return lines

    # --- tables ------------------------------------------------------------------------------

    def _table(self, start: int, stop: int, cells: int) -> list[Line]:
        head_style = self._styles.strong
        rows: list[list[Line]] = []
        aligns: list[str] = []
        for index in range(start, stop):
            token = self._tokens[index]
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                style = head_style if token.type == "th_open" else self._styles.ground
                runs = self._runs(self._tokens[index + 1], style)
                rows[-1].append([run for line in runs for run in line])
                if token.type == "th_open":
                    aligns.append(str(token.attrs.get("style", "")))
        head, body = rows[0], rows[1:]
        natural = [
            max(1, *(line_cells(row[column]) for row in rows if column < len(row)))
            for column in range(len(head))
        ]
        widths = column_widths(natural, cells - COLUMN_GAP * (len(head) - 1))
        if widths is None:
            return self._as_pairs(head, body, cells)
        rule: Line = []
        for width in widths:
            rule += [(self._glyphs.rule * width, self._styles.muted), ("  ", self._styles.ground)]
        lines = self._table_row(head, widths, aligns)
        lines.append(rule[:-1])
        for row in body:
            lines += self._table_row(row, widths, aligns)
        return lines

    def _table_row(self, row: list[Line], widths: list[int], aligns: list[str]) -> list[Line]:
        ground = self._styles.ground
        wrapped = [wrap(cell, width) for cell, width in zip(row, widths, strict=False)]
        lines: list[Line] = []
        for parts in zip_longest(*wrapped, fillvalue=[]):
            line: Line = []
            for part, width, align in zip(parts, widths, aligns, strict=False):
                free = max(width - line_cells(part), 0)
                left = free if "right" in align else free // 2 if "center" in align else 0
                gap = " " * (free - left + COLUMN_GAP)
                line += [(" " * left, ground), *part, (gap, ground)]
            lines.append(line[:-1])
        return lines

    def _as_pairs(self, head: list[Line], body: list[list[Line]], cells: int) -> list[Line]:
        """A table too wide for its columns: each row as lines of name and value."""
        lines: list[Line] = []
        for row in body:
            if lines:
                lines.append([])
            for name, value in zip(head, row, strict=False):
                lines += wrap([*name, (": ", self._styles.muted), *value], cells)
        return lines


def is_safe_link(url: str) -> bool:
    """True for a plain address of a page, a file or a mailbox: what a click may open."""
    return url.startswith(LINK_SCHEMES) and url.isascii() and url.isprintable()


def is_honest(shown: str, url: str) -> bool:
    """False when what is shown of a link looks like an address, and `url` is another one."""
    words = shown.strip()
    looks_like_address = _ADDRESS.fullmatch(words) is not None
    return not looks_like_address or _host(words) == _host(url)


def _host(address: str) -> str:
    bare = address.lower().removeprefix("mailto:").split("://", 1)[-1]
    return re.split(r"[/?#]", bare, maxsplit=1)[0].removeprefix("www.")


def _link(style: Style, url: str) -> Style:
    """`style`, leading to `url` when that can do no harm."""
    return linked(style, url) if is_safe_link(url) else style


def column_widths(natural: list[int], cells: int) -> list[int] | None:
    """Widths for columns that want `natural` cells and get `cells` together; the widest give way.

    None when not even `NARROWEST_COLUMN` cells each are there.
    """
    if sum(natural) <= cells:
        return natural
    if sum(min(width, NARROWEST_COLUMN) for width in natural) > cells:
        return None
    cap = max(natural)
    while sum(min(width, cap) for width in natural) > cells:
        cap -= 1
    widths = [min(width, cap) for width in natural]
    for index, width in enumerate(natural):
        if width > cap and sum(widths) < cells:
            widths[index] += 1
    return widths
