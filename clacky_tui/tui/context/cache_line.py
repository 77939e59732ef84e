"""The cache at a glance: the session's hit rate, the time left, what letting it expire costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.i18n import tr
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.context.flow import flow
from clacky_tui.tui.context.gauge import LABEL_CELLS, LINE_CELLS, NARROW_CELLS, NARROW_INDENT
from clacky_tui.tui.countdown import COLD, LAST_MINUTE_SECONDS, format_left, seconds_left
from clacky_tui.tui.layout import MARGIN, align_left, format_share, muted_style


class CacheLine(Static):
    """One line, more when narrow. Ticks once a second while `ticking` and something is left.

    Args:
        clock: the present, timezone-aware.
    """

    DEFAULT_CSS = """
    CacheLine { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self._figures = ContextFigures()
        self._extra_cost: Decimal | None = None
        self._width = 0
        self._ticking = False
        self._timer: Timer | None = None

    def show(self, figures: ContextFigures, extra_cost: Decimal | None, width: int) -> None:
        """Show `figures` in `width` cells; `extra_cost` in USD is what the next request pays more
        once the cache is cold, None when unknown."""
        self._figures, self._extra_cost = figures, extra_cost
        self._width = min(width, LINE_CELLS)
        self._draw()

    def set_ticking(self, ticking: bool) -> None:
        """Count down, or rest while nobody looks."""
        self._ticking = ticking
        self._draw()

    def _draw(self) -> None:
        left = self._seconds_left()
        self._keep_time(left)
        if not self._width:
            return
        muted = muted_style(self.app)
        label = Content.styled(MARGIN + align_left(tr("Cache"), LABEL_CELLS - 1), muted)
        indent = NARROW_INDENT if self._width < NARROW_CELLS else LABEL_CELLS
        facts = [_hit_rate(self._figures)]
        if left is not None:
            facts += [_time_left(left), *self._cost_fact(left)]
        lines = flow(label, facts, self._width, gap=" · ", indent=indent)
        self.update(Content("\n").join(lines))

    def _cost_fact(self, left_seconds: float) -> list[Content]:
        if self._extra_cost is None:
            return []
        cost = format_usd(self._extra_cost, estimated=True)
        is_warm = round(left_seconds) > 0
        words = (
            tr("letting it go costs {cost}", cost=cost)
            if is_warm
            else tr("the next one costs {cost} more", cost=cost)
        )
        return [Content(words)]

    def _seconds_left(self) -> float | None:
        expires_at = self._figures.expires_at
        return None if expires_at is None else seconds_left(expires_at, self._clock())

    def _keep_time(self, left_seconds: float | None) -> None:
        wanted = self._ticking and left_seconds is not None and round(left_seconds) > 0
        if wanted and self._timer is None:
            self._timer = self.set_interval(1, self._draw)
        elif not wanted and self._timer is not None:
            self._timer.stop()
            self._timer = None


def _hit_rate(figures: ContextFigures) -> Content:
    tokens = figures.session_tokens
    if tokens is None:
        return Content(tr("no request yet"))
    held = tokens.cache_read_tokens + tokens.cache_creation_tokens
    total = tokens.input_tokens + held
    if not held:
        return Content(tr("the provider has reported no cached tokens"))
    share = format_share(tokens.cache_read_tokens / total)
    return Content.assemble(
        tr("hit "), (share, "bold"), tr(" of {total}", total=format_tokens(total))
    )


def _time_left(seconds: float) -> Content:
    words = format_left(seconds)
    if words == COLD:
        return Content.styled(tr(COLD), "bold")
    style = "bold $warning" if seconds < LAST_MINUTE_SECONDS else "bold"
    return Content.assemble(tr("expires in "), (words, style))
