"""The numbers behind the chart, newest first; they stand alone where a chart does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from textual.content import Content
from textual.widgets import Static

from clacky_tui.i18n import tr
from clacky_tui.tui.billing.breakdown import FIGURE_COLUMNS
from clacky_tui.tui.billing.dates import bar_title
from clacky_tui.tui.billing.figures import NOTHING, TITLES, cost_text, row_texts
from clacky_tui.tui.layout import Column, align_left, muted_style, share_bar, table_lines
from clacky_tui.usage.overview import Bar
from clacky_tui.usage.report import By

_BAR_CELLS = 12
COLUMNS = (
    Column("Cost", 11),
    Column("", _BAR_CELLS + 2, from_width=38),
    Column("Requests", 10, from_width=48),
    *FIGURE_COLUMNS[1:],
)


class DayTable(Static):
    """One line per hour, day or month; the chosen one is marked."""

    DEFAULT_CSS = """
    DayTable { height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    def show(self, bars: Sequence[Bar], unit: By, chosen: int, width: int) -> None:
        """Show `bars` (oldest first), with the one at index `chosen` marked."""
        largest = max((bar.sums.cost or Decimal(0) for bar in bars), default=Decimal(0))
        rows = [_row(bar, unit, largest) for bar in reversed(bars)]
        heading, *lines = table_lines(tr(TITLES[unit]), COLUMNS, rows, width)
        table = [Content.styled(heading, muted_style(self.app)), *map(Content, lines)]
        marked = len(bars) - chosen
        if 0 < marked < len(table):
            table[marked] = table[marked].stylize("bold reverse")
        self.update(Content("\n").join(table))


def _row(bar: Bar, unit: By, largest: Decimal) -> tuple[str, ...]:
    cost = bar.sums.cost
    share = float(cost / largest) if cost and largest else 0.0
    return (
        bar_title(bar, unit),
        cost_text(bar.sums) if bar.sums.entries else NOTHING,
        "  " + align_left(share_bar(share, _BAR_CELLS), _BAR_CELLS),
        *row_texts(bar.sums),
    )
