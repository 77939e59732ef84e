"""The billing tab's place on the screen; what it shows is built when it is opened first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.lazy_tab import LazyTab

if TYPE_CHECKING:
    from clacky_tui.tui.billing.pane import BillingPane


class BillingTab(LazyTab):
    """Holds the `BillingPane`, whose imports and styles the start of the app need not pay for.

    Args:
        clock: the present, timezone-aware.
        session: gives what is known of the session that is open.
    """

    _pane: BillingPane | None

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = local_now,
        session: Callable[[], ContextFigures] = ContextFigures,
    ) -> None:
        super().__init__()
        self._clock, self._session = clock, session
        self._simulated = False

    def build(self) -> BillingPane:
        from clacky_tui.tui.billing.pane import BillingPane

        pane = BillingPane(clock=self._clock, session=self._session)
        pane.show_ledger(simulated=self._simulated)
        return pane

    def show_ledger(self, *, simulated: bool) -> None:
        """Show the real ledger or the demo model's."""
        self._simulated = simulated
        if self._pane is not None:
            self._pane.show_ledger(simulated=simulated)

    def reload(self) -> None:
        """A request was recorded; read again when on show."""
        if self._pane is not None:
            self._pane.reload()
