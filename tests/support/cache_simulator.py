"""A strict prompt cache on a virtual clock, and beside it the best that any client could have read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clacky_tui.providers.demo.prefix_cache import (
    MIN_CACHED_TOKENS,
    CacheBlock,
    InputTokens,
    Prefix,
    PrefixCache,
    running_prefixes,
    step_prefixes,
)

REQUEST_SECONDS = 8.0
"""What one request takes on the virtual clock."""

LONGEST_LIFETIME_SECONDS = 3600.0


class VirtualClock:
    """Time that passes only when told to. Called it gives seconds; `now` the same as a moment."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._asleep = asyncio.Event()

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    async def sleep(self, seconds: float) -> None:
        """Until somebody calls `wake_sleeper`."""
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.seconds + seconds, woken))
        self._asleep.set()
        await woken

    async def wake_sleeper(self) -> None:
        """Wait until somebody sleeps, let time pass until the first one is due, and wake it."""
        while not (sleeping := [s for s in self._sleepers if not s[1].done()]):
            self._asleep.clear()
            await self._asleep.wait()
        self._sleepers = sleeping
        due, woken = min(sleeping, key=lambda sleeper: sleeper[0])
        self.seconds = max(self.seconds, due)
        woken.set_result(None)


@dataclass(frozen=True, slots=True)
class SimulatedRequest:
    """How one request fared. `best_read` is what a client without limits would have read (tokens)."""

    at_seconds: float
    model: str
    tokens: InputTokens
    best_read: int

    @property
    def missed(self) -> int:
        return self.best_read - self.tokens.read


class Oracle:
    """The ceiling: a breakpoint on every block and none too many, no look-back, an hour of life.

    What remains is what no client can help: content that was never sent to this model before, less
    than the minimum, or an hour of silence.
    """

    def __init__(self) -> None:
        self._last_used: dict[bytes, float] = {}

    def best_read(self, prefixes: Sequence[Prefix], at_seconds: float) -> int:
        """The most tokens of a request that could be read, which is then remembered."""
        oldest = at_seconds - LONGEST_LIFETIME_SECONDS
        known = [
            prefix.tokens
            for prefix in prefixes
            if prefix.tokens >= MIN_CACHED_TOKENS
            and self._last_used.get(prefix.key, float("-inf")) > oldest
        ]
        self._last_used.update((prefix.key, at_seconds) for prefix in prefixes)
        return max(known, default=0)


class CacheSimulator(PrefixCache):
    """The demo server's cache, which also logs every request together with the oracle's figure."""

    def __init__(self, clock: VirtualClock, *, request_seconds: float = REQUEST_SECONDS) -> None:
        super().__init__(clock)
        self.clock = clock
        self.requests: list[SimulatedRequest] = []
        self._request_seconds = request_seconds
        self._oracle = Oracle()
        self._order = threading.Lock()

    def explicit(self, model: str, blocks: Sequence[CacheBlock]) -> InputTokens:
        with self._order:
            counted = super().explicit(model, blocks)
            return self._log(model, counted, list(running_prefixes(model, blocks)))

    def automatic(self, model: str, prefix: bytes) -> InputTokens:
        with self._order:
            counted = super().automatic(model, prefix)
            return self._log(model, counted, step_prefixes(model, prefix))

    def _log(self, model: str, counted: InputTokens, prefixes: list[Prefix]) -> InputTokens:
        best = self._oracle.best_read(prefixes, self.clock())
        self.requests.append(SimulatedRequest(self.clock(), model, counted, best))
        self.clock.advance(self._request_seconds)
        return counted
