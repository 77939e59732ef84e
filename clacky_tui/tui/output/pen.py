"""Writes cells at places: the shortest cursor moves, colour changes and erasures that do it."""

from __future__ import annotations

import re
from functools import lru_cache

from clacky_tui.tui.output.attributes import DEFAULT, Looks
from clacky_tui.tui.output.cells import TAIL, Cells

_TRUSTED = (
    *((0xA1, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x48A, 0x52F)),  # Latin, Greek, Cyrillic
    *((0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF)),  # punctuation, money
    *((0x2190, 0x22FF), (0x2500, 0x25FC), (0x2713, 0x2713), (0x2717, 0x2717)),  # arrows to ticks
    *((0x2800, 0x28FF), (0x3041, 0x3096), (0x30A0, 0x30FF)),  # braille, kana
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF01, 0xFF60)),  # Han, Hangul, forms
)
"""First and last code points of characters, besides ASCII, on whose width all terminals agree."""
_BLANKS = re.compile(" {9,}")
_MOST_BACKSPACES = 3


class Pen:
    """Knows where the terminal's cursor is and which look is on; what it wrote collects in a list.

    Args:
        erases_in_colour: the terminal fills erased cells with the background ("bce" in terminfo).
        erases_cells: it knows ``CSI n X`` ("ech" in terminfo).
    """

    def __init__(
        self, looks: Looks, cells: Cells, *, erases_in_colour: bool, erases_cells: bool
    ) -> None:
        self._looks = looks
        self._cells = cells
        self._erases_in_colour = erases_in_colour
        self._erases_cells = erases_cells
        self._width = 0
        self._look = DEFAULT
        self._y: int | None = None
        self._x: int | None = None
        self._parts: list[str] = []

    def taken(self) -> str:
        """Everything written since the last call."""
        text = "".join(self._parts)
        self._parts.clear()
        return text

    @property
    def has_written(self) -> bool:
        return bool(self._parts)

    def clear_screen(self, width: int) -> None:
        """Bring a terminal of `width` columns to a known state and empty its screen."""
        self._width = width
        self._parts.append(f"\x1b[r{self._looks.no_link}\x1b[m\x1b[H\x1b[2J")
        self._look, self._y, self._x = DEFAULT, 0, 0

    def take_over(self, width: int) -> None:
        """Go on after another hand, which left the plain look and the cursor anywhere."""
        self._width = width
        self._look, self._y, self._x = DEFAULT, None, None

    def end_link(self) -> None:
        """Close an open link, so that nothing else on the terminal becomes part of it."""
        self._set(self._looks.unlinked(self._look))

    def move(self, y: int, x: int) -> None:
        """Put the cursor on row `y`, column `x`."""
        if (y, x) != (self._y, self._x):
            self._parts.append(min(self._ways(y, x), key=len))
            self._y, self._x = y, x

    def write(self, y: int, x: int, text: str, looks: str) -> None:
        """Put cells on row `y` from column `x` on."""
        start = 0
        while start < len(text):
            look = looks[start]
            end = start + 1
            while end < len(text) and looks[end] == look:
                end += 1
            self._write_run(y, x + start, text[start:end], look)
            start = end

    def erases_to(self, look: str) -> bool:
        """True when erasing leaves cells that look like blanks in `look`."""
        return self._looks.can_erase(look) and (
            self._erases_in_colour or not self._looks.has_background(look)
        )

    def erase_line_end(self, y: int, x: int, look: str) -> None:
        """Make blanks in `look` of everything from column `x` to the end of row `y`."""
        self.move(y, x)
        self._set_ground(look)
        self._parts.append("\x1b[K")

    def scroll(self, top: int, bottom: int, lines: int) -> None:
        """Move rows `top` to `bottom` up by `lines`, down when negative."""
        self._set(DEFAULT)  # then new rows are the same with and without colour in erasing
        margins = f"\x1b[{top + 1};{bottom + 1}r"
        if lines == 1:
            steps = f"\x1b[{bottom + 1}H\n"
        elif lines > 0:
            steps = f"\x1b[{top + 1}H\x1b[{lines}M"
        elif lines == -1:
            steps = f"\x1b[{top + 1}H\x1bM"
        else:
            steps = f"\x1b[{top + 1}H\x1b[{-lines}L"
        self._parts.append(f"{margins}{steps}\x1b[r")
        self._y = self._x = None  # resetting the margins homes the cursor on some terminals only

    def _ways(self, y: int, x: int) -> list[str]:
        ways = [f"\x1b[{y + 1}H" if x == 0 else f"\x1b[{y + 1};{x + 1}H"]
        if y == self._y:
            ways.append("\r" if x == 0 else f"\x1b[{x + 1}G")
            if self._x is not None and x > self._x:
                ways.append(f"\x1b[{x - self._x}C" if x > self._x + 1 else "\x1b[C")
            elif self._x is not None and 0 < self._x - x <= _MOST_BACKSPACES:
                ways.append("\b" * (self._x - x))
        elif self._y is not None and y == self._y + 1 and x == 0:
            ways.append("\r\n")  # never below the last row, so nothing scrolls
        return ways

    def _write_run(self, y: int, x: int, text: str, look: str) -> None:
        position = 0
        if self._erases_cells and self.erases_to(look):
            for blanks in _BLANKS.finditer(text):
                self._write_cells(y, x + position, text[position : blanks.start()], look)
                self.move(y, x + blanks.start())
                self._set_ground(look)
                self._parts.append(f"\x1b[{len(blanks[0])}X")
                position = blanks.end()
        self._write_cells(y, x + position, text[position:], look)

    def _write_cells(self, y: int, x: int, text: str, look: str) -> None:
        while text:
            self.move(y, x)
            trusted = _trusted_cells(text)
            cells = text[: trusted or 1 + _tails(text[1:])]
            if cells.isspace():
                self._set_ground(look)
            else:
                self._set(look)
            self._parts.append(self._cells.written(cells))
            x += len(cells)
            # A terminal may think otherwise of the width, and stands on its last column or beyond.
            self._x = x if trusted and x < self._width else None
            text = text[len(cells) :]

    def _set_ground(self, look: str) -> None:
        """Set what shows of `look` on a blank; the text colour that is on may stay on."""
        if self._looks.blank_of(self._look) != self._looks.blank_of(look):
            self._set(look)

    def _set(self, look: str) -> None:
        if look != self._look:
            self._parts.append(self._looks.change(self._look, look))
            self._look = look


def _trusted_cells(text: str) -> int:
    """How many cells from the start are of a width that all terminals agree on."""
    if text.isascii():
        return len(text)
    return next((x for x, cell in enumerate(text) if not _is_trusted(cell)), len(text))


@lru_cache(4096)
def _is_trusted(cell: str) -> bool:
    return cell.isascii() or any(first <= ord(cell) <= last for first, last in _TRUSTED)


def _tails(text: str) -> int:
    return len(text) - len(text.lstrip(TAIL))
