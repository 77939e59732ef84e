"""An agent worker against a scripted model server, with its events at hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from clacky_tui import commands, events
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

E = TypeVar("E", bound=events.Event)
KEY = "sk-test-0123456789abcdef"
MODEL = "claude-sonnet-4-5"


class Harness:
    """A running worker. Every envelope lands in `envelopes`."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self.envelopes: list[events.Envelope] = []
        self.worker: AgentWorker
        self._arrived = asyncio.Condition()

    def deliver(self, envelope: events.Envelope) -> None:
        self.envelopes.append(envelope)
        asyncio.get_running_loop().create_task(self._notify())

    async def _notify(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    @property
    def events(self) -> list[events.Event]:
        return [envelope.event for envelope in self.envelopes]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    @property
    def shown_text(self) -> str:
        """The model's text so far, of all tasks."""
        return "".join(event.text for event in self.all(events.TextDelta))

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def next(
        self, kind: type[E], met: Callable[[E], bool] = lambda event: True, count: int = 1
    ) -> E:
        """The `count`th event of `kind` that meets the condition, waiting for it if need be."""

        def found() -> list[E]:
            return [event for event in self.all(kind) if met(event)]

        async with asyncio.timeout(60), self._arrived:
            await self._arrived.wait_for(lambda: len(found()) >= count)
        return found()[count - 1]

    async def arrived(self, count: int) -> None:
        """Wait for the `count`th envelope."""
        async with asyncio.timeout(60), self._arrived:
            await self._arrived.wait_for(lambda: len(self.envelopes) >= count)

    def send(self, command: commands.Command) -> None:
        self.worker.send(command)

    async def ask(self, text: str) -> events.TaskEnded:
        """Submit `text` and wait for the end of its task."""
        count = len(self.all(events.TaskEnded)) + 1
        self.send(commands.Submit(text=text))
        return await self.next(events.TaskEnded, count=count)

    async def approve(self, answer: str = "yes", feedback: str = "", count: int = 1) -> None:
        """Answer the `count`th approval request."""
        asked = await self.next(events.ApprovalAsked, count=count)
        self.send(
            commands.Approve.model_validate(
                {"request_id": asked.request_id, "answer": answer, "feedback": feedback}
            )
        )


@asynccontextmanager
async def running_worker(
    steps: Sequence[Step],
    working_dir: Path,
    *,
    wire: WireFormat = "anthropic",
    mode: PermissionMode = PermissionMode.CONFIRM_SAFES,
    settings: Settings | None = None,
    key: str = KEY,
    model: str = MODEL,
    stream: bool = True,
    attended: bool = True,
    resume: Path | None = None,
    suggests: bool = False,
) -> AsyncIterator[Harness]:
    """A worker in `working_dir` whose model answers with `steps`; with `resume` it goes on there."""
    server = DemoServer(script=list(steps), tokens_per_second=0)
    server.start()
    endpoint = server.endpoint(wire)
    entry = ModelEntry(
        model=model,
        api_key=SecretStr(key),
        base_url=endpoint.base_url,
        anthropic_format=wire == "anthropic",
        stream=stream,
    )
    harness = Harness(server)
    harness.worker = AgentWorker(
        settings or Settings(),
        harness.deliver,
        working_dir=working_dir,
        mode=mode,
        entry=entry,
        attended=attended,
        resume=resume,
        suggests=lambda: suggests,
    )
    serving = asyncio.create_task(harness.worker.run())
    try:
        yield harness
    finally:
        harness.send(commands.Shutdown())
        await serving
        server.stop()
