"""The chart of costs with its cursor: drawn off the event loop, coloured on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from rich.cells import cell_len
from textual import events
from textual.content import Content, Span
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from clacky_tui.domain.money import convert, shown_currency
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.billing.chart import BarChart, bar_capacity, draw_bars
from clacky_tui.tui.billing.dates import bar_label
from clacky_tui.tui.billing.figures import name_text
from clacky_tui.tui.layout import MARGIN, align_left, muted_style
from clacky_tui.tui.rerun import Rerun
from clacky_tui.usage.overview import Bar, Name
from clacky_tui.usage.report import By

_ROWS_AROUND = 2
"""The title above the bars and the labels under them."""
_PART_STYLES = ("$primary", "$secondary", "$warning")
"""Of the dearest models, in this order; all the others share a muted one."""
_LEGEND_NAME_CELLS = 24
_TITLES = {
    By.HOUR: tr_noop("{code} per hour"),
    By.DAY: tr_noop("{code} per day"),
    By.MONTH: tr_noop("{code} per month"),
}


class DailyChart(Static):
    """One bar per hour, day or month, stacked by model; ``?`` marks one without any known price.

    Set `chosen` to move the cursor; a click posts `Chosen`.
    """

    DEFAULT_CSS = """
    DailyChart { height: 8; text-wrap: nowrap; text-overflow: clip; }
    """

    chosen: reactive[int] = reactive(0)

    class Chosen(Message):
        """A bar was clicked; `index` counts the bars on show, oldest first."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Unavailable(Message):
        """Charts cannot be drawn on this system."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: Sequence[Bar] = ()
        self._models: tuple[Name, ...] = ()
        self._unit = By.DAY
        self._chart: BarChart | None = None
        self._parts: list[tuple[Decimal, ...]] = []
        self._first_drawn = 0
        self._drawing = Rerun(self, self._draw)

    def show(self, bars: Sequence[Bar], unit: By, models: Sequence[Name], chosen: int) -> None:
        """Draw `bars`, oldest first, with the cursor on index `chosen`.

        Only the latest ones are drawn when there is not room for all.

        Args:
            unit: what a bar stands for.
            models: dearest first; the first few have a colour of their own.
        """
        self._bars, self._unit, self._chart = bars, unit, None
        self._models = tuple(models[: len(_PART_STYLES)])
        self._others = len(models) > len(_PART_STYLES)
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
        if self._first_drawn <= index < len(self._bars):
            self.post_message(self.Chosen(index))

    async def _draw(self) -> None:
        width, rows = self.size.width - len(MARGIN), self.size.height - _ROWS_AROUND
        if not self._bars or width < 1 or rows < 1:
            return
        bars = self._bars
        first = max(0, len(bars) - bar_capacity(width))
        currency = shown_currency()
        values = tuple(convert(bar.sums.cost or Decimal(0), currency) for bar in bars[first:])
        try:
            chart = await asyncio.to_thread(draw_bars, values, width, rows)
        except (ImportError, OSError):
            self.post_message(self.Unavailable())
            return
        if bars is self._bars:
            self._chart, self._first_drawn = chart, first
            self._parts = [self._parts_of(bar) for bar in bars[first:]]
            self._paint()

    def _parts_of(self, bar: Bar) -> tuple[Decimal, ...]:
        """Of a bar, the models with a colour of their own, then the rest."""
        currency = shown_currency()
        nothing = Decimal(0)
        named = [
            (sums.cost if (sums := bar.by_model.get(model)) else None) or nothing
            for model in self._models
        ]
        rest = (bar.sums.cost or nothing) - sum(named)
        return tuple(convert(part, currency) for part in (*named, rest))

    def _paint(self) -> None:
        if self._chart is None:
            return
        lines = [self._title(), *self._bar_lines(self._chart), self._labels(self._chart)]
        self.update(Content("\n").join(lines), layout=False)

    def _title(self) -> Content:
        title = MARGIN + tr(_TITLES[self._unit], code=shown_currency().code)
        if self._first_drawn:
            shown = len(self._bars) - self._first_drawn
            title += tr(", the last {shown} of {all}", shown=shown, all=len(self._bars))
        line = Content.styled(title, muted_style(self.app))
        legend = self._legend()
        gap = self.size.width - cell_len(title) - legend.cell_length - len(MARGIN)
        return line + Content(" " * gap) + legend if gap > 1 else line

    def _legend(self) -> Content:
        names = [name_text(By.MODEL, model) for model in self._models]
        if len(names) < 2:
            return Content("")
        names += [tr("others")] if self._others else []
        parts = []
        for part, name in enumerate(names):
            cells = min(cell_len(name), _LEGEND_NAME_CELLS)
            text = f"{'   ' if part else ''}{align_left(name, cells)} "
            parts += [
                Content.styled(text, muted_style(self.app)),
                Content.styled("▇", self._style(part)),
            ]
        return Content("").join(parts)

    def _style(self, part: int) -> str:
        return _PART_STYLES[part] if part < len(self._models) else muted_style(self.app)

    def _bar_lines(self, chart: BarChart) -> list[Content]:
        lines = []
        texts = (*chart.lines[:-1], self._with_marks(chart))
        muted = muted_style(self.app)
        for row, text in zip(range(len(texts) - 1, -1, -1), texts, strict=True):
            spans = [Span(0, len(MARGIN) + chart.axis_cells, muted)]
            for bar, parts in enumerate(self._parts):
                cell = chart.first_cell(bar)
                if text[cell : cell + chart.bar_cells].strip():
                    start = len(MARGIN) + cell
                    style = self._style(chart.part_at(parts, row))
                    if spans[-1].style == style:  # the gap between them shows no colour
                        start = spans.pop().start
                    spans.append(Span(start, len(MARGIN) + cell + chart.bar_cells, style))
            lines.append(Content(MARGIN + text, spans))
        return lines

    def _with_marks(self, chart: BarChart) -> str:
        """The lowest row with a mark where there is no bar: ``?`` no known price, ``·`` nothing."""
        row = list(chart.lines[-1])
        for index, bar in enumerate(self._bars[self._first_drawn :]):
            cell = chart.first_cell(index) + (chart.bar_cells - 1) // 2
            if not bar.sums.cost and cell < len(row):
                row[cell] = "?" if bar.sums.cost is None else "·"
        return "".join(row)

    def _labels(self, chart: BarChart) -> Content:
        """Labels under the bars, as many as fit; the chosen one always."""
        texts = [bar_label(bar, self._unit) for bar in self._bars[self._first_drawn :]]
        every = -(-(max(map(cell_len, texts)) + 1) // chart.step_cells)
        chosen = self.chosen - self._first_drawn
        muted = muted_style(self.app)
        line = Content("")
        for bar, text in enumerate(texts):
            if bar == chosen or (bar % every == 0 and abs(bar - chosen) >= every):
                gap = len(MARGIN) + chart.first_cell(bar) - line.cell_length
                style = "bold reverse" if bar == chosen else muted
                line = Content.assemble(line, " " * gap, (text, style))
        return line
