"""The row of periods and their keys, with the period on show on the right."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from clacky_tui.billing.summary import Period
from clacky_tui.domain.money import shown_currency
from clacky_tui.tui.layout import muted_style

PERIOD_KEYS = {
    "d": Period.DAY,
    "w": Period.WEEK,
    "m": Period.MONTH,
    "y": Period.YEAR,
    "a": Period.ALL,
}
_OTHER_KEYS = (" · ←→ {unit}", " · r reload")


class PeriodRow(Static):
    """``d day · w week · m month · y year · a all``, then what is on show and its currency."""

    DEFAULT_CSS = """
    PeriodRow { height: 1; text-wrap: nowrap; text-overflow: clip; }
    """

    def show(self, period: Period, title: str, unit: str, width: int) -> None:
        """Mark `period`; `unit` is what the arrow keys move by. What does not fit is left out."""
        right = f"{title}  {shown_currency().code} "
        row = _choices(period, named=True)
        if row.cell_length + cell_len(right) > width:
            row = _choices(period, named=False)
        for hint in (text.format(unit=unit) for text in _OTHER_KEYS):
            if row.cell_length + cell_len(hint) + cell_len(right) < width:
                row += Content.styled(hint, muted_style(self.app))
        gap = max(1, width - row.cell_length - cell_len(right))
        self.update(row + Content(" " * gap + right))


def _choices(period: Period, *, named: bool) -> Content:
    """The keys with their periods; only the chosen one has its name unless `named`."""
    row = Content(" ")
    for key, choice in PERIOD_KEYS.items():
        row += Content.styled(key, "$accent")
        if choice is period:
            row += Content.assemble(" ", (f" {choice.value} ", "bold reverse"))
        elif named:
            row += Content(f"  {choice.value} ")
        row += Content(" ")
    return row
