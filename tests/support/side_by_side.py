"""Frames beside Textual's own drawing of the same updates, on terminals that raise on the unexpected."""

from __future__ import annotations

from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, LayoutUpdate

from clacky_tui.tui.output.cells import TAIL
from clacky_tui.tui.output.frame import Frames, Terminal
from support.strict_terminal import Cell, StrictTerminal


class SideBySide:
    """The layer and Textual's own drawing, each with a terminal; `show` compares every cell."""

    def __init__(
        self, *, erases_in_colour: bool = True, erases_cells: bool = True, homes: bool = True
    ) -> None:
        self.frames = Frames(Terminal(ColorSystem.TRUECOLOR, erases_in_colour, erases_cells))
        self.console = Console(color_system="truecolor", force_terminal=True, _environ={})
        self._erases_in_colour, self._homes = erases_in_colour, homes
        self.plain = self.layer = StrictTerminal(1, 1)
        self.sent: list[str] = []
        """What the layer sent, by frame."""

    def resize(self, columns: int, rows: int) -> None:
        self.plain = StrictTerminal(columns, rows)
        self.layer = StrictTerminal(columns, rows, self._erases_in_colour, self._homes)

    def show(
        self,
        update: LayoutUpdate | ChopsUpdate,
        cursor: tuple[int, int] = (0, 0),
        *,
        synchronized: bool = False,
    ) -> str:
        """Draw `update` both ways and hold the layer to its invariants; returns what it sent."""
        self.update(update)
        return self.check(cursor, synchronized=synchronized)

    def update(self, update: LayoutUpdate | ChopsUpdate) -> None:
        """Draw `update` on the plain side; the layer only takes note of it."""
        self.plain.feed(update.render_segments(self.console))
        self.frames.show(update)

    def check(self, cursor: tuple[int, int] = (0, 0), *, synchronized: bool = False) -> str:
        """Send the layer's frame and compare."""
        frame = self.frames.take(cursor, synchronized=synchronized)
        self.layer.feed(frame)
        _compare(self.layer.seen(), self.plain.seen(), frame)
        self.layer.assert_at_rest()
        _compare(self.shown(), self.layer.seen(), frame)
        if frame:
            assert (self.layer.y, self.layer.x) == cursor
        assert self.frames.take(cursor, synchronized=synchronized) == ""
        self._check_rows()
        self.sent.append(frame)
        return frame

    def shown(self) -> list[list[Cell]]:
        """What the layer believes to be on the terminal."""
        looks, cells = self.frames._looks, self.frames._cells
        assert self.frames.shown is not None
        return [
            [
                Cell("" if char == TAIL else cells.cluster(char), *looks[look]).seen()
                for char, look in zip(row.text, row.looks, strict=True)
            ]
            for row in self.frames.shown
        ]

    def _check_rows(self) -> None:
        for row in self.frames.target:
            assert len(row.text) == len(row.looks) == self.layer.columns
            for before, char in zip(" " + row.text, row.text, strict=False):
                assert char != TAIL or before not in (" ", TAIL)


def _compare(ours: list[list[Cell]], theirs: list[list[Cell]], frame: str) -> None:
    differences = [
        f"row {y}, column {x}: {mine} instead of {other}"
        for y, (row, other_row) in enumerate(zip(ours, theirs, strict=True))
        for x, (mine, other) in enumerate(zip(row, other_row, strict=True))
        if mine != other
    ]
    assert not differences, "\n".join([*differences[:5], repr(frame[:2000])])
