"""The agent worker on a thread of its own, for a front end that must not wait for it.

Neither a slow screen holds up the agent nor a busy agent the keyboard.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clacky_tui import commands, events
    from clacky_tui.agent.worker import AgentWorker

    StartWorker = Callable[[Callable[[events.Envelope], None]], AgentWorker]


class WorkerThread:
    """Runs the worker.

    Args:
        start: makes the worker, given where to deliver envelopes; called on the thread, where reading
            configuration and importing providers hold nobody up.
        deliver: receives every envelope, on the thread.
        failed: called on the thread when the worker could not start or died.
    """

    def __init__(
        self,
        start: StartWorker,
        deliver: Callable[[events.Envelope], None],
        failed: Callable[[Exception], object],
    ) -> None:
        self._start_worker = start
        self._deliver = deliver
        self._failed = failed
        self._worker: AgentWorker | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._early: list[commands.Command] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="agent", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the worker to end after `Shutdown`; False when it took too long."""
        self._thread.join(timeout_seconds)
        return not self.alive

    def send(self, command: commands.Command) -> None:
        """Hand a command to the worker; before it is up they wait in order."""
        with self._lock:
            if self._worker is None or self._loop is None:
                self._early.append(command)
                return
        with suppress(RuntimeError):  # the loop is closed: the worker has ended
            self._loop.call_soon_threadsafe(self._worker.send, command)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001  told to the person, not lost with the thread
            self._failed(error)

    async def _serve(self) -> None:
        worker = self._start_worker(self._deliver)
        with self._lock:
            self._worker, self._loop = worker, asyncio.get_running_loop()
            early, self._early = self._early, []
        for command in early:
            worker.send(command)
        await worker.run()
