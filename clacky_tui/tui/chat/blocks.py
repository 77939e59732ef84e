"""Splits streamed Markdown into blocks that are final, and one open tail.

What is final never changes again, so it is rendered once. The split depends on the text alone, not
on how it arrived in pieces, and the sources of all blocks joined are the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["prose", "item", "fence_open", "code", "fence_close", "blank"]

LINE_CHARS = 4096
"""A line longer than this is treated as several."""
PROSE_CHARS = 2048
"""Text without a blank line is closed at this size, so that the open tail stays cheap to draw."""
STRUCTURE_CHARS = 65536
"""The same for tables and list items, which lose their form when they are cut."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_ITEM = re.compile(r"( {0,3})([-+*]|(\d{1,9})([.)]))( +|(?=\n|$))")
_RULE = re.compile(r" {0,3}([-_*])[ \t]*(?:\1[ \t]*){2,}$")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Markdown that can be drawn by itself.

    `item` is one top-level list item with all it contains; `ordinal` is its number in an ordered
    list. Of a fence, the two marks and each line of code are blocks of their own.
    """

    source: str
    kind: BlockKind
    ordinal: int | None = None

    @property
    def ends_blank(self) -> bool:
        """True when the source ends with a blank line."""
        return self.kind == "blank" or self.source.endswith(("\n\n", "\n\r\n"))


class BlockSplitter:
    """Feed it text as it comes; it gives back the blocks that are closed."""

    def __init__(self) -> None:
        self._line = ""
        self._open: list[str] = []
        self._chars = 0
        self._kind: BlockKind = "blank"
        self._ordinal: int | None = None
        self._item_indent = 0
        self._after_blank = False
        self._is_table = False
        self._fence = ""
        self._list_mark = ""
        self._closed: list[Block] = []

    def feed(self, text: str) -> list[Block]:
        """Take `text` in and return the blocks it closed, in order."""
        text = self._line + text
        start = 0
        while True:
            end = text.find("\n", start, start + LINE_CHARS) + 1
            if not end:
                if len(text) - start < LINE_CHARS:
                    break
                end = start + LINE_CHARS
            self._take_line(text[start:end])
            start = end
        self._line = text[start:]
        return self._take_closed()

    @property
    def tail(self) -> Block | None:
        """What is still open, as if the text ended here; None when there is nothing."""
        if self._fence and self._line:
            closing = not self._line.strip().strip(self._fence[0])
            return Block(self._line, "fence_close" if closing else "code")
        if not self._open and not self._line:
            return None
        if self._open:
            return Block("".join(self._open) + self._line, self._kind, self._ordinal)
        return self._classify(self._line)

    def finish(self) -> list[Block]:
        """Close what is open and return the last blocks; the splitter is used up."""
        if self._line:
            self._take_line(self._line)
            self._line = ""
        self._close()
        return self._take_closed()

    def _take_closed(self) -> list[Block]:
        closed, self._closed = self._closed, []
        return closed

    def _take_line(self, line: str) -> None:
        if self._fence:
            self._take_code(line)
        elif not line.strip():
            self._take_blank(line)
        elif not self._open:
            self._start(line)
        elif self._kind == "item":
            self._take_in_item(line)
        elif self._interrupts(line):
            self._close()
            self._start(line)
        else:
            self._append(line)

    def _take_code(self, line: str) -> None:
        bare = line.strip()
        mark = self._fence[0]
        if bare.startswith(self._fence) and not bare.strip(mark):
            self._fence = ""
            self._closed.append(Block(line, "fence_close"))
        else:
            self._closed.append(Block(line, "code"))

    def _take_blank(self, line: str) -> None:
        if not self._open:
            self._closed.append(Block(line, "blank"))
            return
        self._append(line)
        self._after_blank = True
        if self._kind != "item":
            self._close()

    def _take_in_item(self, line: str) -> None:
        indent = len(line) - len(line.lstrip(" \t"))
        inside = indent >= self._item_indent or line[:1] == "\t"
        if not inside and (self._after_blank or self._interrupts(line) or _ITEM.match(line)):
            self._close()
            self._start(line)
        else:
            self._after_blank = False
            self._append(line)

    def _interrupts(self, line: str) -> bool:
        """True when `line` begins a new block although no blank line came before it."""
        if _FENCE.match(line):
            return True
        if _RULE.match(line.rstrip()):
            return False  # under a paragraph it makes a heading
        item = _ITEM.match(line)
        return item is not None and item[3] in (None, "1") and bool(line[item.end() :].strip())

    def _start(self, line: str) -> None:
        block = self._classify(line)
        if block.kind == "fence_open":
            match = _FENCE.match(line)
            self._fence = match[1] if match else ""
            self._list_mark = ""
            self._closed.append(block)
            return
        self._kind, self._ordinal = block.kind, block.ordinal
        self._after_blank = self._is_table = False
        if block.kind == "item" and (item := _ITEM.match(line)):
            width = len(item[5])
            self._item_indent = len(item[1]) + len(item[2]) + (width if 0 < width < 5 else 1)
            self._list_mark = item[4] or item[2]
        else:
            self._list_mark = ""
        self._append(line)

    def _classify(self, line: str) -> Block:
        """The block that would start with `line`."""
        fence = _FENCE.match(line)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            return Block(line, "fence_open")
        item = _ITEM.match(line)
        if item is None or _RULE.match(line.rstrip()):
            return Block(line, "prose")
        if item[3] is None:
            return Block(line, "item")
        number = int(item[3])
        follows = self._list_mark == item[4] and self._ordinal is not None
        if follows and self._ordinal is not None and number <= self._ordinal:
            number = self._ordinal + 1
        return Block(line, "item", number)

    def _append(self, line: str) -> None:
        limit = STRUCTURE_CHARS if self._kind == "item" or self._is_table else PROSE_CHARS
        if self._open and self._chars + len(line) > limit:
            self._close()
            self._kind, self._ordinal = "prose", None
        if len(self._open) == 1 and "|" in self._open[0] and _is_table_rule(line):
            self._is_table = True
        self._open.append(line)
        self._chars += len(line)

    def _close(self) -> None:
        if self._open:
            self._closed.append(Block("".join(self._open), self._kind, self._ordinal))
            self._open = []
            self._chars = 0


def fence_language(block: Block) -> str:
    """The language after the opening mark of a fence in lower case, e.g. ``python``; empty without."""
    match = _FENCE.match(block.source)
    words = match[2].split() if match else []
    return words[0].lower() if words and words[0].isprintable() and len(words[0]) < 40 else ""


def _is_table_rule(line: str) -> bool:
    """True for the line between a table's head and its rows, e.g. ``|---|:-:|``."""
    return "-" in line and set(line) <= set("|-: \t\r\n")
