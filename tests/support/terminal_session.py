"""The terminal tool as a session uses it, and what tests ask about its processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext, ToolResult
from clacky_tui.tools.terminal.tool import Terminal


class TerminalSession:
    """The tool with short times, and the context it runs in."""

    def __init__(self, context: ToolContext) -> None:
        self.context = context
        self.tool = Terminal(quiet_seconds=0.4, start_up_seconds=0.3, interrupt_seconds=1)

    async def run(self, command: str, **more: object) -> ToolResult:
        return await self.tool.run({"command": command, **more}, self.context)

    async def on(self, handle: str, **more: object) -> ToolResult:
        return await self.tool.run({"handle_id": handle, **more}, self.context)

    async def refusal(self, **arguments: object) -> str:
        with pytest.raises(ToolError) as caught:
            await self.tool.run(arguments, self.context)
        return caught.value.message


def handle_of(result: ToolResult) -> str:
    assert result.card is not None
    handle = str(result.card["handle"])
    assert handle
    assert handle in result.content
    return handle


def running(pid: int) -> bool:
    """True when the process is there and not a zombie."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status.rpartition(b")")[2].split()[0] not in b"ZX"


def pids(folder: Path) -> list[int]:
    return [int(file.read_text()) for file in sorted(folder.glob("pid*")) if file.read_text()]


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)
