"""What a terminal too small for the screen shows instead of it."""

from __future__ import annotations

from typing import ClassVar

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit

LEAST_COLUMNS = 40
LEAST_ROWS = 10
WIDTH_CLASSES = [(0, "-tiny"), (LEAST_COLUMNS, "-narrow"), (60, "-medium"), (100, "-wide")]
HEIGHT_CLASSES = [(0, "-flat"), (LEAST_ROWS, "-low"), (16, "-middling"), (30, "-tall")]
"""Classes a screen has from so many cells on; style sheets choose their layout by them."""


class TooSmall(CanvasWidget):
    """Covers the screen while it is smaller than 40x10; what was typed under it is kept."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    TooSmall {
        display: none; layer: cover; dock: top; width: 100vw; height: 100vh; background: $background;
    }
    """

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return self.app.size.height

    def draw(self, canvas: Canvas) -> list[Line]:
        width, height = self.app.size
        words = tr(
            "{width}x{height} is too small: {least_columns}x{least_rows} at least",
            width=width,
            height=height,
            least_columns=LEAST_COLUMNS,
            least_rows=LEAST_ROWS,
        )
        return [[(fit(words, canvas.width, canvas.glyphs.more), canvas.styles.warning)]]
