"""What each model came to, dearest first, unknown prices last."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.names import printable
from clacky_tui.billing.summary import Summary, Totals
from clacky_tui.domain.money import compact_tokens, format_tokens, format_usd
from clacky_tui.tui.layout import Column, format_share, muted_style, table_lines

COLUMNS = (
    Column("Cost", 11),
    Column("Share", 8, from_width=60),
    Column("Requests", 10),
    Column("Input", 8, from_width=72),
    Column("Read", 8, from_width=72),
    Column("Wrote", 8, from_width=96),
    Column("Output", 8, from_width=72),
    Column("Hit", 9, from_width=96),
)


class ModelTable(Static):
    """One line per model."""

    DEFAULT_CSS = """
    ModelTable { height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    def show(self, summary: Summary, width: int) -> None:
        """Show the models of `summary` in `width` cells; columns drop out when narrow."""
        rows = [_row(model, totals, summary) for model, totals in summary.by_model]
        heading, *lines = table_lines("Model", COLUMNS, rows, width)
        self.update(
            Content("\n").join(
                [Content.styled(heading, muted_style(self.app)), *map(Content, lines)]
            )
        )


def _row(model: str, totals: Totals, summary: Summary) -> tuple[str, ...]:
    usage = totals.usage
    known_share = totals.cost is not None and summary.total_cost
    share = float((totals.cost or 0) / summary.total_cost) if known_share else None
    return (
        printable(model),
        format_usd(totals.cost),
        format_share(share),
        format_tokens(totals.requests),
        compact_tokens(usage.input_tokens),
        compact_tokens(usage.cache_read_tokens),
        compact_tokens(usage.cache_creation_tokens),
        compact_tokens(usage.output_tokens),
        format_share(usage.cache_hit_rate),
    )
