"""Where Textual's frames leave it: here they are taken over by the output driver, if there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
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

    _arrangement: object = None
    """The compositor's, for which `_places` hold."""
    _places: dict[Widget, Region | None]
    """Where widgets lie with nothing over them."""

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

    def draw_rows(self, widget: Widget, rows: Mapping[int, Strip]) -> bool:
        """Show `rows` of `widget`, from 0 at its top, as wide as the screen, past the compositor.

        That takes a third of the time: the compositor has every widget near a change draw itself.
        False, and nothing is done, where something lies over the widget or Textual draws.
        """
        output = self.output
        if output is None or widget.screen is not self.screen or len(self.screen_stack) > 1:
            return False
        if not self._running or self._closed or self._batch_count:
            return False
        place = self._bare_place(widget)
        if place is None or not all(0 <= y < place.height for y in rows):
            return False
        placed = {place.y + y: strip for y, strip in rows.items()}
        if not output.show_rows(placed, self._cursor, synchronized=self._sync_available):
            return False
        self.post_display_hook()
        return True

    def _bare_place(self, widget: Widget) -> Region | None:
        """Where `widget` lies, if nothing but what contains it has a part of its rows."""
        arrangement = self.screen._compositor.visible_widgets
        if arrangement is not self._arrangement:
            self._arrangement, self._places = arrangement, {}
        if widget not in self._places:
            self._places[widget] = _place_of(widget, arrangement)
        return self._places[widget]

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


def draw_rows(widget: Widget, rows: Mapping[int, Strip]) -> bool:
    """`LayeredApp.draw_rows`, where the app is one; False means that `widget` has to be refreshed."""
    app = widget.app
    return isinstance(app, LayeredApp) and app.draw_rows(widget, rows)


def _place_of(widget: Widget, arrangement: Mapping[Widget, tuple[Region, Region]]) -> Region | None:
    if widget not in arrangement:
        return None
    place, clip = arrangement[widget]
    if clip.intersection(place) != place or place.column_span != (0, widget.screen.size.width):
        return None
    containers = {widget, *widget.ancestors}
    others = (parts for other, parts in arrangement.items() if other not in containers)
    return None if any(place.overlaps(region.intersection(c)) for region, c in others) else place
