"""What a worker asks its model with: the entry and the settings that hold, and the way to the model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from clacky_tui.agent.fallback import ModelRoute
from clacky_tui.agent.model_call import ModelCaller
from clacky_tui.agent.route import open_route
from clacky_tui.agent.session import Session
from clacky_tui.agent.stall import Patience
from clacky_tui.agent.target import DEMO_MODEL
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.prices import user_price_book
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.providers.base import ReasoningLevel


class ModelDesk:
    """Opens what asks the model on first need, so that starting the app costs nothing.

    Args:
        settings: models and budgets.
        entry: the model to use; None is the embedded demo model.
        session: the one at hand, whose conversation is sent.
        patience: how long a silent stream is waited for.
    """

    def __init__(
        self,
        settings: Settings,
        entry: ModelEntry | None,
        session: Callable[[], Session],
        patience: Patience | None,
    ) -> None:
        self.settings = settings
        self._entry = entry
        self._session = session
        self._patience = patience
        self._reasoning_level: ReasoningLevel = "off"
        self._route: ModelRoute | None = None
        self._caller: ModelCaller | None = None

    @property
    def entry(self) -> ModelEntry | None:
        """The model to use; None is the embedded demo model."""
        return self._entry

    @property
    def model(self) -> str:
        """Its name, as shown to a person."""
        return self._entry.model if self._entry else DEMO_MODEL

    @property
    def reasoning_level(self) -> ReasoningLevel:
        """How much the model is to think; it holds from the next request on."""
        return self._reasoning_level

    @reasoning_level.setter
    def reasoning_level(self, level: ReasoningLevel) -> None:
        self._reasoning_level = level
        if self._caller is not None:
            self._caller.reasoning_level = level

    async def caller(self) -> ModelCaller:
        """What asks the model.

        Raises:
            ConfigError: the entry cannot be used.
        """
        if self._caller is None:
            session, settings = self._session(), self.settings
            if self._route is None:
                self._route = await asyncio.to_thread(open_route, self._entry, settings)
            ledger = default_ledger(simulated=self._route.primary.simulated)
            prices = await asyncio.to_thread(user_price_book)
            for problem in prices.problems:
                session.warn(problem)
            self._caller = ModelCaller(
                session, self._route, ledger, settings.max_output_tokens, self._patience, prices
            )
            self._caller.reasoning_level = self._reasoning_level
        return self._caller

    def forget_caller(self) -> None:
        """Another session is at hand, or other settings hold."""
        self._caller = None

    async def use(self, entry: ModelEntry | None) -> None:
        """Ask `entry` from now on; what is open to another one is closed."""
        if entry != self._entry:
            self._entry = entry
            await self.close()

    async def close(self) -> None:
        """End the connections (and the demo server)."""
        route, self._route, self._caller = self._route, None, None
        if route is not None:
            await route.close()
