"""Who answers: the configured model, or for a while its stand-in or its second address.

Stand-in: spec/agent-core.md 2.9. A second address is the same model of the same provider elsewhere; it
comes from the user's `fallback_base_url`, as no provider we know names one (spec/data/providers.json).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from clacky_tui.agent.target import Target
from clacky_tui.errors import ProviderError

SWITCH_AFTER_FAILURES = 3
"""Failures of one request, one after the other, that bring the stand-in in; and connections that
could not be made, one after the other, that bring the second address in."""

STAND_IN_ATTEMPTS = 5
"""How often one request is sent to the stand-in at most."""

COOLING_OFF_SECONDS = 1800.0
"""How long a substitute answers before the configured model is tried again."""

Substitute = Literal["stand_in", "second_address"]
OpenSubstitute = Callable[[], Target | None]

_SERVER_TROUBLE = frozenset({"server", "overloaded", "timeout", "cut"})
"""Codes of failures that another machine need not share, unlike a rate limit or a refused key."""


def blames_address(error: ProviderError, *, failures: int, limit: int) -> bool:
    """Whether `error` is a reason to ask at another address.

    A connection that cannot be made is soon: nothing was sent, so asking elsewhere costs nothing. What
    was sent may be billed, so a server in trouble is given all its attempts first.

    Args:
        failures: of this request in a row, `error` included.
        limit: the failures after which the request is given up.
    """
    if error.code == "network":
        return not error.retryable or failures >= SWITCH_AFTER_FAILURES
    return error.code in _SERVER_TROUBLE and failures >= limit


class ModelRoute:
    """The configured model and its substitutes, and which of them is to be asked now.

    Args:
        primary: the configured model.
        open_stand_in: makes the model that stands in; None when there is none. Called once, in a thread.
        open_second_address: makes the configured model at its second address, in the same way.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        primary: Target,
        open_stand_in: OpenSubstitute = lambda: None,
        open_second_address: OpenSubstitute = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.primary = primary
        self._open: dict[Substitute, OpenSubstitute] = {
            "stand_in": open_stand_in,
            "second_address": open_second_address,
        }
        self._opened: dict[Substitute, Target | None] = {}
        self._clock = clock
        self._since = 0.0
        self.on_duty: Substitute | None = None
        """The substitute that is asked now; None is the configured model."""

    @property
    def target(self) -> Target:
        """Whom to ask."""
        substitute = self._opened[self.on_duty] if self.on_duty is not None else None
        return substitute or self.primary

    @property
    def probe_due(self) -> bool:
        """True when a substitute has answered long enough to try the configured model once."""
        return self.on_duty is not None and self._clock() - self._since >= COOLING_OFF_SECONDS

    async def bring_in(self, substitute: Substitute) -> bool:
        """Ask `substitute` from now on; False when there is none.

        Raises:
            ConfigError: it is configured in a way that cannot be used; told once, False from then on.
        """
        if substitute not in self._opened:
            self._opened[substitute] = None
            self._opened[substitute] = await asyncio.to_thread(self._open[substitute])
        if self._opened[substitute] is None:
            return False
        self.on_duty = substitute
        self.postpone_probe()
        return True

    def postpone_probe(self) -> None:
        """Let the substitute answer for another cooling-off."""
        self._since = self._clock()

    def return_to_primary(self) -> None:
        """Ask the configured model from now on."""
        self.on_duty = None

    async def close(self) -> None:
        """End the connections of all."""
        for target in (self.primary, *self._opened.values()):
            if target is not None:
                await target.close()
