"""Output of commands with its colours, and with nothing else of what a terminal would obey."""

from __future__ import annotations

import re

from rich.ansi import AnsiDecoder
from rich.style import Style

from clacky_tui.tui.chat.text import sanitize

_COLOUR = re.compile(r"(\x1b\[[\d;:]*m)")
_UNSEEN = Style(conceal=False, blink=False, blink2=False)
"""Text that cannot be read, or that moves, is shown like any other."""

Piece = tuple[str, Style | None]
"""Text and its colours, None for those of the screen."""


class AnsiReader:
    """Takes output as it comes; `lines` has what is read, the last one still open."""

    def __init__(self) -> None:
        self.lines: list[list[Piece]] = []
        self._decoder = AnsiDecoder()
        self._open = ""

    def feed(self, text: str) -> None:
        """Read more output."""
        if self.lines and self._open:
            self.lines.pop()
        *whole, self._open = (self._open + text).split("\n")
        self.lines += [self._line(line) for line in whole]
        if self._open:
            style = self._decoder.style
            self.lines.append(self._line(self._open))
            self._decoder.style = style

    def _line(self, line: str) -> list[Piece]:
        # Without its end, a carriage return starts the line over, as progress bars do.
        line = line.rstrip("\r").rpartition("\r")[2]
        if "\x1b" not in line and not self._decoder.style:
            return [(sanitize(line), None)]
        parts = _COLOUR.split(line)
        # Odd parts are colours; the text between them keeps nothing that a terminal obeys.
        parts[::2] = [sanitize(part).replace("\n", " ") for part in parts[::2]]
        text = self._decoder.decode_line("".join(parts))
        pieces: list[Piece] = []
        at = 0
        for span in text.spans:
            pieces.append((text.plain[at : span.start], None))
            style = span.style if isinstance(span.style, Style) else None
            pieces.append((text.plain[span.start : span.end], style and style + _UNSEEN))
            at = span.end
        pieces.append((text.plain[at:], None))
        return [piece for piece in pieces if piece[0]] or [("", None)]
