"""Where Textual's frames leave it: here they are taken over by the output driver, if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.screen import Screen

if TYPE_CHECKING:
    from clacky_tui.tui.output.driver import OutputDriver


class LayeredApp(App[None]):
    """An app whose frames go to `output`; without one, as in tests, Textual draws as ever."""

    output: OutputDriver | None = None
    """Set by the driver itself when the app gets it."""
    typed_ahead: bytes = b""
    """Keys that came before the driver reads; it takes them first."""

    def send_control(self, sequence: str) -> None:
        """Send a control sequence that draws nothing, such as a title or the bell."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    def redraw(self) -> None:
        """Draw the whole screen anew, whatever the terminal shows."""
        if self.output is not None:
            self.output.redraw()
        self.refresh(layout=True, repaint=True)

    def on_resize(self, event: events.Resize) -> None:
        if self.output is not None:
            self.output.resized(*event.size)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        output = self.output
        if output is None or renderable is None:
            super()._display(screen, renderable)
            return
        if not output.takes(renderable):
            super()._display(screen, renderable)
            output.redraw()
            return
        try:
            if self._running and not self._closed and not self._batch_count:
                x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
                output.show(renderable, (y, x), synchronized=self._sync_available)
        except Exception as error:  # noqa: BLE001  as Textual: the app ends and says why
            self._handle_exception(error)
        finally:
            self.post_display_hook()
