"""Commands that go on after their call returned: who they are, how to stop them, how they ended."""

from __future__ import annotations

import secrets
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

HANDLE_CHARACTERS = 9
KEPT_FINISHED = 50
"""Finished tasks that can still be asked about."""

BackgroundStatus = Literal["running", "waiting", "success", "failed", "cancelled", "error"]
"""Waiting: quiet at a prompt, until it is typed into."""


@dataclass(frozen=True, slots=True)
class BackgroundTask:
    """One command. `output_file` grows while it runs; `watched` tells the model when it ends."""

    handle: str
    command: str
    cwd: Path
    started_at: datetime
    output_file: Path | None = None
    status: BackgroundStatus = "running"
    exit_code: int | None = None
    ended_at: datetime | None = None
    last_line: str = ""
    """The last line of output that is not blank, once it has ended."""
    watched: bool = True
    call_id: str = ""

    @property
    def is_alive(self) -> bool:
        return self.status in ("running", "waiting")


class BackgroundTasks:
    """The session's background commands, oldest first. Used on the worker's loop only.

    `on_change` is called after every change; `on_finished` once per task that ended by itself or
    was stopped, after `on_change`.
    """

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.on_finished: Callable[[BackgroundTask], None] = lambda task: None
        self._tasks: dict[str, BackgroundTask] = {}
        self._stops: dict[str, Callable[[], Awaitable[None]]] = {}
        self._when_ended: dict[str, Callable[[], None]] = {}

    @property
    def tasks(self) -> tuple[BackgroundTask, ...]:
        return tuple(self._tasks.values())

    @property
    def alive(self) -> tuple[BackgroundTask, ...]:
        return tuple(task for task in self._tasks.values() if task.is_alive)

    def get(self, handle: str) -> BackgroundTask | None:
        return self._tasks.get(handle)

    def new_handle(self) -> str:
        """A handle no task has: 9 lower-case letters and digits."""
        while True:
            handle = "".join(
                secrets.choice(string.ascii_lowercase + string.digits)
                for _ in range(HANDLE_CHARACTERS)
            )
            if handle not in self._tasks:
                return handle

    def add(self, task: BackgroundTask, stop: Callable[[], Awaitable[None]]) -> None:
        """Take up a running task. `stop` ends its processes and returns when they are gone."""
        self._tasks[task.handle] = task
        self._stops[task.handle] = stop
        self.on_change()

    def set_status(
        self, handle: str, status: Literal["running", "waiting"], *, watched: bool | None = None
    ) -> None:
        """A living task went quiet at a prompt, or goes on; `watched` stays when not given."""
        task = self._tasks.get(handle)
        if task is None or not task.is_alive:
            return
        changed = replace(task, status=status, watched=task.watched if watched is None else watched)
        if changed != task:
            self._tasks[handle] = changed
            self.on_change()

    def finish(
        self,
        handle: str,
        status: Literal["success", "failed", "cancelled", "error"],
        *,
        exit_code: int | None = None,
        last_line: str = "",
    ) -> None:
        """A task is over; the first end counts, later ones are ignored."""
        task = self._tasks.get(handle)
        if task is None or not task.is_alive:
            return
        ended = replace(
            task,
            status=status,
            exit_code=exit_code,
            last_line=last_line,
            ended_at=datetime.now().astimezone(),
        )
        self._tasks[handle] = ended
        self._stops.pop(handle, None)
        self._forget_oldest()
        self._when_ended.pop(handle, lambda: None)()
        self.on_change()
        self.on_finished(ended)

    def when_ended(self, handle: str, call: Callable[[], None]) -> None:
        """`call` once a living task is over, also when everything is ended with the session."""
        self._when_ended[handle] = call

    async def stop(self, handle: str) -> bool:
        """End a living task with all its processes; False when there is none of this handle."""
        task, stop = self._tasks.get(handle), self._stops.get(handle)
        if task is None or stop is None:
            return False
        await stop()
        self.finish(handle, "cancelled")
        return True

    async def stop_all(self) -> None:
        """End everything; nothing is told any more."""
        self.on_change, self.on_finished = lambda: None, lambda task: None
        for task in self.alive:
            await self.stop(task.handle)

    def _forget_oldest(self) -> None:
        finished = [task.handle for task in self._tasks.values() if not task.is_alive]
        for handle in finished[:-KEPT_FINISHED]:
            del self._tasks[handle]
