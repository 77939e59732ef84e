"""The row of periods and keys, with the stretch on show on the right."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from clacky_tui.domain.money import shown_currency
from clacky_tui.tui.billing.dates import stretch_title
from clacky_tui.tui.layout import muted_style
from clacky_tui.usage.stretch import Period, Stretch

PERIOD_KEYS = {
    "d": Period.DAY,
    "w": Period.WEEK,
    "m": Period.MONTH,
    "y": Period.YEAR,
    "a": Period.ALL,
    "c": Period.CUSTOM,
}
_TITLE = "‹ {title} ›  {code} "
_TITLE_OF_ALL_AGENTS = "all agents  ‹ {title} ›  {code} "


class PeriodRow(Static):
    """``d day · w week · m month ... ? keys``, then what is on show and its currency.

    Args:
        bindings: further keys, the most used first; those that do not fit are left out, the last never.
    """

    DEFAULT_CSS = """
    PeriodRow { height: 1; text-wrap: nowrap; text-overflow: clip; }
    """

    def __init__(self, bindings: Iterable[BindingType]) -> None:
        super().__init__()
        self._keys = [
            (binding.key_display or binding.key, binding.description)
            for binding in bindings
            if isinstance(binding, Binding) and binding.show
        ]

    def show(self, stretch: Stretch, width: int, *, all_agents: bool) -> None:
        """Mark the period of `stretch`. What does not fit is left out."""
        title = _TITLE_OF_ALL_AGENTS if all_agents else _TITLE
        right = title.format(title=stretch_title(stretch), code=shown_currency().code)
        row = _choices(stretch.period, named=True)
        if row.cell_length + cell_len(right) > width:
            row = _choices(stretch.period, named=False)
        *keys, last = self._keys
        room = width - cell_len(right) - 1
        muted = muted_style(self.app)
        for key in keys:
            if row.cell_length + _cells(key) + _cells(last) > room:
                break
            row += _key(key, muted)
        if row.cell_length + _cells(last) <= room:
            row += _key(last, muted)
        gap = max(1, width - row.cell_length - cell_len(right))
        self.update(row + Content(" " * gap + right))


def _cells(key: tuple[str, str]) -> int:
    return cell_len(f" · {key[0]} {key[1]}")


def _key(key: tuple[str, str], muted: str) -> Content:
    return Content.assemble((" · ", muted), (key[0], "$accent"), (f" {key[1]}", muted))


def _choices(period: Period, *, named: bool) -> Content:
    """The keys with their periods; only the chosen one has its name unless `named`."""
    row = Content("")
    for key, choice in PERIOD_KEYS.items():
        row += Content.assemble(" ", (key, "$accent"))
        if choice is period:
            row += Content.assemble(" ", (f" {choice.value} ", "bold reverse"))
        elif named:
            row += Content(f" {choice.value} ")
    return row
