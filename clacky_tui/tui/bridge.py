"""The bridge between the screen's event loop and the agent worker's own thread.

Envelopes come in through `take`, commands go out through `send`; nothing else crosses.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from itertools import groupby
from typing import TYPE_CHECKING

from textual.message import Message

from clacky_tui.agent.worker_thread import WorkerThread
from clacky_tui.tui.profile import current_profile

if TYPE_CHECKING:
    from clacky_tui import commands, events
    from clacky_tui.agent.worker_thread import StartWorker

DRAIN_INTERVAL_SECONDS = 0.02
"""Envelopes that come faster than this are handed over together. Pieces of text wait as long as the
profile's drawing does."""
TOGETHER_SECONDS = 0.005
"""The first piece after a pause waits so long for those that arrived with it."""


class WorkerDied(Message):
    """The worker could not start, or ended by a defect."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class WorkerBridge:
    """Runs the worker on a thread.

    Args:
        start: makes the worker, given where to deliver envelopes; called on the worker's thread,
            where reading configuration and importing providers hold nobody up.
        arrived: called on the screen's loop when there is something to `take`, in the context that the
            bridge was made in.
        failed: called on the screen's loop when the worker could not start or died.
    """

    def __init__(
        self,
        start: StartWorker,
        arrived: Callable[[], object],
        failed: Callable[[Exception], object],
    ) -> None:
        self._arrived = arrived
        self._screen_loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._envelopes: deque[events.Envelope] = deque()
        self._urgency = 0
        """0 while nothing waits, 1 while only pieces do, 2 when something is to be handed over soon."""
        self._last_drain = 0.0
        self._drain: asyncio.TimerHandle | None = None
        self._lock = threading.Lock()
        self._thread = WorkerThread(
            start, self._deliver, lambda error: self._on_screen_loop(failed, error)
        )

    def start(self) -> None:
        self._thread.start()

    def send(self, command: commands.Command) -> None:
        """Hand a command to the worker; before it is up they wait in order."""
        self._thread.send(command)

    def take(self) -> list[events.Envelope]:
        """Everything that arrived since the last call, pieces of one text joined."""
        self._last_drain = self._screen_loop.time()
        with self._lock:
            self._urgency = 0
            taken = list(self._envelopes)
            self._envelopes.clear()
        return join_pieces(taken)

    @property
    def alive(self) -> bool:
        return self._thread.alive

    async def wait_closed(self, timeout_seconds: float) -> bool:
        """Wait for the worker to end after `Shutdown`; False when it took too long."""
        return await asyncio.to_thread(self._thread.join, timeout_seconds)

    def _deliver(self, envelope: events.Envelope) -> None:
        urgency = 2 if _stream_of(envelope) is None else 1
        with self._lock:
            self._envelopes.append(envelope)
            if self._urgency >= urgency:
                return
            self._urgency = urgency
        self._on_screen_loop(self._schedule_drain, urgency)

    def _schedule_drain(self, urgency: int) -> None:
        if self._drain is not None:
            self._drain.cancel()
        if urgency == 2:
            due = self._last_drain + DRAIN_INTERVAL_SECONDS
        else:
            pause_end = self._last_drain + current_profile().flush_seconds
            due = max(pause_end, self._screen_loop.time() + TOGETHER_SECONDS)
        self._drain = self._screen_loop.call_at(due, self._arrived, context=self._context)

    def _on_screen_loop(self, callback: Callable[..., object], *arguments: object) -> None:
        with suppress(
            RuntimeError
        ):  # the loop is closed: the app did not wait for the worker's end
            self._screen_loop.call_soon_threadsafe(callback, *arguments)


def join_pieces(envelopes: list[events.Envelope]) -> list[events.Envelope]:
    """`envelopes` with neighbouring text pieces of the same kind joined into the first of them."""
    joined: list[events.Envelope] = []
    for stream, group in groupby(envelopes, _stream_of):
        first, *more = group
        if stream is not None and more:
            text = "".join(envelope.event.text for envelope in (first, *more))  # type: ignore[union-attr]
            event = first.event.model_copy(update={"text": text})
            joined.append(first.model_copy(update={"event": event}))
        else:
            joined += first, *more
    return joined


def _stream_of(envelope: events.Envelope) -> tuple[str, str] | None:
    """Which growing text a piece belongs to; None for what is no piece."""
    event = envelope.event
    match event.kind:
        case "text.delta" | "reasoning.delta":
            return event.kind, ""
        case "tool.output":
            return event.kind, event.call_id
        case _:
            return None
