"""How long a piece of work takes, and how late it makes a task that only sleeps 1 ms at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from probe import median, percentile

NAP_SECONDS = 0.001


@dataclass
class Lag:
    """Seconds of work; lateness of the sleeper in seconds, 95th percentile and worst."""

    heading: ClassVar[tuple[str, ...]] = ("ms", "beside", "ratio", "lag p95 ms", "lag max ms")

    seconds: float
    p95_seconds: float
    worst_seconds: float

    @classmethod
    def median_of(cls, lags: Sequence[Lag]) -> Lag:
        """Medians of time and percentile, and the worst of all."""
        return cls(
            median([lag.seconds for lag in lags]),
            median([lag.p95_seconds for lag in lags]),
            max(lag.worst_seconds for lag in lags),
        )

    def cells(self, peer_seconds: float, peer: str) -> list[str]:
        """A table row under `heading`."""
        return [
            f"{self.seconds * 1000:.0f}",
            f"{peer} {peer_seconds * 1000:.0f} ms",
            f"{self.seconds / peer_seconds:.2f}",
            f"{self.p95_seconds * 1000:.1f}",
            f"{self.worst_seconds * 1000:.1f}",
        ]


async def measured(work: Awaitable[object]) -> Lag:
    """Run `work` to its end beside the sleeper."""
    late: list[float] = []

    async def sleeper() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(NAP_SECONDS)
            late.append(time.perf_counter() - started - NAP_SECONDS)

    beside = asyncio.create_task(sleeper())
    await asyncio.sleep(10 * NAP_SECONDS)
    late.clear()
    started = time.perf_counter()
    await work
    seconds = time.perf_counter() - started
    await asyncio.sleep(2 * NAP_SECONDS)
    beside.cancel()
    return Lag(seconds, percentile(late, 0.95), max(late))
