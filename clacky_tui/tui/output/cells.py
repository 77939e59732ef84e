"""Rows of cells as two strings of one character per cell, so that comparing them is the string's work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import split_graphemes
from rich.segment import Segment
from textual.strip import Strip

from clacky_tui.tui.output.attributes import DEFAULT, Look, Looks

TAIL = "\0"
"""Stands in the cells a wide character covers beyond its first."""
_FIRST_CLUSTER = 0x100000
"""Clusters of several code points are interned as characters of this private plane (16)."""
_CLUSTERS = 0xFFFD
_KEPT_STRIPS = 600
_KEPT_TEXTS = 4096

_UNSAFE = dict.fromkeys(
    (
        *(*range(0x20), *range(0x7F, 0xA0)),  # controls
        *(0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # bidirectional
        *(0x2028, 0x2029, *range(0xD800, 0xE000)),  # separators, lone surrogates
    )
)
"""A table for `str.translate`: what never gets from a text to the terminal."""


class Row(NamedTuple):
    """One character per cell and one code of `Looks` per cell; blanks have the plainest look."""

    text: str
    looks: str

    @classmethod
    def blank(cls, width: int, look: str = DEFAULT) -> Row:
        return cls(" " * width, look * width)

    def fitted(self, width: int) -> Row:
        """Cut or filled up with blanks to `width` cells."""
        text, looks = self
        if len(text) > width:
            cut = text[width] == TAIL
            text = _broken_end(text[:width]) if cut else text[:width]
            return Row(text, looks[:width])
        missing = width - len(text)
        return Row(text + " " * missing, looks + DEFAULT * missing) if missing else self

    def overwritten(self, x: int, piece: Row) -> Row:
        """With `piece` at column `x`; wide characters it covers in part become blank."""
        if x == 0 and len(piece.text) >= len(self.text):
            return piece.fitted(len(self.text))
        piece = piece.fitted(min(len(piece.text), len(self.text) - x))
        end = x + len(piece.text)
        left, right = self.text[:x], self.text[end:]
        if self.text[x : x + 1] == TAIL:
            left = _broken_end(left)
        if right.startswith(TAIL):
            rest = right.lstrip(TAIL)
            right = " " * (len(right) - len(rest)) + rest
        return Row(left + piece.text + right, self.looks[:x] + piece.looks + self.looks[end:])


def _broken_end(text: str) -> str:
    """`text` with the wide character at its end, whose last cells are gone, as blanks."""
    whole = text.rstrip(TAIL)[:-1]
    return whole + " " * (len(text) - len(whole))


class Cells:
    """Turns strips into rows.

    Args:
        looks: where the styles of the strips are interned.
    """

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._clusters: list[str] = []
        self._codes: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._rows: dict[int, tuple[Strip, Row]] = {}

    @property
    def is_full(self) -> bool:
        """True when so many different clusters were seen that it is time to begin anew."""
        return len(self._clusters) >= _CLUSTERS - 512

    def row(self, strip: Strip) -> Row:
        """The row of `strip`, as wide as its text; made once for each strip object."""
        known = self._rows.get(id(strip))
        if known is not None:
            return known[1]
        row = self._row(strip)
        if len(self._rows) >= _KEPT_STRIPS:
            del self._rows[next(iter(self._rows))]
        self._rows[id(strip)] = (strip, row)
        return row

    def row_of_runs(self, runs: Iterable[tuple[Look, str]]) -> Row:
        """The row of runs of text, each with its look, as wide as their text."""
        pieces = [(self._looks.code(look), self._cells(text)) for look, text in runs]
        texts = "".join(cells for _, cells in pieces)
        looks = [self._looked(look, cells) for look, cells in pieces]
        return Row(texts, "".join(looks))

    def written(self, text: str) -> str:
        """What to send for cells of a row: clusters in full, nothing for tails."""
        if text.isascii():
            return text.replace(TAIL, "")
        return "".join(self.cluster(cell) for cell in text if cell != TAIL)

    def cluster(self, cell: str) -> str:
        """The code points of one cell's character."""
        number = ord(cell) - _FIRST_CLUSTER
        return cell if number < 0 else self._clusters[number]

    def _row(self, strip: Iterable[Segment]) -> Row:
        texts, looks = [], []
        for text, style, control in strip:
            if control or not text:
                continue
            cells = text if text.isascii() and text.isprintable() else self._cells(text)
            texts.append(cells)
            looks.append(self._looked(self._looks.of_style(style), cells))
        return Row("".join(texts), "".join(looks))

    def _looked(self, look: str, cells: str) -> str:
        """The looks of `cells` in `look`, blanks the plainest."""
        blank = self._looks.blank_of(look)
        if blank == look:
            return look * len(cells)
        return blank.join(look * len(word) for word in cells.split(" "))

    def _cells(self, text: str) -> str:
        cells = self._texts.get(text)
        if cells is None:
            if len(self._texts) >= _KEPT_TEXTS:
                self._texts.clear()
            spans, _ = split_graphemes(text)
            cells = "".join(self._cell(text[start:end], width) for start, end, width in spans)
            self._texts[text] = cells
        return cells

    def _cell(self, cluster: str, width: int) -> str:
        if not width:
            return ""
        safe = cluster.translate(_UNSAFE).rstrip("\u200d")
        if not safe:
            return "\ufffd" * width
        if len(safe) > 1 or ord(safe) >= _FIRST_CLUSTER:
            safe = self._intern(safe)
        return safe + TAIL * (width - 1)

    def _intern(self, cluster: str) -> str:
        code = self._codes.get(cluster)
        if code is None:
            if len(self._clusters) >= _CLUSTERS:
                return "\ufffd"
            code = self._codes[cluster] = chr(_FIRST_CLUSTER + len(self._clusters))
            self._clusters.append(cluster)
        return code
