"""What a person has chosen to see in the billing tab."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from clacky_tui.usage.overview import TABLES
from clacky_tui.usage.readers.ledger import LedgerReader
from clacky_tui.usage.report import ORDERS
from clacky_tui.usage.stretch import Period, Stretch, stretch_of

OWN_AGENTS = frozenset({LedgerReader.agent})


class Choices:
    """Which days, whose, by what and in which order.

    Args:
        clock: the present, timezone-aware.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.period = Period.MONTH
        self.fixed: Stretch | None = None
        """Other days than those of the period that holds the present."""
        self.all_agents = False
        self.agent: str | None = None
        """The only one on show; None for one's own, or for all."""
        self.by = TABLES[0]
        self.order = next(iter(ORDERS))

    @property
    def stretch(self) -> Stretch:
        return self.fixed or stretch_of(self.period, self._clock().astimezone().date())

    @property
    def agents(self) -> frozenset[str]:
        """Empty for all."""
        if self.agent is not None:
            return frozenset({self.agent})
        return frozenset() if self.all_agents else OWN_AGENTS

    def move(self, step: int) -> bool:
        """Go on to another stretch of the same length; False where there is none."""
        today = self._clock().astimezone().date()
        moved = self.stretch.moved(step)
        if moved == self.stretch or moved.first is None or moved.first > today:
            return False
        self.fixed = None if moved == stretch_of(self.period, today) else moved
        return True

    def next_table(self) -> None:
        self.by = TABLES[(TABLES.index(self.by) + 1) % len(TABLES)]

    def next_order(self) -> None:
        orders = list(ORDERS)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]
