"""The first frame as text runs: the one recorded at the last start, else the standard one.

A run is ``(look, text)``. A look is written ``attributes/foreground/background``, each the parameters
of the control sequence that sets it (SGR) or empty, e.g. ``1;4/32/`` for bold underlined green.
"""

from __future__ import annotations

from clacky_tui import __version__

PLAIN = "//"
"""The terminal's own look."""
DIRECTORY = "{directory}"
"""Stands in a recorded text for the working directory, home as ``~``."""
SMALLEST_COLUMNS, SMALLEST_ROWS = 40, 10
LONGEST_DIRECTORY_CELLS = 40
"""A longer one is shown shortened, which is left to the app."""

_FORM = "1"
"""Changes when files written by older versions no longer read."""
_TABS = ("Chat", "Billing", "Context", "Sessions", "Trash", "Settings")

TYPE_CHECKING = False  # importing typing takes longer than the frame
if TYPE_CHECKING:
    from typing import TypeAlias

    Runs: TypeAlias = list[tuple[str, str]]


class Picture:
    """Rows of runs, each at a place: 0 is the top row, -1 the bottom one.

    Args:
        rows: runs by place; what is not named is blank.
        ground: look of blanks.
        prompt: place and column where the person's text begins.
        cursor: look of the cell that stands for the cursor.
    """

    def __init__(
        self, rows: dict[int, Runs], ground: str, prompt: tuple[int, int], cursor: str
    ) -> None:
        self.rows = rows
        self.ground = ground
        self.prompt = prompt
        self.cursor = cursor

    def on_screen(self, columns: int, rows: int, directory: str) -> list[Runs]:
        """Every row of a screen of that size, from the top, at most `columns` cells each."""
        screen: list[Runs] = [[] for _ in range(rows)]
        shows_directory = 0 < cell_count(directory) <= LONGEST_DIRECTORY_CELLS
        for place, runs in sorted(self.rows.items()):
            if not -rows <= place < rows:
                continue
            row: Runs = []
            left = columns
            for look, text in runs:
                if DIRECTORY in text:
                    if not shows_directory:
                        break
                    text = text.replace(DIRECTORY, directory)
                text = cut(text, left)
                left -= cell_count(text)
                row.append((look, text))
            screen[place] = row
        return screen

    def dumped(self) -> str:
        """The text that `read_picture` reads."""
        place, column = self.prompt
        lines = [[_FORM, self.ground, self.cursor, str(place), str(column)]]
        lines += [
            [str(at), *(part for run in runs for part in run)] for at, runs in self.rows.items()
        ]
        return "".join("\t".join(line) + "\n" for line in lines)


def read_picture(text: str) -> Picture:
    """The picture that `Picture.dumped` wrote.

    Raises:
        ValueError: it is not such a text, or of another version.
    """
    if not text.replace("\t", "").replace("\n", "").isprintable():
        raise ValueError("it holds control characters")
    heading, *lines = [line.split("\t") for line in text.removesuffix("\n").split("\n")]
    form, ground, cursor, place, column = heading
    if form != _FORM:
        raise ValueError("it is of another version")
    rows = {int(at): list(zip(parts[::2], parts[1::2], strict=True)) for at, *parts in lines}
    return Picture(rows, ground, (int(place), int(column)), cursor)


def standard_picture(*, has_colours: bool, is_ascii: bool) -> Picture:
    """What a start without a recorded picture shows: the app's own first frame in its default theme."""
    accent = "/32/" if has_colours else "//"
    mark, separator, prompt = ("*", "|", ">") if is_ascii else ("●", "│", "›")
    muted = "2//"
    first, *others = _TABS
    return Picture(
        {
            0: [(PLAIN, " "), (f"1;4{accent}", first), (PLAIN, "  " + "  ".join(others))],
            2: [(PLAIN, "  "), ("1//", f"clacky {__version__} · {DIRECTORY}")],
            -2: [
                (PLAIN, " "),
                (accent, mark),
                (PLAIN, " idle"),
                (muted, f" {separator} {DIRECTORY}"),
            ],
            -1: [(accent, f"{prompt} ")],
        },
        ground=PLAIN,
        prompt=(-1, 2),
        cursor="7//",
    )


def sgr(look: str) -> str:
    """The control sequence that sets `look`, whatever was set before."""
    return f"\x1b[{';'.join(['0', *(part for part in look.split('/') if part)])}m"


def cell_count(text: str) -> int:
    """How many cells a terminal takes for `text`, by the width of each of its code points."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, cells: int) -> str:
    """As much from the start of `text` as fits."""
    if cell_count(text) <= cells:
        return text
    taken = 0
    for index, character in enumerate(text):
        taken += _cells(character)
        if taken > cells:
            return text[:index]
    return text


def cut_start(text: str, cells: int) -> str:
    """As much from the end of `text` as fits."""
    left = cell_count(text) - cells
    index = 0
    while left > 0:
        left -= _cells(text[index])
        index += 1
    return text[index:]


def _cells(character: str) -> int:
    if character.isascii():
        return 1
    import unicodedata

    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
