"""Pasted texts of more than one line, each standing as a short sign in the message."""

from __future__ import annotations

import re

_SIGN = re.compile(r"\[#(\d+) Paste Text\]")


class PasteBlocks:
    """The texts behind the signs of one message, by number from 1.

    A sign whose number is not known here is plain text.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def add(self, text: str) -> str:
        """Keep `text`; returns the sign that stands for it."""
        number = len(self._texts) + 1
        self._texts[number] = text
        return f"[#{number} Paste Text]"

    def text(self, number: int) -> str:
        """What the block of that number holds."""
        return self._texts[number]

    def replace(self, number: int, text: str) -> None:
        """Let the block of that number hold `text`; its sign stays the same."""
        self._texts[number] = text

    def forget(self) -> None:
        """Drop all of them; the next block is number 1."""
        self._texts.clear()

    def spans(self, line: str) -> list[tuple[int, int, int]]:
        """Start, end and number of every known sign in `line`, from the left."""
        if not self._texts or "[#" not in line:
            return []
        return [
            (found.start(), found.end(), int(found[1]))
            for found in _SIGN.finditer(line)
            if int(found[1]) in self._texts
        ]

    def masked(self, line: str) -> str:
        """`line` with every known sign as one word of the same length."""
        for start, end, _ in self.spans(line):
            line = line[:start] + "x" * (end - start) + line[end:]
        return line

    def expanded(self, text: str) -> str:
        """`text` with the pasted text in the place of every known sign."""
        return _SIGN.sub(lambda found: self._texts.get(int(found[1]), found[0]), text)

    def collapsed(self, text: str) -> str:
        """`text` with signs in the place of those pasted texts that stand in it unchanged."""
        for number, pasted in self._texts.items():
            if pasted.strip():
                text = text.replace(pasted, f"[#{number} Paste Text]", 1)
        return text
