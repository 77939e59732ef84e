"""How far the figures can be trusted: what has a price, what could not be read."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.names import printable
from clacky_tui.billing.summary import Summary
from clacky_tui.paths import shorten_home
from clacky_tui.tui.layout import MARGIN, muted_style


class LedgerStatus(Static):
    """One line at the foot of the pane."""

    DEFAULT_CSS = """
    LedgerStatus { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, summary: Summary) -> None:
        """Show coverage and damage of `summary`."""
        totals = summary.totals
        known = totals.requests - totals.unpriced_requests
        sentences = []
        if totals.unpriced_requests:
            has, is_ = ("has", "is") if totals.unpriced_requests == 1 else ("have", "are")
            sentences.append(
                f"Known {known:,} of {totals.requests:,} requests. "
                f"{totals.unpriced_requests:,} {has} no price and {is_} not in the sums."
            )
        elif totals.requests:
            sentences.append(f"Known {known:,} of {totals.requests:,} requests.")
        if summary.skipped_lines:
            plural = "s" if summary.skipped_lines != 1 else ""
            sentences.append(f"Skipped {summary.skipped_lines:,} damaged line{plural}.")
        sentences += [f"Cannot read {printable(shorten_home(p))}." for p in summary.unreadable]
        trouble = summary.skipped_lines or summary.unreadable
        self.update(
            Content.styled(
                MARGIN + " ".join(sentences), "$warning" if trouble else muted_style(self.app)
            )
        )
