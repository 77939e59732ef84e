"""The chart of hit rates: drawn off the event loop, coloured on it."""

from __future__ import annotations

import asyncio

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from clacky_tui.i18n import tr
from clacky_tui.tui.context.figures import RequestHit
from clacky_tui.tui.context.hit_line import AXIS_CELLS, HitLine, draw_hits
from clacky_tui.tui.layout import MARGIN, muted_style

_ROWS_AROUND = 2
"""The title above the line and the numbers under it."""
_LABEL_OVERHANG_CELLS = 6
"""The last number begins under its point and needs room to its right."""


class HitChart(Static):
    """The share of each request's input that came from the cache."""

    DEFAULT_CSS = """
    HitChart { height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    class Unavailable(Message):
        """Charts cannot be drawn on this system."""

    async def show(self, hits: tuple[RequestHit, ...], width: int, rows: int) -> None:
        """Draw `hits`, oldest first, in `width` cells and `rows` lines, title and numbers included;
        only the latest when there is not room for all."""
        width -= len(MARGIN) + _LABEL_OVERHANG_CELLS
        try:
            line = await asyncio.to_thread(draw_hits, hits, width, rows - _ROWS_AROUND)
        except (ImportError, OSError):
            self.post_message(self.Unavailable())
            return
        self.update(Content("\n").join(self._lines(line, len(hits))))

    def _lines(self, line: HitLine, requests: int) -> list[Content]:
        muted = muted_style(self.app)
        title = MARGIN + tr("Hit % per request")
        if line.drawn_requests < requests:
            title += tr(
                ", the last {drawn_requests} of {requests}",
                drawn_requests=line.drawn_requests,
                requests=requests,
            )
        lines = [Content.styled(title, muted)]
        for text in line.lines:
            content = Content(MARGIN + text).stylize("$primary", len(MARGIN) + AXIS_CELLS)
            lines.append(content.stylize(muted, 0, len(MARGIN) + AXIS_CELLS))
        return [*lines, Content.styled(MARGIN + line.labels, muted)]
