"""What happens to the cached conversation while nobody asks anything.

Shortly before the provider's cache would expire the three ways are priced (`domain.idle_choice`) and
the cheapest is taken and said. Any input stops this at once; a small conversation is left alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from clacky_tui import events
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.compression_plan import unsent_from
from clacky_tui.agent.history import sendable
from clacky_tui.agent.model_call import ModelCaller, OpenCaller
from clacky_tui.agent.session import Session
from clacky_tui.domain.idle_choice import (
    PING_OUTPUT_TOKENS,
    Action,
    IdleChoice,
    choose,
    expected_pause_seconds,
)
from clacky_tui.domain.pricing import Rates
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr
from clacky_tui.tools.schema import tool_schemas

MARGIN_SECONDS = 60.0
"""How long before its end something is done: the request has to be there in time."""
LEAST_TOKENS = 20_000
LEAST_MESSAGES = 21
"""A conversation that does not exceed both is left alone (spec/agent-core.md 4.1)."""


class IdleWatch:
    """Minds one session's cache between tasks.

    Args:
        session: what is watched.
        compressor: compresses it.
        open_caller: gives what asks the model.
        lifetime_seconds: of the conversation in the provider's cache, after the last request that
            read it; None goes by the session's cache plan.
        margin_seconds: see the module's figure.
        sleep, clock: how time passes. The clock is the wall's: a monotonic one stands still while
            the machine sleeps, and the provider's cache does not wait for that.
    """

    def __init__(
        self,
        session: Session,
        compressor: Compressor,
        open_caller: OpenCaller,
        *,
        lifetime_seconds: float | None = None,
        margin_seconds: float = MARGIN_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._compressor = compressor
        self._open_caller = open_caller
        self._fixed_lifetime_seconds = lifetime_seconds
        self._margin_seconds = margin_seconds
        self._sleep = sleep
        self._clock = clock
        self._idle_since: float | None = None
        self._pauses_seconds: list[float] = []
        self._watching: asyncio.Task[None] | None = None

    @property
    def _lifetime_seconds(self) -> float:
        fixed = self._fixed_lifetime_seconds
        return self._session.cache.lifetime_seconds if fixed is None else fixed

    def start(self) -> None:
        """A task has ended: watch from now on."""
        self._idle_since = self._clock()
        if self._watching is None and self._worth_watching():
            self._watching = asyncio.create_task(self._watch(self._idle_since))

    async def stop(self) -> None:
        """Somebody is there: stop, and wait until a compression that runs has been undone."""
        if self._idle_since is not None:
            self._pauses_seconds.append(self._clock() - self._idle_since)
            self._idle_since = None
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.wait([watching])

    def _worth_watching(self) -> bool:
        session = self._session
        return (
            not session.simulated
            and self._compressor.is_cached
            and len(session.history) > LEAST_MESSAGES
            and self._compressor.context_tokens >= LEAST_TOKENS
        )

    async def _watch(self, idle_since: float) -> None:
        read_at, told = idle_since, ""
        while True:
            due = read_at + self._lifetime_seconds - self._margin_seconds
            await self._sleep(max(due - self._clock(), 0.0))
            if self._clock() >= read_at + self._lifetime_seconds:
                return
            try:
                caller = await self._open_caller()
            except ClackyError:
                return  # nobody can be asked; the next message says why
            rates = await caller.rates(self._compressor.context_tokens)
            choice = self._choose(rates, self._clock() - idle_since)
            if choice.action != told:
                self._tell(choice)
                told = choice.action
            if choice.action == "expire" or not await self._act(caller, choice.action):
                return
            read_at = self._clock()

    def _choose(self, rates: Rates | None, idle_seconds: float) -> IdleChoice:
        plan = self._compressor.plan() if self._compressor.may_begin else None
        return choose(
            rates,
            context_tokens=self._compressor.context_tokens,
            compressed_tokens=plan.tokens_after if plan else None,
            idle_seconds=idle_seconds,
            pause_seconds=expected_pause_seconds(self._pauses_seconds, idle_seconds),
            ping_every_seconds=self._lifetime_seconds - self._margin_seconds,
        )

    def _tell(self, choice: IdleChoice) -> None:
        if choice.costs:
            text = tr("While you are away: {reason}.", reason=choice.reason)
            self._session.emit(events.Notice(level="info", text=text))

    async def _act(self, caller: ModelCaller, action: Action) -> bool:
        """Do it; True when the cache is warm and to be watched on."""
        try:
            if action == "keep_warm":
                await self._ping(caller)
                return True
            if plan := self._compressor.plan():
                await self._compressor.compress(caller, plan, "idle")
        except ClackyError as error:
            if action == "compress":
                self._compressor.tell_failure(error)
        self._session.sync()
        return False

    async def _ping(self, caller: ModelCaller) -> None:
        """Read the cached conversation once more, and let the model say next to nothing."""
        messages = self._session.history.messages
        await caller.ask(
            tool_schemas(),
            messages=sendable(messages[: unsent_from(messages)]),
            purpose="keep_warm",
            quiet=True,
            max_output_tokens=PING_OUTPUT_TOKENS,
        )
