"""The context tab: the window's contents, the cache's age and hit rate, and every miss explained."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.context.cache_line import CacheLine
from clacky_tui.tui.context.compression import CompressionLine, offer_compression
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.context.gauge import Gauge
from clacky_tui.tui.context.hit_chart import HitChart
from clacky_tui.tui.context.misses import MissList
from clacky_tui.tui.context.reread import cost_of_expiry
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.layout import muted_style
from clacky_tui.tui.lazy_tab import TabPane
from clacky_tui.tui.rerun import Rerun

EMPTY_TEXT = tr_noop(
    "No requests yet. What fills the model's window, how much of it was read from the provider's "
    "cache, and why a request missed it appear here with the first message (alt+1 goes to the chat)."
)
SIMULATED_TEXT = tr_noop("Simulated figures of the built-in demo model")
_LOW_ROWS = 14
"""Below it the chart leaves its rows to the words."""
_ROOMY_ROWS = 30
_CHART_ROWS, _ROOMY_CHART_ROWS = 9, 11
_SCROLLBAR_CELLS = 2
"""The bar and a gap beside it."""


class ContextPane(TabPane):
    """Shows the `ContextFigures` it is given; nothing is drawn and nothing ticks before `set_shown`.

    Args:
        clock: the present, timezone-aware.
    """

    DEFAULT_CSS = """
    ContextPane { height: 1fr; width: 1fr; }
    ContextPane > #keys { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    ContextPane > #simulated { height: 1; color: $warning; padding: 0 1; }
    ContextPane > #empty { height: auto; padding: 1 1; max-width: 100; color: $text-muted; }
    ContextPane > #figures { scrollbar-size-vertical: 1; }
    ContextPane.roomy Gauge { margin-bottom: 1; }
    ContextPane HitChart, ContextPane MissList { margin-top: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "app.tell_worker('compact')", "compress the conversation now"),
        Binding("u", "app.tell_worker('undo_compression')", "take the last compression back"),
        Binding("up", "scroll_figures(-1)", "scroll up"),
        Binding("down", "scroll_figures(1)", "scroll down"),
        Binding("pageup", "scroll_figures(-10)", "scroll up by a page", show=False),
        Binding("pagedown", "scroll_figures(10)", "scroll down by a page", show=False),
    ]

    def __init__(self, *, clock: Callable[[], datetime] = local_now) -> None:
        super().__init__()
        self._clock = clock
        self._session = ContextFigures()
        self._shown = False
        self._charts_available = True
        self._drawing = Rerun(self, self._draw)
        self._keys = Static(id="keys")
        self._simulated = Static(tr(SIMULATED_TEXT), id="simulated", markup=False)
        self._empty = Static(tr(EMPTY_TEXT), id="empty", markup=False)
        self._gauge = Gauge()
        self._cache = CacheLine(clock=clock)
        self._compression = CompressionLine()
        self._chart = HitChart()
        self._misses = MissList()
        self._figures = VerticalScroll(id="figures", can_focus=False)

    def compose(self) -> ComposeResult:
        yield self._keys
        yield self._simulated
        yield self._empty
        with self._figures:
            yield self._gauge
            yield self._cache
            yield self._compression
            yield self._chart
            yield self._misses

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())

    def show(self, session: ContextFigures) -> None:
        """Show `session`: now when on show, else as soon as it is."""
        self._session = session
        self._redraw()

    def set_shown(self, shown: bool) -> None:
        self._shown = shown
        if shown:
            self._redraw()
        else:
            self._cache.set_ticking(False)

    # --- events and keys -----------------------------------------------------------------------

    def on_resize(self) -> None:
        self._redraw()

    def on_hit_chart_unavailable(self) -> None:
        self._charts_available = False
        self._redraw()

    def action_scroll_figures(self, rows: int) -> None:
        self._figures.scroll_relative(y=rows, animate=False)

    # --- drawing -------------------------------------------------------------------------------

    def _redraw(self) -> None:
        if self._shown:
            self._drawing.request()

    async def _draw(self) -> None:
        session = self._session
        at = self._clock()
        extra_cost, offer = await asyncio.to_thread(
            lambda: (cost_of_expiry(session, at), offer_compression(session, at))
        )
        width, height = self.size
        if not self._shown:
            return
        if width == 0:
            self.call_after_refresh(self._redraw)
            return
        self.set_class(height >= _ROOMY_ROWS, "roomy")
        self._keys.update(_key_row(muted_style(self.app)))
        self._simulated.display = session.simulated and not session.is_empty
        self._empty.display = session.is_empty
        self._figures.display = not session.is_empty
        self._cache.set_ticking(not session.is_empty)
        if session.is_empty:
            return
        inner = width - _SCROLLBAR_CELLS
        self._gauge.show(session.gauge, inner)
        self._cache.show(session, extra_cost, inner)
        self._compression.show(offer, inner)
        self._chart.display = self._charts_available and bool(session.hits) and height >= _LOW_ROWS
        rows = _ROOMY_CHART_ROWS if height >= _ROOMY_ROWS else _CHART_ROWS
        if self._chart.display:
            await self._chart.show(tuple(session.hits), inner, rows)
        self._misses.show(session.misses, inner)


def _key_row(muted: str) -> Content:
    return Content.assemble(
        (" c", "$accent"),
        (tr(" compress now · "), muted),
        ("u", "$accent"),
        (tr(" undo it · "), muted),
        ("↑↓", "$accent"),
        (tr(" scroll"), muted),
    )
