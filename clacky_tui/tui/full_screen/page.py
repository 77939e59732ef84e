"""Lines that scroll both ways: only the rows on screen are ever drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.marking import FOUND, FOUND_NOW, found_in, paint
from clacky_tui.tui.chat.text import Line, cut, line_cells

SIDE_CELLS = 8
"""How far one key moves to the side."""
WHEEL_LINES = 3
LONGEST_CELLS = 20_000
"""What is further right is cut off with a mark."""

Pieces = Sequence[tuple[str, Style | None]]
"""A line as text with styles; None stands for that of plain text."""


class Page(Widget):
    """A window on lines, bound to the tail while it `follows`.

    Args:
        moved: called when another part is on screen, for who shows where it is.
    """

    ALLOW_SELECT = False
    can_focus = True
    DEFAULT_CSS: ClassVar[str] = """
    Page { height: 1fr; width: 100%; background: transparent; }
    """

    def __init__(self, moved: Callable[[], None]) -> None:
        super().__init__()
        self._moved = moved
        self._lines: Sequence[Pieces] = ()
        self._canvas: Canvas | None = None
        self.top = 0
        self.left = 0
        self.follows = False
        self._pattern: re.Pattern[str] | None = None
        self._found = -1
        """The line of the match that was gone to."""

    @property
    def line_count(self) -> int:
        """All lines there are."""
        return len(self._lines)

    def show(self, lines: Sequence[Pieces]) -> None:
        """Show `lines` from now on; the place stays, or the tail when it is followed."""
        self._lines = lines
        self._go(self.top)

    # --- moving ------------------------------------------------------------------------------

    def scroll_rows(self, rows: int) -> None:
        """Move down by `rows`, up when negative; at the end the tail is followed."""
        self._go(self.top + rows, by_hand=True)

    def scroll_pages(self, pages: int) -> None:
        """Move by whole screens with one row in common."""
        self.scroll_rows(pages * max(self.size.height - 1, 1))

    def go_to(self, line: int) -> None:
        """Show `line` at the top, as far as there is enough below it."""
        self._go(line, by_hand=True)

    def reveal(self, line: int) -> None:
        """Show `line`, in the middle when it is not on screen yet."""
        if not self.top <= line < self.top + self.size.height:
            self._go(line - self.size.height // 2, by_hand=True)

    def scroll_sideways(self, steps: int) -> None:
        """Move right by so many steps, left when negative."""
        shown = self._on_screen()
        widest = max((sum(cell_len(text) for text, _ in line) for line in shown), default=0)
        farthest = max(widest - self.size.width + 1, 0)
        self.left = max(min(self.left + steps * SIDE_CELLS, max(farthest, self.left)), 0)
        self.refresh()

    def _go(self, top: int, *, by_hand: bool = False) -> None:
        last = max(len(self._lines) - self.size.height, 0)
        if by_hand:
            self.follows = top >= last
        self.top = last if self.follows else min(max(top, 0), last)
        self._moved()
        self.refresh()

    def on_resize(self) -> None:
        self._go(self.top)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(WHEEL_LINES)

    # --- searching ---------------------------------------------------------------------------

    def highlight(self, pattern: re.Pattern[str] | None) -> None:
        """Show where `pattern` stands."""
        self._pattern, self._found = pattern, -1
        self.refresh()

    def lines_with(self, pattern: re.Pattern[str]) -> list[int]:
        """The numbers of the lines with `pattern`. Reads all of them: for another thread."""
        return [
            number
            for number, line in enumerate(self._lines)
            if pattern.search("".join(text for text, _ in line))
        ]

    def go_to_match(self, line: int) -> None:
        """Show the match in `line`, and mark it."""
        self._found = line
        if self._pattern is not None and self._canvas is not None:
            text = "".join(piece for piece, _ in self._lines[line])
            match = self._pattern.search(text)
            start = cell_len(text[: match.start()]) if match is not None else 0
            if not self.left <= start < self.left + self.size.width - SIDE_CELLS:
                self.left = max(start - self.size.width // 2, 0)
        self.reveal(line)
        self.refresh()

    # --- drawing -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._drop_canvas)

    def _drop_canvas(self, _theme: object) -> None:
        self._canvas = None
        self.refresh()

    def _on_screen(self) -> Sequence[Pieces]:
        return self._lines[self.top : self.top + self.size.height]

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._canvas is None or self._canvas.width != self.size.width:
            self._canvas = Canvas.of_app(self.app, self.size.width)
        shown = self._on_screen()
        return [
            self._row(self.top + y, shown[y], self._canvas).crop(crop.x, crop.right)
            if y < len(shown)
            else self._canvas.strip([]).crop(crop.x, crop.right)
            for y in range(crop.y, crop.bottom)
        ]

    def _row(self, number: int, pieces: Pieces, canvas: Canvas) -> Strip:
        ground = canvas.styles.ground
        line: Line = [(text, ground + style if style else ground) for text, style in pieces]
        line = cut(line, LONGEST_CELLS, (canvas.glyphs.more, canvas.styles.muted))
        width = max(line_cells(line), self.left + canvas.width)
        strip = canvas.strip(line, width)
        if self._pattern is not None and (spans := found_in(strip, self._pattern)):
            strip = paint(strip, spans, FOUND_NOW if number == self._found else FOUND)
        if self.left == 0 and width == canvas.width:
            return strip
        cells = canvas.width
        seen = strip.crop(self.left, self.left + cells)
        if width > self.left + cells:
            seen = Strip([*seen.crop(0, cells - 1), *canvas.mark(canvas.glyphs.more)], cells)
        return seen
