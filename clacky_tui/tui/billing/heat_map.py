"""When in the week it was spent: weekdays by hours, a sign and a colour a cell."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from textual.content import Content
from textual.widgets import Static

from clacky_tui.domain.money import format_usd
from clacky_tui.i18n import tr
from clacky_tui.tui.billing.dates import WEEKDAYS
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.layout import MARGIN, align_left, muted_style
from clacky_tui.usage.entry import to_usd
from clacky_tui.wording import count_requests

_LABEL_CELLS = 5
_STYLES = ("", "$text-muted", "$primary 60%", "$primary", "bold $primary")
"""From nothing to the most; the signs alone say the same."""
_STEPS = len(_STYLES) - 1


class HeatMap(Static):
    """Nine lines: a title, seven days, the hours. By cost, or by requests where no cost is known."""

    DEFAULT_CSS = """
    HeatMap { height: 9; text-wrap: nowrap; text-overflow: clip; }
    """

    def show(self, heat: Mapping[tuple[int, int], tuple[int, int]]) -> None:
        """Show cost and requests by weekday and hour."""
        by_cost = any(cost for cost, _ in heat.values())
        levels = {key: cost if by_cost else requests for key, (cost, requests) in heat.items()}
        most = max(levels.values(), default=0)
        muted = muted_style(self.app)
        lines = [Content.styled(MARGIN + _title(heat, levels, by_cost=by_cost), muted)]
        signs = current_glyphs().heat
        for weekday, day in enumerate(WEEKDAYS):
            steps = [_step(levels.get((weekday, hour), 0), most) for hour in range(24)]
            cells = [Content.styled(MARGIN + align_left(tr(day), _LABEL_CELLS), muted)]
            for step, run in groupby(steps):
                style = muted if step <= 1 else _STYLES[step]
                cells.append(Content.styled(signs[step] * len(list(run)), style))
            lines.append(Content("").join(cells))
        hours = "".join(f"{hour:<6}" for hour in range(0, 24, 6))
        lines.append(Content.styled(MARGIN + " " * _LABEL_CELLS + hours, muted))
        self.update(Content("\n").join(lines), layout=False)


def _step(value: int, most: int) -> int:
    """0 for nothing, then quarters of the most."""
    return -(-value * _STEPS // most) if value and most else 0


def _title(
    heat: Mapping[tuple[int, int], tuple[int, int]],
    levels: Mapping[tuple[int, int], int],
    *,
    by_cost: bool,
) -> str:
    if not levels:
        return tr("By weekday and hour")
    (weekday, hour), most = max(levels.items(), key=lambda item: item[1])
    amount = format_usd(to_usd(most)) if by_cost else count_requests(most)
    return tr(
        "By weekday and hour; the most {weekday} {hour}:00 with {amount}",
        weekday=tr(WEEKDAYS[weekday]),
        hour=f"{hour:02}",
        amount=amount,
    )
