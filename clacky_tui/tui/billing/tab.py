"""The billing tab's place on the screen; what it shows is built when it is opened first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container

if TYPE_CHECKING:
    from clacky_tui.tui.billing.pane import BillingPane


class BillingTab(Container):
    """Holds the `BillingPane`, whose imports and styles the start of the app need not pay for."""

    DEFAULT_CSS = """
    BillingTab { height: 1fr; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._simulated = False
        self._pane: BillingPane | None = None

    def open(self) -> None:
        """Show the tab and give it the keyboard."""
        self.display = True
        if self._pane is None:
            from clacky_tui.tui.billing.pane import BillingPane

            self._pane = BillingPane()
            self._pane.show_ledger(simulated=self._simulated)
            self.mount(self._pane)
        self._pane.set_shown(True)
        self._pane.focus()

    def close(self) -> None:
        """Hide the tab."""
        self.display = False
        if self._pane is not None:
            self._pane.set_shown(False)

    def show_ledger(self, *, simulated: bool) -> None:
        """Show the real ledger or the demo model's."""
        self._simulated = simulated
        if self._pane is not None:
            self._pane.show_ledger(simulated=simulated)

    def reload(self) -> None:
        """A request was recorded; read again when on show."""
        if self._pane is not None:
            self._pane.reload()
