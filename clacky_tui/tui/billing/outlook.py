"""Where the running month is going, and how much of its budget is used."""

from __future__ import annotations

from decimal import Decimal

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from clacky_tui.domain.money import format_usd
from clacky_tui.i18n import tr
from clacky_tui.tui.layout import MARGIN, muted_style
from clacky_tui.usage.overview import Outlook

_BAR_CELLS = 12


class OutlookLine(Static):
    """``Projected for May 2026: $17.40 (burn $0.56 a day) · budget $25.00 ▇▇▇▇▁▁▁▁ 49 %``"""

    DEFAULT_CSS = """
    OutlookLine { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, outlook: Outlook, month: str, budget: Decimal | None, width: int) -> None:
        """Show `outlook`, and how much of `budget` (USD for the month, None without one) is spent."""
        projected = format_usd(outlook.projected, estimated=True)
        words = tr(
            "Projected for {month}: {cost} (burn {burn} a day)",
            month=month,
            cost=projected,
            burn=format_usd(outlook.per_day),
        )
        if cell_len(words) >= width:
            words = tr("Projected: {cost}", cost=projected)
        line = Content.styled(MARGIN + words, muted_style(self.app))
        if budget:
            line += _budget(outlook, budget)
        self.update(line, layout=False)


def _budget(outlook: Outlook, budget: Decimal) -> Content:
    share = outlook.spent / budget
    cells = min(_BAR_CELLS, int(share * _BAR_CELLS))
    style = "$error" if share >= 1 else "$warning" if outlook.projected > budget else "$primary"
    return Content.assemble(
        tr(" · budget {budget} month ", budget=format_usd(budget)),
        ("▇" * cells + "▁" * (_BAR_CELLS - cells), style),
        (f" {share * 100:.0f} %", style),
    )
