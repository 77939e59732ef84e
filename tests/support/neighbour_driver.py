"""A process that is not alone: works in one folder after the other and says yes for good to everything.

Arguments: address of the model, parent of the folders, number of folders, journal to go on with. It prints
every envelope, and begins when a line comes in.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pydantic import SecretStr

from clacky_tui import commands, events
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings

MODEL = "claude-sonnet-4-5"


async def run(url: str, parent: Path, folders: int, journal: Path) -> None:
    arrived: asyncio.Queue[events.Event] = asyncio.Queue()

    def show(envelope: events.Envelope) -> None:
        sys.stdout.write(events.ENVELOPE.dump_json(envelope).decode() + "\n")
        sys.stdout.flush()
        arrived.put_nowait(envelope.event)

    async def agree_until(ending: type[events.TrustGiven | events.TaskEnded]) -> None:
        while not isinstance(event := await arrived.get(), ending):
            match event:
                case events.TrustAsked(request_id=asked):
                    worker.send(commands.AnswerTrust(request_id=asked, answer="trusted"))
                case events.ApprovalAsked(request_id=asked):
                    worker.send(commands.Approve(request_id=asked, answer="yes_always"))

    entry = ModelEntry(
        model=MODEL, api_key=SecretStr("sk-test-0123456789"), base_url=url, wire="anthropic"
    )
    worker = AgentWorker(
        Settings(models=(entry,)), show, working_dir=parent, entry=entry, resume=journal
    )
    serving = asyncio.create_task(worker.run())
    await asyncio.to_thread(sys.stdin.readline)
    for number in range(folders):
        worker.send(commands.SetWorkingDir(path=str(parent / str(number))))
        await agree_until(events.TrustGiven)
        worker.send(commands.Submit(text=f"{parent.name} {number}"))
        await agree_until(events.TaskEnded)
    worker.send(commands.Shutdown())
    await serving


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
