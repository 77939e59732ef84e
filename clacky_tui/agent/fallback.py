"""Which model answers: the configured one, or for a while its stand-in (spec/agent-core.md 2.9)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from clacky_tui.agent.target import Target

SWITCH_AFTER_FAILURES = 3
"""Failures of one request, one after the other, that bring the stand-in in."""

STAND_IN_ATTEMPTS = 5
"""How often one request is sent to the stand-in at most."""

COOLING_OFF_SECONDS = 1800.0
"""How long the stand-in answers before the configured model is tried again."""

OpenStandIn = Callable[[], Target | None]


class ModelRoute:
    """The configured model and its stand-in, and which of them is to be asked now.

    Args:
        primary: the configured model.
        open_stand_in: makes the stand-in; None when the model has none. Called once, in a thread.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        primary: Target,
        open_stand_in: OpenStandIn = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.primary = primary
        self._open_stand_in = open_stand_in
        self._clock = clock
        self._stand_in: Target | None = None
        self._opened = False
        self._since: float | None = None

    @property
    def target(self) -> Target:
        """Whom to ask."""
        on_duty = self._stand_in if self._since is not None else None
        return on_duty or self.primary

    @property
    def on_stand_in(self) -> bool:
        return self._since is not None

    @property
    def probe_due(self) -> bool:
        """True when the stand-in has answered long enough to try the configured model once."""
        return self._since is not None and self._clock() - self._since >= COOLING_OFF_SECONDS

    async def switch(self) -> bool:
        """Bring the stand-in in, or let it go on after a failed probe; False when there is none."""
        if not self._opened:
            self._stand_in = await asyncio.to_thread(self._open_stand_in)
            self._opened = True
        if self._stand_in is None:
            return False
        self._since = self._clock()
        return True

    def return_to_primary(self) -> None:
        """The configured model answers again."""
        self._since = None

    async def close(self) -> None:
        """End the connections of both."""
        await self.primary.close()
        if self._stand_in is not None:
            await self._stand_in.close()
