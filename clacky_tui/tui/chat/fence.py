"""A fence of code: what its lines share, so that they are coloured as one text."""

from __future__ import annotations

from clacky_tui.tui.chat.highlight import Token, divided, is_loaded, load, tokens_of
from clacky_tui.tui.chat.text import sanitize


class Fence:
    """Grows by `add` while it streams; `colour` needs all of it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.is_complete = False
        self._lines: list[str] = []
        self._coloured: list[list[Token]] = []

    def add(self) -> int:
        """Make room for a line; returns its number, for `set_line` and `tokens`."""
        self._lines.append("")
        return len(self._lines) - 1

    def set_line(self, number: int, source: str) -> None:
        """What the line says now."""
        self._lines[number] = sanitize(source)

    @property
    def is_waiting(self) -> bool:
        """True when `colour` would change how lines look."""
        if not self.language or self._coloured:
            return False
        return self.is_complete or not is_loaded(self.language)

    def colour(self) -> None:
        """Find the colours, as far as that can be done now. Blocks: for another thread."""
        load(self.language)
        if self.is_complete:
            lines = list(self._lines)
            self._coloured = divided(
                tokens_of(self.language, "".join(lines)), [len(line) for line in lines]
            )

    def tokens(self, number: int) -> list[Token]:
        """A line in pieces by kind: by itself while the fence is open, then as part of the whole.

        Between the two it is plain: a screen full of lines, each by itself, would take too long.
        """
        if number < len(self._coloured):
            return self._coloured[number]
        line = self._lines[number]
        return [(line, "")] if self.is_complete else tokens_of(self.language, line)
