"""The row of periods and keys, with the stretch on show on the right."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from clacky_tui.domain.money import shown_currency
from clacky_tui.i18n import tr, tr_noop
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
_LABELS = {
    Period.DAY: tr_noop(" day "),
    Period.WEEK: tr_noop(" week "),
    Period.MONTH: tr_noop(" month "),
    Period.YEAR: tr_noop(" year "),
    Period.ALL: tr_noop(" all "),
    Period.CUSTOM: tr_noop(" custom "),
}
"""With the space around them, which is marked too."""
_LEAST_CELLS = 24
"""What the keys of the periods take without their names."""
_TITLE = "‹ {title} ›  {code} "


class PeriodRow(Static):
    """``d day · w week · m month ... ? keys``, then what is on show and its currency.

    Args:
        bindings: further keys, the most used first; those that do not fit are left out, the last never.
    """

    DEFAULT_CSS = """
    PeriodRow { height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    def __init__(self, bindings: Iterable[BindingType]) -> None:
        super().__init__()
        self._keys = [
            (binding.key_display or binding.key, tr(binding.description))
            for binding in bindings
            if isinstance(binding, Binding) and binding.show
        ]

    def show(self, stretch: Stretch, width: int, whose: str) -> None:
        """Mark the period of `stretch`; keys that do not fit are left out.

        Args:
            whose: whose requests they are, before the title or else below; empty for one's own.
        """
        right = _TITLE.format(title=stretch_title(stretch), code=shown_currency().code)
        below = Content("")
        if whose and _LEAST_CELLS + cell_len(f"{whose}  {right}") <= width:
            right = f"{whose}  {right}"
        elif whose:
            below = Content("\n" + " " * max(0, width - cell_len(whose) - 1) + whose)
        row = _choices(stretch.period, named=True)
        *keys, last = self._keys
        if row.cell_length + _cells(last) + cell_len(right) >= width:
            row = _choices(stretch.period, named=False)
        room = width - cell_len(right) - 1
        muted = muted_style(self.app)
        for key in keys:
            if row.cell_length + _cells(key) + _cells(last) > room:
                break
            row += _key(key, muted)
        if row.cell_length + _cells(last) <= room:
            row += _key(last, muted)
        gap = max(1, width - row.cell_length - cell_len(right))
        self.update(row + Content(" " * gap + right) + below)


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
            row += Content.assemble(" ", (tr(_LABELS[choice]), "bold reverse"))
        elif named:
            row += Content(tr(_LABELS[choice]))
    return row
