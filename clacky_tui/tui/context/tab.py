"""The context tab's place on the screen; what it shows is built when it is opened first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.lazy_tab import LazyTab

if TYPE_CHECKING:
    from clacky_tui import events
    from clacky_tui.tui.context.pane import ContextPane


class ContextTab(LazyTab):
    """Keeps the session's figures and the `ContextPane` that shows them.

    Args:
        clock: the present, timezone-aware.
    """

    _pane: ContextPane | None

    def __init__(self, *, clock: Callable[[], datetime] = local_now) -> None:
        super().__init__()
        self._clock = clock
        self.figures = ContextFigures()

    def build(self) -> ContextPane:
        from clacky_tui.tui.context.pane import ContextPane

        pane = ContextPane(clock=self._clock)
        pane.show(self.figures)
        return pane

    def start_session(self, model: str, *, simulated: bool) -> None:
        """Forget everything: a session on `model` begins."""
        self.figures = ContextFigures(model=model, simulated=simulated)
        self._show()

    def set_model(self, model: str, *, simulated: bool) -> None:
        """The next request goes to another model, whose cache does not know this session."""
        self.figures.model, self.figures.simulated = model, simulated
        self.forget_prefix()

    def forget_prefix(self) -> None:
        """The next request begins with another prefix than the last one."""
        self.figures.forget_prefix()
        self._show()

    def note_request(self, usage: events.UsageRecorded, ended_at: datetime) -> None:
        """One request is over."""
        self.figures.note_request(usage, ended_at)
        self._show()

    def note_miss(self, missed: events.CacheMissed, at: datetime) -> None:
        """The last request missed the cache."""
        self.figures.note_miss(missed, at)
        self._show()

    def set_gauge(self, gauge: events.ContextGauged) -> None:
        """How full the model's window is now."""
        self.figures.gauge = gauge
        self._show()

    def redraw(self) -> None:
        """Show everything anew: the currency is another."""
        self._show()

    def _show(self) -> None:
        if self._pane is not None:
            self._pane.show(self.figures)
