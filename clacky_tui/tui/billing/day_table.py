"""The numbers behind the chart, newest first; they stand alone where a chart does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.summary import Period, Span
from clacky_tui.domain.money import compact_tokens, format_tokens, format_usd
from clacky_tui.tui.billing.dates import span_title, span_unit
from clacky_tui.tui.layout import (
    Column,
    align_left,
    format_share,
    muted_style,
    share_bar,
    table_lines,
)

_BAR_CELLS = 12
COLUMNS = (
    Column("Cost", 11),
    Column("", _BAR_CELLS + 2, from_width=44),
    Column("Requests", 10),
    Column("Input", 8, from_width=72),
    Column("Read", 8, from_width=72),
    Column("Wrote", 8, from_width=96),
    Column("Output", 8, from_width=72),
    Column("Hit", 9, from_width=96),
)


class DayTable(Static):
    """One line per hour, day or month; the chosen one is marked."""

    DEFAULT_CSS = """
    DayTable { height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    def show(self, spans: Sequence[Span], period: Period, chosen: int, width: int) -> None:
        """Show `spans` (oldest first), with the one at index `chosen` marked."""
        largest = max((span.totals.cost or Decimal(0) for span in spans), default=Decimal(0))
        rows = [_row(span, period, largest) for span in reversed(spans)]
        heading, *lines = table_lines(span_unit(period).capitalize(), COLUMNS, rows, width)
        table = [Content.styled(heading, muted_style(self.app)), *map(Content, lines)]
        marked = len(spans) - chosen
        if 0 < marked < len(table):
            table[marked] = table[marked].stylize("bold reverse")
        self.update(Content("\n").join(table))


def _row(span: Span, period: Period, largest: Decimal) -> tuple[str, ...]:
    totals, usage = span.totals, span.totals.usage
    share = float(totals.cost / largest) if totals.cost and largest else 0.0
    return (
        span_title(span, period),
        format_usd(totals.cost) if totals.requests else "–",
        "  " + align_left(share_bar(share, _BAR_CELLS), _BAR_CELLS),
        format_tokens(totals.requests) if totals.requests else "–",
        *(
            compact_tokens(tokens) if totals.requests else "–"
            for tokens in (
                usage.input_tokens,
                usage.cache_read_tokens,
                usage.cache_creation_tokens,
                usage.output_tokens,
            )
        ),
        format_share(usage.cache_hit_rate),
    )
