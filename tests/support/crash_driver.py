"""A process to be killed: runs an agent worker and prints every envelope as it is shown.

Arguments: address of the model, working directory, number of tasks. It goes on with the session it finds,
and after every other task takes it back, files and all.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pydantic import SecretStr

from clacky_tui import commands, events, paths
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode

MODEL = "claude-sonnet-4-5"
LIMIT_TOKENS = 6_000
"""Small, so that the conversation is compressed every few tasks."""


async def run(url: str, folder: Path, tasks: int) -> None:
    entry = ModelEntry(
        model=MODEL, api_key=SecretStr("sk-test-0123456789"), base_url=url, wire="anthropic"
    )
    over, answered = asyncio.Event(), asyncio.Event()
    begun, newest = False, 0

    def show(envelope: events.Envelope) -> None:
        nonlocal begun, newest
        sys.stdout.write(events.ENVELOPE.dump_json(envelope).decode() + "\n")
        sys.stdout.flush()
        begun = begun or envelope.event.kind == "task.started"
        if begun and envelope.event.kind == "task.ended":
            over.set()
            newest = envelope.task_id
        if envelope.event.kind in ("task.switched", "switch.planned", "notice", "failed"):
            answered.set()

    stored = sorted(paths.sessions_dir().glob("*.jsonl"))
    worker = AgentWorker(
        Settings(models=(entry,), compression_threshold_tokens=LIMIT_TOKENS, max_turns=None),
        show,
        working_dir=folder,
        mode=PermissionMode.AUTO_APPROVE,
        entry=entry,
        resume=stored[0] if stored else None,
    )
    serving = asyncio.create_task(worker.run())
    for number in range(tasks):
        over.clear()
        worker.send(commands.Submit(text=f"task {number}"))
        await over.wait()
        if number % 2 == 0:
            answered.clear()
            worker.send(commands.SwitchTask(to_task=max(newest - 1, 0)))
            await answered.wait()
    worker.send(commands.Shutdown())
    await serving


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
