"""How long the pasted texts of the message are, and the key that opens them: one row above it."""

from __future__ import annotations

from typing import ClassVar

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.key_line import key_line
from clacky_tui.tui.chat.text import Line


class PasteStrip(CanvasWidget):
    """Hidden while the message holds no pasted text."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    PasteStrip { height: 1; width: 100%; background: transparent; display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[int] = []
        self._open = 0

    def set_blocks(self, lines: list[int], open_block: int = 0) -> None:
        """Tell how many lines each block has; the one of number `open_block` is shown, 0 for none."""
        if (lines, open_block) == (self._lines, self._open):
            return
        self._lines, self._open = lines, open_block
        self.display = bool(lines or open_block)
        self.refresh()

    def draw(self, canvas: Canvas) -> list[Line]:
        if self._open:
            what, keys = tr("Pasted text {open}", open=self._open), [("esc", tr("closes it"))]
        elif len(self._lines) == 1:
            what, keys = (
                tr("{lines:,} lines pasted", lines=self._lines[0]),
                [("alt+p", tr("opens them"))],
            )
        else:
            what = tr(
                "{count} texts pasted, {lines:,} lines",
                count=len(self._lines),
                lines=sum(self._lines),
            )
            keys = [("alt+p", tr("opens the one at the cursor"))]
        words = f"{GUTTER}{what} {canvas.glyphs.dot} "
        return [[(words, canvas.styles.muted), *key_line(keys, canvas)]]
