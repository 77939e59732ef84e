"""The chosen day in full: cost, requests and models, then its tokens."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui.tui.billing.dates import bar_title
from clacky_tui.tui.billing.figures import WRITES, cost_text, name_text, tokens_text
from clacky_tui.tui.layout import MARGIN, format_share, muted_style
from clacky_tui.usage.overview import Bar
from clacky_tui.usage.report import By


class DayDetail(Static):
    """Two lines, always, so nothing below them moves with the cursor."""

    DEFAULT_CSS = """
    DayDetail { height: 2; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, bar: Bar, unit: By) -> None:
        """Show `bar`."""
        sums = bar.sums
        title = Content.styled(f"{MARGIN}{bar_title(bar, unit)}", "bold")
        if not sums.entries:
            self.update(Content.assemble(title, ("   no requests", muted_style(self.app)), "\n"))
            return
        plural = "s" if sums.requests != 1 else ""
        facts = [f"{sums.requests:,} request{plural}"]
        if sums.unpriced_requests:
            facts.append(f"{sums.unpriced_requests:,} without a price")
        facts += [
            f"{name_text(By.MODEL, model)} {cost_text(each)}"
            for model, each in bar.by_model.items()
        ]
        tokens = (
            f"in {tokens_text(sums, 'input')}",
            f"read {tokens_text(sums, 'cache_read')} ({format_share(sums.cache_hit_rate)})",
            f"wrote {tokens_text(sums, *WRITES)}",
            f"out {tokens_text(sums, 'output')}",
        )
        self.update(
            Content.assemble(
                title,
                (f"   {cost_text(sums)}", "bold"),
                f"   {' · '.join(facts)}\n",
                (f"{MARGIN}  {' · '.join(tokens)}", muted_style(self.app)),
            )
        )
