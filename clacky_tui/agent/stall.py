"""Waiting for a silent stream: visible seconds first, giving up after a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from clacky_tui.providers.pulse import Pulse, listening


@dataclass(frozen=True, slots=True)
class Patience:
    """How long silence is borne, in seconds."""

    stall_after_seconds: float = 10.0
    """Silence after which it is said, the wait for the first byte included."""
    stall_every_seconds: float = 5.0
    idle_limit_seconds: float = 120.0
    """Silence in the middle of a reply after which it is given up. Before the first byte a model may
    be thinking, and what it does is billed: there the transport's own, longer limit holds."""


@asynccontextmanager
async def watch_silence(
    patience: Patience, stalled: Callable[[float], None]
) -> AsyncIterator[Pulse]:
    """Watch the stream that is read inside this block; `stalled` is told the seconds of silence.

    Raises:
        TimeoutError: the reply had begun, then nothing came for `idle_limit_seconds`.
    """
    with listening() as pulse:
        async with asyncio.timeout(None) as limit:
            watcher = asyncio.create_task(_watch(pulse, patience, stalled, limit))
            try:
                yield pulse
            finally:
                watcher.cancel()


async def _watch(
    pulse: Pulse, patience: Patience, stalled: Callable[[float], None], limit: asyncio.Timeout
) -> None:
    next_report = patience.stall_after_seconds
    while True:
        due = min(next_report, patience.idle_limit_seconds) if pulse.begun else next_report
        await asyncio.sleep(max(due - pulse.silent_seconds, 0))
        silent = pulse.silent_seconds
        if pulse.begun and silent >= patience.idle_limit_seconds:
            limit.reschedule(asyncio.get_running_loop().time())
            return
        if silent >= next_report:
            stalled(silent)
            next_report = silent + patience.stall_every_seconds
        elif silent < patience.stall_after_seconds:
            next_report = patience.stall_after_seconds
