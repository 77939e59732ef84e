"""The bridge between the screen's event loop and the agent worker's own thread.

Envelopes come in through `take`, commands go out through `send`; nothing else crosses.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from clacky_tui.agent.worker_thread import WorkerThread

if TYPE_CHECKING:
    from clacky_tui import commands, events
    from clacky_tui.agent.worker_thread import StartWorker

DRAIN_INTERVAL_SECONDS = 0.02
"""Envelopes that come faster than this are handed over together."""


class WorkerSpoke(Message):
    """Envelopes are waiting in the bridge."""


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
        arrived: called on the screen's loop when there is something to `take`.
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
        self._envelopes: deque[events.Envelope] = deque()
        self._awake = False
        self._last_drain = 0.0
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
            self._awake = False
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
        with self._lock:
            self._envelopes.append(envelope)
            if self._awake:
                return
            self._awake = True
        self._on_screen_loop(self._schedule_drain)

    def _schedule_drain(self) -> None:
        wait = self._last_drain + DRAIN_INTERVAL_SECONDS - self._screen_loop.time()
        if wait <= 0:
            self._arrived()
        else:
            self._screen_loop.call_later(wait, self._arrived)

    def _on_screen_loop(self, callback: Callable[..., object], *arguments: object) -> None:
        if not self._screen_loop.is_closed():
            self._screen_loop.call_soon_threadsafe(callback, *arguments)


def join_pieces(envelopes: list[events.Envelope]) -> list[events.Envelope]:
    """`envelopes` with neighbouring text pieces of the same kind joined into the first of them."""
    joined: list[events.Envelope] = []
    for envelope in envelopes:
        last = joined[-1].event if joined else None
        event = envelope.event
        if last is not None and last.kind == event.kind and _is_piece(event, last):
            text = last.text + event.text  # type: ignore[union-attr]
            merged = event.model_copy(update={"text": text})
            joined[-1] = envelope.model_copy(update={"event": merged})
        else:
            joined.append(envelope)
    return joined


def _is_piece(event: events.Event, last: events.Event) -> bool:
    match event.kind:
        case "text.delta" | "reasoning.delta":
            return True
        case "tool.output":
            return event.call_id == last.call_id  # type: ignore[union-attr]
        case _:
            return False
