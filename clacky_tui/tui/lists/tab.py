"""A tab's place on the screen; what it shows is imported and built when it is opened first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.containers import Container

if TYPE_CHECKING:
    from clacky_tui.tui.lists.pane import ListPane


class LazyTab(Container):
    """Holds a `ListPane`, whose imports and styles the start of the app need not pay for."""

    DEFAULT_CSS = """
    LazyTab { height: 1fr; display: none; }
    """
    _pane: ListPane[Any] | None = None

    def build(self) -> ListPane[Any]:
        """The pane, new."""
        raise NotImplementedError

    def open(self) -> None:
        """Show the tab and give it the keyboard."""
        self.display = True
        if self._pane is None:
            self._pane = self.build()
            self.mount(self._pane)
        self._pane.set_shown(True)
        self._pane.focus()

    def close(self) -> None:
        """Hide the tab."""
        self.display = False
        if self._pane is not None:
            self._pane.set_shown(False)

    def cancel(self) -> bool:
        """Close the question or the line of input that is open on show; False when there is none."""
        return bool(self.display) and self._pane is not None and self._pane.cancel()
