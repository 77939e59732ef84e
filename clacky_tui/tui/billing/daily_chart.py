"""The chart of costs with its cursor: drawn off the event loop, coloured on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from clacky_tui.billing.summary import Period, Span
from clacky_tui.domain.money import convert, shown_currency
from clacky_tui.tui.billing.chart import BarChart, bar_capacity, draw_bars
from clacky_tui.tui.billing.dates import span_label, span_unit
from clacky_tui.tui.layout import MARGIN, muted_style
from clacky_tui.tui.rerun import Rerun

_ROWS_AROUND = 2
"""The title above the bars and the labels under them."""


class DailyChart(Static):
    """One bar per hour, day or month; ``?`` marks one without any known price.

    Set `chosen` to move the cursor; a click posts `Chosen`.
    """

    DEFAULT_CSS = """
    DailyChart { height: 8; text-wrap: nowrap; text-overflow: clip; }
    """

    chosen: reactive[int] = reactive(0)

    class Chosen(Message):
        """A bar was clicked; `index` counts the spans on show, oldest first."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Unavailable(Message):
        """Charts cannot be drawn on this system."""

    def __init__(self) -> None:
        super().__init__()
        self._spans: Sequence[Span] = ()
        self._period = Period.MONTH
        self._chart: BarChart | None = None
        self._first_drawn = 0
        self._drawing = Rerun(self, self._draw)

    def show(self, spans: Sequence[Span], period: Period, chosen: int) -> None:
        """Draw `spans`, oldest first, with the cursor on index `chosen`.

        Only the latest ones are drawn when there is not room for all.
        """
        self._spans, self._period, self._chart = spans, period, None
        self.set_reactive(DailyChart.chosen, chosen)
        self._drawing.request()

    def watch_chosen(self) -> None:
        self._paint()

    def on_resize(self) -> None:
        self._drawing.request()

    def on_click(self, event: events.Click) -> None:
        if self._chart is None:
            return
        index = self._chart.bar_at(event.x - len(MARGIN)) + self._first_drawn
        if self._first_drawn <= index < len(self._spans):
            self.post_message(self.Chosen(index))

    async def _draw(self) -> None:
        width, rows = self.size.width - len(MARGIN), self.size.height - _ROWS_AROUND
        if not self._spans or width < 1 or rows < 1:
            return
        spans = self._spans
        first = max(0, len(spans) - bar_capacity(width))
        currency = shown_currency()
        values = tuple(convert(span.totals.cost or Decimal(0), currency) for span in spans[first:])
        try:
            chart = await asyncio.to_thread(draw_bars, values, width, rows)
        except (ImportError, OSError):
            self.post_message(self.Unavailable())
            return
        if spans is self._spans:
            self._chart, self._first_drawn = chart, first
            self._paint()

    def _paint(self) -> None:
        if self._chart is None:
            return
        lines = [self._title(), *self._bars(self._chart), self._labels(self._chart)]
        self.update(Content("\n").join(lines))

    def _title(self) -> Content:
        title = f"{MARGIN}{shown_currency().code} per {span_unit(self._period)}"
        if self._first_drawn:
            shown = len(self._spans) - self._first_drawn
            title += f", the last {shown} of {len(self._spans)}"
        return Content.styled(title, muted_style(self.app))

    def _bars(self, chart: BarChart) -> list[Content]:
        lines = []
        for text in (*chart.lines[:-1], self._with_marks(chart)):
            line = Content(MARGIN + text).stylize("$primary", len(MARGIN) + chart.axis_cells)
            line = line.stylize(muted_style(self.app), 0, len(MARGIN) + chart.axis_cells)
            start = len(MARGIN) + chart.first_cell(self.chosen - self._first_drawn)
            if self.chosen >= self._first_drawn:
                line = line.stylize("$secondary", start, start + chart.bar_cells)
            lines.append(line)
        return lines

    def _with_marks(self, chart: BarChart) -> str:
        """The lowest row with a mark where there is no bar: ``?`` no known price, ``·`` nothing."""
        row = list(chart.lines[-1])
        for bar, span in enumerate(self._spans[self._first_drawn :]):
            cell = chart.first_cell(bar) + (chart.bar_cells - 1) // 2
            if not span.totals.cost and cell < len(row):
                row[cell] = "?" if span.totals.cost is None else "·"
        return "".join(row)

    def _labels(self, chart: BarChart) -> Content:
        """Labels under the bars, as many as fit; the chosen one always."""
        drawn = self._spans[self._first_drawn :]
        cells = len(span_label(drawn[0], self._period))
        every = -(-(cells + 1) // chart.step_cells)
        chosen = self.chosen - self._first_drawn
        row = [" "] * (len(MARGIN) + chart.first_cell(len(drawn)) + cells)
        for bar in (*(b for b in range(0, len(drawn), every) if abs(b - chosen) >= every), chosen):
            if 0 <= bar < len(drawn):
                start = len(MARGIN) + chart.first_cell(bar)
                row[start : start + cells] = span_label(drawn[bar], self._period)
        start = len(MARGIN) + chart.first_cell(max(0, chosen))
        labels = Content("".join(row).rstrip()).stylize(muted_style(self.app))
        return labels.stylize("not dim bold reverse", start, start + cells)
