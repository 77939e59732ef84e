"""The trash tab's place on the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.lazy_tab import LazyTab

if TYPE_CHECKING:
    from clacky_tui.tui.trash.pane import TrashPane


class TrashTab(LazyTab):
    """Keeps the `TrashPane`.

    Args:
        clock: the present, timezone-aware.
    """

    def __init__(self, *, clock: Callable[[], datetime] = local_now) -> None:
        super().__init__()
        self._clock = clock

    def build(self) -> TrashPane:
        from clacky_tui.tui.trash.pane import TrashPane

        return TrashPane(clock=self._clock)
