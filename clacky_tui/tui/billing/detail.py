"""The chosen day in full: cost, requests and models, then its tokens."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui.i18n import tr
from clacky_tui.tui.billing.dates import bar_title
from clacky_tui.tui.billing.figures import WRITES, cost_text, name_text, tokens_text
from clacky_tui.tui.layout import MARGIN, format_share, muted_style
from clacky_tui.usage.overview import Bar
from clacky_tui.usage.report import By
from clacky_tui.wording import count_requests

_COMPACT_BELOW_CELLS = 72
_WRITES_FROM_CELLS = 54


class DayDetail(Static):
    """Two lines, always, so nothing below them moves with the cursor."""

    DEFAULT_CSS = """
    DayDetail { height: 2; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, bar: Bar, unit: By, width: int) -> None:
        """Show `bar` in `width` cells."""
        sums = bar.sums
        title = Content.styled(f"{MARGIN}{bar_title(bar, unit)}", "bold")
        if not sums.entries:
            words = ("   " + tr("no requests"), muted_style(self.app))
            self.update(Content.assemble(title, words, "\n"), layout=False)
            return
        facts = [count_requests(sums.requests)]
        if sums.unpriced_requests:
            facts.append(tr("{n} without a price", n=f"{sums.unpriced_requests:,}"))
        facts += [
            f"{name_text(By.MODEL, model)} {cost_text(each)}"
            for model, each in bar.by_model.items()
        ]
        compact = width < _COMPACT_BELOW_CELLS
        tokens = [
            tr("in {n}", n=tokens_text(sums, "input", compact=compact)),
            tr(
                "read {n} ({share})",
                n=tokens_text(sums, "cache_read", compact=compact),
                share=format_share(sums.cache_hit_rate),
            ),
            tr("out {n}", n=tokens_text(sums, "output", compact=compact)),
        ]
        if width >= _WRITES_FROM_CELLS:
            tokens.insert(2, tr("wrote {n}", n=tokens_text(sums, *WRITES, compact=compact)))
        self.update(
            Content.assemble(
                title,
                (f"   {cost_text(sums)}", "bold"),
                f"   {' · '.join(facts)}\n",
                (f"{MARGIN}  {' · '.join(tokens)}", muted_style(self.app)),
            ),
            layout=False,
        )
