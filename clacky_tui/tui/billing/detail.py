"""The chosen day in full: cost, requests and models, then its tokens."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.names import printable
from clacky_tui.billing.summary import Period, Span
from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.tui.billing.dates import span_title
from clacky_tui.tui.layout import MARGIN, format_share, muted_style


class DayDetail(Static):
    """Two lines, always, so nothing below them moves with the cursor."""

    DEFAULT_CSS = """
    DayDetail { height: 2; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, span: Span, period: Period) -> None:
        """Show `span`."""
        totals, usage = span.totals, span.totals.usage
        title = Content.styled(f"{MARGIN}{span_title(span, period)}", "bold")
        if not totals.requests:
            self.update(Content.assemble(title, ("   no requests", muted_style(self.app)), "\n"))
            return
        plural = "s" if totals.requests != 1 else ""
        facts = [f"{totals.requests:,} request{plural}"]
        if totals.unpriced_requests:
            facts.append(f"{totals.unpriced_requests:,} without a price")
        facts += [f"{printable(m)} {format_usd(t.cost)}" for m, t in span.by_model]
        tokens = (
            f"in {format_tokens(usage.input_tokens)}",
            f"read {format_tokens(usage.cache_read_tokens)} ({format_share(usage.cache_hit_rate)})",
            f"wrote {format_tokens(usage.cache_creation_tokens)}",
            f"out {format_tokens(usage.output_tokens)}",
        )
        self.update(
            Content.assemble(
                title,
                (f"   {format_usd(totals.cost)}", "bold"),
                f"   {' · '.join(facts)}\n",
                (f"{MARGIN}  {' · '.join(tokens)}", muted_style(self.app)),
            )
        )
