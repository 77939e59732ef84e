"""A terminal that knows only what the output layer may send, and raises on everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.cells import split_graphemes

_TOKEN = re.compile(
    r"\x1b\[(?P<private>\??)(?P<numbers>[\d;]*)(?P<final>[A-Za-z])"
    r"|\x1b\]8;(?P<link_parameters>[!-:<-~]*);(?P<url>[!-~]*)\x1b\\"
    r"|(?P<reverse_index>\x1bM)"
    r"|(?P<control>[\r\n\b])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+)"
)
_CLEARED = {
    "22": {"1", "2"},
    "23": {"3"},
    "24": {"4", "21"},
    "25": {"5", "6"},
    "27": {"7"},
    "28": {"8"},
    "29": {"9"},
    "54": {"51", "52"},
    "55": {"53"},
}
_SETS = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53"}
_UNSEEN_ON_BLANK = {"1", "2", "3", "8"}


class Cell(NamedTuple):
    """`text` is empty in the second half of a wide character."""

    text: str = " "
    sets: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""
    url: str = ""

    def seen(self) -> Cell:
        """Without what nobody can see: the text colour of a plain blank."""
        if self.text != " ":
            return self
        sets = self.sets - _UNSEEN_ON_BLANK
        return self._replace(sets=sets, foreground=self.foreground if sets or self.url else "")


BLANK = Cell()


@dataclass
class StrictTerminal:
    """Autowrap is off. `homes` says whether resetting the margins moves the cursor home."""

    columns: int
    rows: int
    erases_in_colour: bool = True
    homes: bool = True
    cells: list[list[Cell]] = field(default_factory=list)
    x: int = 0
    y: int = 0
    pen: Cell = BLANK
    margins: tuple[int, int] = (0, 0)
    is_synchronized: bool = False
    scrolls: int = 0
    touched: set[int] = field(default_factory=set)
    """Rows written to since somebody emptied it."""

    def __post_init__(self) -> None:
        self.margins = (0, self.rows - 1)
        self.cells = [self._blank_row() for _ in range(self.rows)]

    def feed(self, text: str) -> None:
        position = 0
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                raise AssertionError(f"not to be sent: {text[position : position + 20]!r}")
            position = token.end()
            if token["text"]:
                self._write(token["text"])
            elif token["final"]:
                self._control(token["private"], token["numbers"], token["final"])
            elif token["reverse_index"]:
                self._reverse_index()
            elif token["control"]:
                self._move(token["control"])
            else:
                self.pen = self.pen._replace(url=token["url"])

    def seen(self, y: int) -> list[Cell]:
        """The cells of a row as a person sees them."""
        return [cell.seen() for cell in self.cells[y]]

    @property
    def text(self) -> str:
        return "\n".join("".join(cell.text for cell in row).rstrip() for row in self.cells)

    def assert_at_rest(self) -> None:
        """Between frames nothing is left open that would change what others write."""
        assert self.margins == (0, self.rows - 1), "margins are set"
        assert not self.pen.url, "a link is open"
        assert not self.is_synchronized, "a frame is open"

    # --- what the sequences do -----------------------------------------------------------------

    def _write(self, text: str) -> None:
        self.touched.add(self.y)
        row, end = self.cells[self.y], self.x + len(text)
        if text.isascii() and end <= self.columns:
            self._break_wide(self.x)
            self._break_wide(end - 1)
            look = self.pen[1:]
            row[self.x : end] = [Cell(char, *look) for char in text]
            self.x = min(end, self.columns - 1)
            return
        spans, _ = split_graphemes(text)
        for start, end, width in spans:
            if not width:
                continue
            if self.x + width > self.columns:
                self.x = self.columns - width
            for x in range(self.x, self.x + width):
                self._break_wide(x)
            row[self.x] = self.pen._replace(text=text[start:end])
            for x in range(self.x + 1, self.x + width):
                row[x] = self.pen._replace(text="")
            self.x = min(self.x + width, self.columns - 1)

    def _break_wide(self, x: int) -> None:
        row = self.cells[self.y]
        if row[x].text == "":
            row[x - 1] = row[x - 1]._replace(text=" ")
        if x + 1 < self.columns and row[x + 1].text == "":
            row[x + 1] = row[x + 1]._replace(text=" ")

    def _move(self, control: str) -> None:
        match control:
            case "\r":
                self.x = 0
            case "\b":
                self.x = max(self.x - 1, 0)
            case "\n" if self.y == self.margins[1]:
                self._scroll(*self.margins, 1)
            case "\n":
                self.y = min(self.y + 1, self.rows - 1)

    def _reverse_index(self) -> None:
        if self.y == self.margins[0]:
            self._scroll(*self.margins, -1)
        else:
            self.y = max(self.y - 1, 0)

    def _control(self, private: str, numbers: str, final: str) -> None:
        given = [int(number) if number else None for number in numbers.split(";")]
        first = given[0] or 1
        match private, final:
            case "", "m":
                self._set_look(numbers)
            case "", "H" if len(given) <= 2:
                column = given[1] if len(given) == 2 else 1
                self.y = min(first, self.rows) - 1
                self.x = min(column or 1, self.columns) - 1
            case "", "G" if len(given) == 1:
                self.x = min(first, self.columns) - 1
            case "", "C" if len(given) == 1:
                self.x = min(self.x + first, self.columns - 1)
            case "", "K" if not numbers:
                self._erase(self.x, self.columns)
            case "", "X" if len(given) == 1:
                self._erase(self.x, min(self.x + first, self.columns))
            case "", "J" if numbers == "2":
                self.cells = [self._blank_row() for _ in range(self.rows)]
                self.touched.update(range(self.rows))
            case "", "r" if len(given) <= 2:
                self._set_margins(given)
            case "", "M" if len(given) == 1:
                self._scroll(self.y, self.margins[1], first)
            case "", "L" if len(given) == 1:
                self._scroll(self.y, self.margins[1], -first)
            case "?", "h" | "l" if numbers == "2026":
                self.is_synchronized = final == "h"
            case _:
                raise AssertionError(f"not to be sent: CSI {private}{numbers}{final}")

    def _set_margins(self, given: list[int | None]) -> None:
        if given == [None]:
            self.margins = (0, self.rows - 1)
        else:
            top, bottom = given
            assert top is not None and bottom is not None
            assert 1 <= top < bottom <= self.rows, "margins that terminals ignore"
            self.margins = (top - 1, bottom - 1)
        if self.homes:
            self.x = self.y = 0

    def _set_look(self, numbers: str) -> None:
        parts = numbers.split(";") if numbers else ["0"]
        while parts:
            part = parts.pop(0)
            if part == "0":
                self.pen = Cell(url=self.pen.url)
            elif part in _SETS:
                self.pen = self.pen._replace(sets=self.pen.sets | {part})
            elif part in _CLEARED:
                self.pen = self.pen._replace(sets=self.pen.sets - _CLEARED[part])
            elif part in ("38", "48"):
                count = {"5": 2, "2": 4}[parts[0]]
                color = ";".join([part, *parts[:count]])
                del parts[:count]
                self._set_color(part == "38", color)
            elif part in ("39", "49"):
                self._set_color(part == "39", "")
            elif 30 <= int(part) <= 47 or 90 <= int(part) <= 107:
                self._set_color(int(part) % 60 < 40, part)
            else:
                raise AssertionError(f"not a look: {part}")

    def _set_color(self, is_foreground: bool, color: str) -> None:
        if is_foreground:
            self.pen = self.pen._replace(foreground=color)
        else:
            self.pen = self.pen._replace(background=color)

    def _erased(self) -> Cell:
        assert not self.pen.url, "erasing within a link"
        assert not self.pen.sets - _UNSEEN_ON_BLANK, "terminals differ on erasing in this look"
        return Cell(background=self.pen.background) if self.erases_in_colour else BLANK

    def _erase(self, start: int, end: int) -> None:
        self.touched.add(self.y)
        for x in range(start, end):
            self._break_wide(x)
            self.cells[self.y][x] = self._erased()

    def _blank_row(self) -> list[Cell]:
        return [self._erased()] * self.columns

    def _scroll(self, top: int, bottom: int, lines: int) -> None:
        self.scrolls += 1
        self.touched.update(range(top, bottom + 1))
        region = self.cells[top : bottom + 1]
        new = [self._blank_row() for _ in range(min(abs(lines), len(region)))]
        region = region[lines:] + new if lines > 0 else new + region[:lines]
        self.cells[top : bottom + 1] = region
