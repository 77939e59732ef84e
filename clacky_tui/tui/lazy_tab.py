"""A tab's place on the screen; what it shows is imported and built when it is opened first."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import BindingType
from textual.containers import Container, Vertical


class TabPane(Vertical, can_focus=True):
    """What a tab shows; it has the keyboard while its tab is open."""

    def set_shown(self, shown: bool) -> None:
        """The tab was opened or closed.

        Told, because the toolkit's `Show` and `Resize` never come for a widget that is focused
        before its first layout (Textual 8.2.8: looking for it puts it into the map of known widgets).
        """
        raise NotImplementedError

    @classmethod
    def key_bindings(cls) -> Sequence[BindingType]:
        """The keys of the pane, the most used first."""
        return cls.BINDINGS

    def cancel(self) -> bool:
        """Close the question or the input that is open; False when there is none."""
        return False


class LazyTab(Container):
    """Holds a pane whose imports and styles the start of the app need not pay for."""

    DEFAULT_CSS = """
    LazyTab { height: 1fr; display: none; }
    """
    _pane: TabPane | None = None
    _is_open = False

    def build(self) -> TabPane:
        """The pane, new."""
        raise NotImplementedError

    def open(self) -> None:
        """Show the tab and give it the keyboard."""
        self.display = self._is_open = True
        if self.is_attached:
            self._show_pane()

    def on_mount(self) -> None:
        if self._is_open:  # by a key that came before the app was built
            self._show_pane()

    def _show_pane(self) -> None:
        if self._pane is None:
            self._pane = self.build()
            self.mount(self._pane)
        self._pane.set_shown(True)
        self.screen.set_focus(self._pane)  # at once: more keys may wait

    def rebuild(self) -> None:
        """Forget the pane, which is built anew when the tab is opened next; not the one on show."""
        if not self.display and self._pane is not None:
            self._pane = None
            self.remove_children()

    def close(self) -> None:
        """Hide the tab."""
        self.display = self._is_open = False
        if self._pane is not None:
            self._pane.set_shown(False)

    def cancel(self) -> bool:
        """Close what asks in the open tab; False when nothing does."""
        return bool(self.display) and self._pane is not None and self._pane.cancel()
