"""Work in a process of its own, with small modules written for the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from support.terminal_session import running, until

from clacky_tui.tools.child import ChildFailedError, run_module

Run = Callable[[str, bytes, float], asyncio.Task[bytes]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Starts a process with this program, this request and this limit."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def start(program: str, request: bytes, limit_seconds: float) -> asyncio.Task[bytes]:
        (tmp_path / "childs_work.py").write_text(program)
        return asyncio.create_task(run_module("childs_work", request, limit_seconds=limit_seconds))

    return start


async def test_the_answer_is_what_it_writes(run: Run) -> None:
    program = "import sys, clacky_tui; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])"
    assert await run(program, b"abc\0", 60) == b"\0cba"


async def test_the_last_line_of_trouble_is_told(run: Run) -> None:
    with pytest.raises(ChildFailedError) as caught:
        await run("raise ValueError('no\x1b such thing')", b"", 60)
    assert str(caught.value) == "ValueError: no such thing"
    with pytest.raises(ChildFailedError, match="exit status 3"):
        await run("import sys; sys.exit(3)", b"x" * 1_000_000, 60)


async def test_its_time_is_limited(run: Run) -> None:
    with pytest.raises(TimeoutError):
        await run("import time; time.sleep(60)", b"", 0.1)


async def test_it_is_killed_when_interrupted(run: Run) -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        gone.set()
        writer.close()

    async with await asyncio.start_server(watch, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        program = f"import socket; socket.create_connection(('127.0.0.1', {port})).recv(1)"
        work = run(program, b"", 60)
        await asyncio.wait_for(arrived.wait(), 60)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await asyncio.wait_for(gone.wait(), 60)


async def test_what_it_started_is_gone_with_it(run: Run) -> None:
    program = """
import subprocess, sys
sleeper = subprocess.Popen(["sleep", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(sleeper.pid)
"""
    sleeper = int(await run(program, b"", 60))
    await until(lambda: not running(sleeper))


async def test_it_gets_its_arguments(run: Run, tmp_path: Path) -> None:
    (tmp_path / "childs_work.py").write_text("import sys; print(sys.argv[1:])")
    answer = await run_module("childs_work", b"", limit_seconds=60, arguments=["a", "b c"])
    assert answer == b"['a', 'b c']\n"
