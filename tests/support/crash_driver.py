"""A process to be killed: runs an agent worker and prints every envelope as it is shown.

Arguments: address of the model, working directory, number of tasks. It goes on with the session it finds.
What follows a task comes round in turn: it is taken back, files and all, and maybe done again, or the
conversation is compressed. A line ``{"mark": ...}`` stands around what no event tells of.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from clacky_tui import commands, events, paths
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode

MODEL = "claude-sonnet-4-5"
LIMIT_TOKENS = 6_000
"""Small, so that the conversation is compressed every few tasks."""
DISK_SECONDS = 0.002
"""How long the disk takes before and after each sync, so that a kill can fall on both sides of it."""

E = TypeVar("E", bound=events.Event)
_printing = threading.Lock()


def tell(line: str) -> None:
    with _printing:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


@contextmanager
def marked(what: str) -> Iterator[None]:
    """Say where `what` begins and ends."""
    tell(json.dumps({"mark": what, "open": True}))
    yield
    tell(json.dumps({"mark": what, "open": False}))


def announce_syncs() -> None:
    """Every sync of a file is told, and takes its time."""
    sync = os.fsync

    def slow_sync(fd: int) -> None:
        with marked("saving"):
            time.sleep(DISK_SECONDS)
            sync(fd)
            time.sleep(DISK_SECONDS)

    os.fsync = slow_sync  # type: ignore[assignment]  # the disk is where this process ends


class Conversation:
    """Sends one command after the other and waits for what comes of each."""

    def __init__(self, folder: Path) -> None:
        self.worker: AgentWorker
        self._folder = folder
        self._arrived: asyncio.Queue[events.Event] = asyncio.Queue()

    def show(self, envelope: events.Envelope) -> None:
        tell(events.ENVELOPE.dump_json(envelope).decode())
        self._arrived.put_nowait(envelope.event)

    async def next(self, *kinds: type[E]) -> E:
        while not isinstance(event := await self._arrived.get(), kinds):
            pass
        return event

    async def run_task(self, text: str) -> None:
        self.worker.send(commands.Submit(text=text))
        await self.next(events.TaskStarted)
        await self.next(events.TaskEnded)

    async def take_back(self, before: dict[str, bytes] | None, *, redo: bool) -> None:
        """Undo the task that ended, and maybe do it again.

        Args:
            before: the files that then have to be there; None when a crash came before the task, and
                left the files between two tasks.
            redo: whether it is done again.
        """
        after = self.files()
        self.worker.send(commands.ListTasks())
        listed = await self.next(events.TasksListed)
        parent = max((task.id for task in listed.tasks if task.status == "past"), default=0)
        await self._switch(parent)
        undone = self.files()
        assert before in (None, undone), f"undo to task {parent}: {undone} instead of {before}"
        if redo:
            await self._switch(listed.active)
            assert self.files() == after, (
                f"redo to task {listed.active} has not made all files again"
            )

    async def _switch(self, to_task: int) -> None:
        with marked("undo"):
            self.worker.send(commands.PlanSwitch(to_task=to_task))
            plan = await self.next(events.SwitchPlanned)
            assert not [file.conflict for file in plan.files if file.conflict], plan
            self.worker.send(commands.SwitchTask(to_task=to_task, plan_id=plan.plan_id))
            await self.next(events.TaskSwitched)

    async def compress(self) -> None:
        self.worker.send(commands.Compact())
        await self.next(events.CompressionFinished, events.Notice)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._folder.iterdir() if path.is_file()}


async def run(url: str, folder: Path, tasks: int) -> None:
    entry = ModelEntry(
        model=MODEL, api_key=SecretStr("sk-test-0123456789"), base_url=url, wire="anthropic"
    )
    stored = sorted(paths.sessions_dir().glob("*.jsonl"))
    conversation = Conversation(folder)
    worker = conversation.worker = AgentWorker(
        Settings(models=(entry,), compression_threshold_tokens=LIMIT_TOKENS, max_turns=None),
        conversation.show,
        working_dir=folder,
        mode=PermissionMode.AUTO_APPROVE,
        entry=entry,
        resume=stored[0] if stored else None,
    )
    serving = asyncio.create_task(worker.run())
    for number in range(tasks):
        before = conversation.files() if number else None
        await conversation.run_task(f"task {number}")
        match number % 3:
            case 0 | 1 as turn:
                await conversation.take_back(before, redo=turn == 1)
            case _:
                await conversation.compress()
    worker.send(commands.Shutdown())
    await serving


if __name__ == "__main__":
    announce_syncs()
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
