"""Frames beside Textual's own drawing of the same updates, on terminals that raise on the unexpected."""

from __future__ import annotations

from collections.abc import Sequence

from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, LayoutUpdate

from clacky_tui.tui.output.cells import TAIL, Row
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
        self._shown_before: Sequence[Row | None] = []

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
        self.layer.assert_at_rest()
        shown = self.frames.shown
        assert shown is not None
        before = (
            self._shown_before if len(self._shown_before) == len(shown) else [None] * len(shown)
        )
        believed = {y for y, row in enumerate(shown) if row is not before[y]}
        # What neither side touched is as equal as it was.
        for y in self.layer.touched | self.plain.touched | believed:
            _compare(y, self.layer.seen(y), self.plain.seen(y), frame)
            _compare(y, self.shown(y), self.layer.seen(y), frame)
            self._check_row(self.frames.target[y])
        self.layer.touched.clear()
        self.plain.touched.clear()
        self._shown_before = list(shown)
        if frame:
            assert (self.layer.y, self.layer.x) == cursor
        assert self.frames.take(cursor, synchronized=synchronized) == ""
        self.sent.append(frame)
        return frame

    def shown(self, y: int) -> list[Cell]:
        """What the layer believes to be on a row of the terminal."""
        looks, cells = self.frames._looks, self.frames._cells
        assert self.frames.shown is not None
        row = self.frames.shown[y]
        return [
            Cell("" if char == TAIL else cells.cluster(char), *looks[look]).seen()
            for char, look in zip(row.text, row.looks, strict=True)
        ]

    def _check_row(self, row: Row) -> None:
        assert len(row.text) == len(row.looks) == self.layer.columns
        assert not row.text.startswith(TAIL)
        assert f" {TAIL}" not in row.text
        assert TAIL * 2 not in row.text


def _compare(y: int, ours: list[Cell], theirs: list[Cell], frame: str) -> None:
    differences = [
        f"row {y}, column {x}: {mine} instead of {other}"
        for x, (mine, other) in enumerate(zip(ours, theirs, strict=True))
        if mine != other
    ]
    assert not differences, "\n".join([*differences[:5], repr(frame[:2000])])
