"""A small widget that is a few lines of styled runs."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.text import Line


class CanvasWidget(Widget):
    """As high as the lines it draws; text in it is never markup."""

    ALLOW_SELECT = False
    _canvas: Canvas | None = None

    def draw(self, canvas: Canvas) -> list[Line]:
        """The lines to show, from the top."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._drop_canvas)

    def _drop_canvas(self, _theme: object) -> None:
        self._canvas = None

    def _canvas_of(self, width: int) -> Canvas:
        if self._canvas is None or self._canvas.width != width:
            self._canvas = Canvas.of_app(self.app, width)
        return self._canvas

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self.draw(self._canvas_of(width)))

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        canvas = self._canvas_of(self.size.width)
        strips = [canvas.strip(line) for line in self.draw(canvas)[: crop.bottom]]
        strips += [canvas.strip([])] * (crop.bottom - len(strips))
        return [strip.crop(crop.x, crop.right) for strip in strips[crop.y :]]
