"""Where Textual's frames leave it: here they are taken over by the output driver, if there is one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.screen import Screen
from textual.widgets._text_area import TextArea

if TYPE_CHECKING:
    from clacky_tui.tui.first_frame.frame import FirstFrame
    from clacky_tui.tui.output.driver import OutputDriver


class LayeredApp(App[None]):
    """An app whose frames go to `output`; without one, as in tests, Textual draws as ever."""

    output: OutputDriver | None = None
    """Set by the driver itself when the app gets it."""
    first_frame: FirstFrame | None = None
    """On the terminal since before the app was imported; the driver takes it over."""

    def send_control(self, sequence: str) -> None:
        """Send a control sequence that draws nothing, such as a title or the bell."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    def redraw(self) -> None:
        """Draw the whole screen anew, whatever the terminal shows."""
        if self.output is not None:
            self.output.redraw()
        self.refresh(layout=True, repaint=True)

    def on_ready(self) -> None:
        self.call_after_refresh(self._take_over)

    async def _take_over(self) -> None:
        """Take the terminal from the first frame, and record the one of the next start."""
        first = self.first_frame
        if self.output is None or first is None:
            return
        if isinstance(self.focused, TextArea):  # which tells the place only with the first key
            self.cursor_position = self.focused.cursor_screen_offset
        picture = self.output.take_over(self._cursor)
        await asyncio.to_thread(first.record, picture)

    async def until_live(self) -> None:
        """Wait until the app has the terminal and what was typed before."""
        if self.output is not None:
            await self.output.is_live.wait()

    @property
    def _cursor(self) -> tuple[int, int]:
        x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
        return y, x

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
                output.show(renderable, self._cursor, synchronized=self._sync_available)
        except Exception as error:  # noqa: BLE001  as Textual: the app ends and says why
            self._handle_exception(error)
        finally:
            self.post_display_hook()
