"""The billing tab: what was spent over a period, by model and by day, and how sure that is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from clacky_tui.billing.ledger import Ledger, default_ledger
from clacky_tui.billing.summary import Period, Summary, period_start, summarize
from clacky_tui.tui.billing.cards import NARROW_CELLS, Cards, TokenBreakdown
from clacky_tui.tui.billing.daily_chart import DailyChart
from clacky_tui.tui.billing.dates import period_title, span_unit
from clacky_tui.tui.billing.day_table import DayTable
from clacky_tui.tui.billing.detail import DayDetail
from clacky_tui.tui.billing.models import ModelTable
from clacky_tui.tui.billing.periods import PERIOD_KEYS, PeriodRow
from clacky_tui.tui.billing.status import LedgerStatus
from clacky_tui.tui.lazy_tab import TabPane
from clacky_tui.tui.rerun import Rerun

SIMULATED_TEXT = "Simulated costs of the built-in demo model; never part of your bill"
_EMPTY_TEXT = "No requests yet. What each one costs appears here as soon as it is made."
_LOW_ROWS = 18
"""Below it the chart leaves its rows to the numbers."""
_ROOMY_ROWS = 30
_SCROLLBAR_CELLS = 2
"""The bar and a gap beside it."""
_TABLE_CELLS = 120
"""Rows of figures wider than this cannot be followed with the eye."""
_CHART_ROWS, _ROOMY_CHART_ROWS = 8, 12


def _now() -> datetime:
    return datetime.now().astimezone()


class BillingPane(TabPane):
    """Reads one ledger and shows it; `show_ledger` chooses which.

    Args:
        clock: the present, timezone-aware; decides which day, month or year is on show.
    """

    DEFAULT_CSS = """
    BillingPane { height: 1fr; width: 1fr; }
    BillingPane > #figures { scrollbar-size-vertical: 1; }
    BillingPane.roomy PeriodRow, BillingPane.roomy Cards, BillingPane.roomy TokenBreakdown,
    BillingPane.roomy DailyChart, BillingPane.roomy DayDetail { margin-bottom: 1; }
    BillingPane > #simulated { height: 1; color: $warning; padding: 0 1; }
    BillingPane #empty { height: auto; padding: 1 1; color: $text-muted; }
    BillingPane DayTable { margin-top: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"show_period('{period.value}')", f"costs of the {period.value}")
            for key, period in PERIOD_KEYS.items()
            if period is not Period.ALL
        ),
        Binding("a", "show_period('all')", "costs of all time"),
        Binding("left", "move(-1)", "day, hour or month before"),
        Binding("right", "move(1)", "day, hour or month after"),
        Binding("up", "scroll_figures(-1)", "scroll up"),
        Binding("down", "scroll_figures(1)", "scroll down"),
        Binding("pageup", "scroll_figures(-10)", "scroll up by a page", show=False),
        Binding("pagedown", "scroll_figures(10)", "scroll down by a page", show=False),
        Binding("r", "reload", "read the ledger again"),
    ]

    def __init__(self, *, clock: Callable[[], datetime] = _now) -> None:
        super().__init__()
        self._clock = clock
        self._ledger = default_ledger()
        self._period = Period.MONTH
        self._summary: Summary | None = None
        self._chosen = 0
        self._shown = False
        self._stale = True
        self._reading = Rerun(self, self._read)
        self._charts_available = True
        self._periods = PeriodRow()
        self._simulated = Static(SIMULATED_TEXT, id="simulated", markup=False)
        self._simulated.display = False
        self._empty = Static(id="empty", markup=False)
        self._cards = Cards()
        self._tokens = TokenBreakdown()
        self._chart = DailyChart()
        self._detail = DayDetail()
        self._models = ModelTable()
        self._days = DayTable()
        self._status = LedgerStatus()
        self._figures = VerticalScroll(id="figures", can_focus=False)

    def compose(self) -> ComposeResult:
        yield self._periods
        yield self._simulated
        yield self._empty
        with self._figures:
            yield self._cards
            yield self._tokens
            yield self._chart
            yield self._detail
            yield self._models
            yield self._days
        yield self._status

    def on_mount(self) -> None:
        self._announce_reading()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    # --- what to show ------------------------------------------------------------------------

    def show_ledger(self, folder: Path | None = None, *, simulated: bool) -> None:
        """Show the ledger in `folder` (None: the user's own) and say so when it is simulated."""
        ledger = default_ledger(simulated=simulated) if folder is None else Ledger(folder)
        self._simulated.display = simulated
        if ledger.folder != self._ledger.folder:
            self._ledger = ledger
            self._summary = None
            self._announce_reading()
        self.reload()

    def reload(self) -> None:
        """Read the ledger again: now when on show, else as soon as it is."""
        self._stale = True
        if self._shown:
            self._reading.request()

    async def _read(self) -> None:
        self._stale = False
        ledger, period = self._ledger, self._period
        summary = await asyncio.to_thread(_summarize, ledger, period, self._clock())
        if (ledger, period) == (self._ledger, self._period):
            self._take(summary)

    def _take(self, summary: Summary) -> None:
        """Show `summary`; the cursor stays on its day, or on the latest when that was chosen."""
        before, chosen = self._summary, _latest(summary)
        moved = before is not None and self._chosen != _latest(before)
        if before is not None and moved and before.period is summary.period:
            start = before.bars[self._chosen].start
            found = (i for i, span in enumerate(summary.bars) if span.start == start)
            chosen = next(found, chosen)
        self._summary, self._chosen = summary, chosen
        self._draw()

    def set_shown(self, shown: bool) -> None:
        self._shown = shown
        if shown and self._stale:
            self.reload()

    # --- events and keys -----------------------------------------------------------------------

    def on_show(self) -> None:
        self.set_shown(True)

    def on_hide(self) -> None:
        self.set_shown(False)

    def on_resize(self) -> None:
        self._draw()

    def on_daily_chart_chosen(self, message: DailyChart.Chosen) -> None:
        self._choose(message.index)

    def on_daily_chart_unavailable(self) -> None:
        self._charts_available = False
        self._draw()

    def action_show_period(self, period: str) -> None:
        self._period = Period(period)
        self.reload()

    def action_move(self, step: int) -> None:
        self._choose(self._chosen + step)

    def action_scroll_figures(self, rows: int) -> None:
        self._figures.scroll_relative(y=rows, animate=False)

    def action_reload(self) -> None:
        self.reload()

    # --- drawing -------------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        if self._summary is None:
            return
        self._chosen = min(max(0, index), len(self._summary.bars) - 1)
        self._chart.chosen = self._chosen
        self._draw_chosen(self._summary)

    def _announce_reading(self) -> None:
        """Nothing of another ledger may stay on the screen."""
        self._figures.display = False
        self._empty.display = True
        self._empty.update("Reading the ledger …")
        self._status.update("")

    def _draw(self) -> None:
        width, height = self.size
        summary = self._summary
        if summary is None or width == 0:
            return
        self.set_class(height >= _ROOMY_ROWS, "roomy")
        self._periods.show(summary.period, period_title(summary), span_unit(summary.period), width)
        self._status.show(summary)
        has_figures = summary.totals.requests > 0
        self._figures.display = has_figures
        self._empty.display = not has_figures
        if not has_figures:
            self._empty.update(
                _EMPTY_TEXT if summary.period is Period.ALL else _empty_text(summary)
            )
            return
        inner = min(width - _SCROLLBAR_CELLS, _TABLE_CELLS)
        self._cards.show(summary, inner)
        self._tokens.show(summary, inner)
        self._chart.display = (
            self._charts_available and width >= NARROW_CELLS and height >= _LOW_ROWS
        )
        self._chart.styles.height = _ROOMY_CHART_ROWS if height >= _ROOMY_ROWS else _CHART_ROWS
        self._chart.show(summary.bars, summary.period, self._chosen)
        self._models.show(summary, inner)
        self._draw_chosen(summary)

    def _draw_chosen(self, summary: Summary) -> None:
        bars = summary.bars
        self._detail.show(bars[self._chosen], summary.period)
        self._days.show(bars, summary.period, self._chosen, self.size.width - _SCROLLBAR_CELLS)


def _latest(summary: Summary) -> int:
    """The bar that holds the present."""
    return max(i for i, span in enumerate(summary.bars) if i == 0 or span.start <= summary.end)


def _summarize(ledger: Ledger, period: Period, now: datetime) -> Summary:
    return summarize(ledger.read(since=period_start(period, now)), period, now)


def _empty_text(summary: Summary) -> str:
    return (
        f"No requests in this period ({period_title(summary)}). "
        "What each one costs appears here as soon as it is made; a shows all time."
    )
