"""A session that goes on in a new process sends what it would have sent without the exit."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.wire_server import WIRES, Held, WireServer
from support.worker import Harness

from clacky_tui import commands, events, paths
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Turn

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
EACH_WIRE = pytest.mark.parametrize("wire", WIRES)
ARCHIVE = re.compile(rb"[^\" ]*[-0-9]{20}[0-9a-f]{8}-chunk")
"""A file of this session, whose name begins with its time and id."""
SUMMARY = "<topics>files</topics>\n<summary>Files were read, all is well.</summary>"


class Client:
    """One worker after another on the same journal."""

    def __init__(self, server: WireServer, wire: WireFormat, folder: Path) -> None:
        self._server = server
        self._wire = wire
        self._folder = folder
        self.settings = Settings(compression_threshold_tokens=8000)
        self.harness: Harness
        self._serving: asyncio.Task[None]

    async def start(self, resume: Path | None = None) -> None:
        entry = self._server.entry(self._wire)
        self.harness = Harness(self._server)  # type: ignore[arg-type]
        self.harness.worker = AgentWorker(
            self.settings.model_copy(update={"models": (entry,)}),
            self.harness.deliver,
            working_dir=self._folder,
            mode=PermissionMode.AUTO_APPROVE,
            entry=entry,
            resume=resume,
        )
        self._serving = asyncio.create_task(self.harness.worker.run())
        await self.harness.next(events.SessionOpened)

    async def stop(self) -> None:
        self.harness.send(commands.Shutdown())
        await self._serving

    async def restart(self) -> None:
        await self.stop()
        await self.start(journal())


def journal() -> Path:
    """The only session's."""
    [path] = paths.sessions_dir().glob("*.jsonl")
    return path


def lay_out(folder: Path) -> None:
    """The project the sessions work in."""
    folder.mkdir(exist_ok=True)
    (folder / "dot.png").write_bytes(base64.b64decode(PIXEL))
    (folder / "rules.txt").write_text("be brief\n")


@asynccontextmanager
async def client(turns: list[Turn], folder: Path, wire: WireFormat) -> AsyncIterator[Client]:
    lay_out(folder)
    async with WireServer(turns) as server:
        user = Client(server, wire, folder)
        await user.start()
        try:
            yield user
        finally:
            await user.stop()


Restart = Callable[[], Awaitable[None]]


async def tools_and_images(user: Client, restart: Restart) -> None:
    await user.harness.ask("look at the files, 请")
    await restart()
    await user.harness.ask("go on")
    await restart()
    await user.harness.ask("and on")


async def interrupted(user: Client, restart: Restart) -> None:
    user.harness.send(commands.Submit(text="say much"))
    await user.harness.next(events.TextDelta)
    ended = len(user.harness.all(events.TaskEnded)) + 1
    user.harness.send(commands.Interrupt())
    await user.harness.next(events.TaskEnded, count=ended)
    await restart()
    await user.harness.ask("shorter")


async def compressed(user: Client, restart: Restart) -> None:
    await user.harness.ask("say much")
    await user.harness.ask("and more")
    user.harness.send(commands.Compact())
    done = await user.harness.next(events.CompressionFinished)
    assert done.outcome == "done"
    await restart()
    await user.harness.ask("go on")


async def compression_undone(user: Client, restart: Restart) -> None:
    await user.harness.ask("say much")
    await user.harness.ask("and more")
    user.harness.send(commands.Compact())
    await user.harness.next(events.CompressionFinished)
    await restart()
    while not user.harness.all(events.CompressionUndone):
        # Refused, and said, until the compression is over in all its parts.
        told = len(user.harness.envelopes)
        user.harness.send(commands.UndoCompression())
        await user.harness.arrived(told + 1)
    await restart()
    await user.harness.ask("go on")


async def thinking(user: Client, restart: Restart) -> None:
    user.harness.send(commands.SetReasoningLevel(level="high"))
    await user.harness.ask("think")
    await restart()
    await user.harness.ask("think on")


READ = Turn(
    "I look.",
    reasoning="Two files, then the picture.",
    tool_calls=(
        ScriptedCall("file_reader", {"path": "rules.txt"}),
        ScriptedCall("file_reader", '{"path":   "dot.png"}'),
        ScriptedCall("file_reader", {"path": "gone.txt"}),
        ScriptedCall("todo_manager", {"action": "add", "tasks": ["one", "two"]}),
        ScriptedCall("grep", '{"pattern": "half'),
    ),
)
WIDE = Turn(
    tool_calls=tuple(ScriptedCall("glob", {"pattern": f"*{number}*"}) for number in range(18))
)
LONG = Turn("Words. " * 1500)
SCENES = {
    "tools and images": (
        tools_and_images,
        [READ, WIDE, Turn("Done."), WIDE, Turn("Again."), Turn("End.")],
    ),
    "interrupt": (interrupted, [Held("Half an ans"), Turn("Short.")]),
    "compression": (compressed, [LONG, LONG, Turn(SUMMARY), Turn("On.")]),
    "undone compression": (
        compression_undone,
        [LONG, LONG, Turn(SUMMARY), Turn("On.")],
    ),
    "reasoning": (thinking, [Turn("a", reasoning="hm"), Turn("b", reasoning="hm")]),
}


async def bodies(scene: str, wire: WireFormat, folder: Path, *, exits: bool) -> list[bytes]:
    """What is sent in the scene, with or without the exits in it."""
    play, turns = SCENES[scene]
    async with client(turns, folder, wire) as user:

        async def stay() -> None:
            pass

        await play(user, user.restart if exits else stay)
        return [ARCHIVE.sub(b"chunk", body) for body in user._server.bodies]


@EACH_WIRE
@pytest.mark.parametrize("scene", SCENES)
async def test_the_same_bytes_as_without_the_exit(
    scene: str, wire: WireFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLACKY_HOME", str(tmp_path / "twin"))
    without = await bodies(scene, wire, tmp_path / "work", exits=False)
    monkeypatch.setenv("CLACKY_HOME", str(tmp_path / "resumed"))
    resumed = await bodies(scene, wire, tmp_path / "work", exits=True)
    assert resumed == without
    assert len(without) == len(SCENES[scene][1])
