"""All figures of one stretch, from the cards down to the table of days, with both cursors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Region

from clacky_tui.tui.billing.breakdown import BreakdownTable
from clacky_tui.tui.billing.cards import NARROW_CELLS, Cards, TokenBreakdown
from clacky_tui.tui.billing.daily_chart import DailyChart
from clacky_tui.tui.billing.day_table import DayTable
from clacky_tui.tui.billing.detail import DayDetail
from clacky_tui.tui.billing.heat_map import HeatMap
from clacky_tui.usage.overview import Bar, Overview, Table, TableRow

LOW_ROWS = 18
"""A pane of less leaves the chart's rows to the numbers."""
ROOMY_ROWS = 30
_SCROLLBAR_CELLS = 2
"""The bar and a gap beside it."""
_TABLE_CELLS = 120
"""Rows of figures wider than this cannot be followed with the eye."""
_CHART_ROWS, _ROOMY_CHART_ROWS = 8, 12


class FiguresPage(VerticalScroll):
    """Draws what it is given; never takes focus, the pane around it moves the cursors.

    Args:
        clock: the present, timezone-aware; the cursor of days starts there.
    """

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    FiguresPage { scrollbar-size-vertical: 1; }
    FiguresPage.roomy Cards, FiguresPage.roomy TokenBreakdown, FiguresPage.roomy DailyChart,
    FiguresPage.roomy DayDetail { margin-bottom: 1; }
    FiguresPage DayTable, FiguresPage HeatMap { margin-top: 1; }
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self._overview: Overview | None = None
        self._table: Table | None = None
        self._order = ""
        self._chosen = 0
        self._width = self._height = 0
        self._charts_available = True
        self._cards = Cards()
        self._tokens = TokenBreakdown()
        self._chart = DailyChart()
        self._detail = DayDetail()
        self._breakdown = BreakdownTable()
        self._heat = HeatMap()
        self._days = DayTable()

    def compose(self) -> ComposeResult:
        yield self._cards
        yield self._tokens
        yield self._chart
        yield self._detail
        yield self._breakdown
        yield self._heat
        yield self._days

    # --- cursors ---------------------------------------------------------------------------------

    @property
    def chosen_bar(self) -> int:
        """Index of the chosen hour, day or month."""
        return self._chosen

    @property
    def chosen_row(self) -> TableRow | None:
        """The row of the table under the cursor; None when the cursor is not in it."""
        return self._breakdown.chosen

    def move(self, step: int) -> None:
        """Choose another hour, day or month."""
        self._choose(self._chosen + step)

    def move_row(self, step: int) -> None:
        """Move the cursor in the table, and scroll where it cannot go on."""
        if not self._breakdown.move(step):
            self.scroll_relative(y=step, animate=False)
            return
        self._draw_table()
        if self._breakdown.chosen is not None:
            top = self._breakdown.virtual_region.y + self._breakdown.chosen_line
            self.scroll_to_region(Region(0, top, 1, 1), animate=False, force=True)

    def enter_table(self) -> None:
        """Set the cursor on the first row of the table that is shown next."""
        self._breakdown.enter()
        top = self._breakdown.virtual_region.y
        self.scroll_to_region(Region(0, top, 1, 3), animate=False, force=True)

    def leave_table(self) -> bool:
        """Take the cursor out of the table; False when it was not in it."""
        left = self._breakdown.leave()
        if left:
            self._draw_table()
        return left

    def on_daily_chart_chosen(self, message: DailyChart.Chosen) -> None:
        self._choose(message.index)

    def on_daily_chart_unavailable(self) -> None:
        self._charts_available = False
        self.draw(self._width, self._height)

    def _choose(self, index: int) -> None:
        if self._overview is not None:
            self._chosen = min(max(0, index), len(self._overview.bars) - 1)
            self._chart.chosen = self._chosen
            self._draw_chosen()

    # --- drawing -----------------------------------------------------------------------------------

    def show(self, overview: Overview, table: Table, order: str) -> None:
        """Take new figures; the cursor stays on its day, or on the latest when that was chosen."""
        before, now = self._overview, self._clock()
        chosen = _latest(overview, now)
        if before is not None and before.stretch == overview.stretch:
            start = before.bars[self._chosen].start
            if self._chosen != _latest(before, now):
                found = (i for i, bar in enumerate(overview.bars) if bar.start == start)
                chosen = next(found, chosen)
        self._overview, self._table, self._order, self._chosen = overview, table, order, chosen

    def draw(self, width: int, height: int) -> None:
        """Draw what was shown last, for a pane of that many cells and rows."""
        self._width, self._height = width, height
        overview = self._overview
        if overview is None:
            return
        self.set_class(height >= ROOMY_ROWS, "roomy")
        inner = self._inner_width
        unit = overview.stretch.unit
        self._cards.show(overview, inner)
        self._tokens.show(overview, inner)
        self._chart.display = (
            self._charts_available and width >= NARROW_CELLS and height >= LOW_ROWS
        )
        self._chart.styles.height = _ROOMY_CHART_ROWS if height >= ROOMY_ROWS else _CHART_ROWS
        self.move_child(self._days, after=self._heat if self._chart.display else self._detail)
        if self._chart.display:
            self._chart.show(overview.bars, unit, _dearest_models(overview.bars), self._chosen)
        self._draw_table()
        self._heat.show(overview.heat)
        self._draw_chosen()

    @property
    def _inner_width(self) -> int:
        return min(self._width - _SCROLLBAR_CELLS, _TABLE_CELLS)

    def _draw_table(self) -> None:
        if self._overview is not None and self._table is not None:
            self._breakdown.show(self._overview, self._table, self._order, self._inner_width)

    def _draw_chosen(self) -> None:
        if self._overview is not None:
            bars, unit = self._overview.bars, self._overview.stretch.unit
            self._detail.show(bars[self._chosen], unit, self._inner_width)
            self._days.show(bars, unit, self._chosen, self._inner_width)


def _latest(overview: Overview, now: datetime) -> int:
    """The bar that holds the present, else the last one."""
    return max(i for i, bar in enumerate(overview.bars) if i == 0 or bar.start <= now)


def _dearest_models(bars: Sequence[Bar]) -> Sequence[str | None]:
    totals: dict[str | None, Decimal] = {}
    for bar in bars:
        for model, sums in bar.by_model.items():
            totals[model] = totals.get(model, Decimal(0)) + (sums.cost or 0)
    return sorted(totals, key=lambda model: -totals[model])
