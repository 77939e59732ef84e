"""A shell command in a session of its own, so that it can be stopped with all its children."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from pathlib import Path

READ_BYTES = 64 * 1024
POLL_SECONDS = 0.05


class ProcessGroup:
    """One run of a command: started, read to its end, stopped. Its id is its process group's.

    A process that opens a session of its own (a daemon) leaves the group and is out of reach.
    """

    def __init__(self, process: Process, output_fd: int) -> None:
        self._process = process
        self._pipe = os.fdopen(output_fd, "rb", buffering=0)
        self.id = process.pid

    @classmethod
    async def start(cls, command: str, cwd: Path, env: Mapping[str, str]) -> ProcessGroup:
        """Run `command` with bash (or sh): stdin empty, stdout and stderr in one pipe.

        The pipe is ours rather than asyncio's, because asyncio may hold back the exit of a process
        until every inheritor has closed its pipe.

        Raises:
            OSError: the shell cannot be started.
        """
        read_fd, write_fd = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(shutil.which("bash") or "/bin/sh", "-c", command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_fd,
                stderr=write_fd,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,
            )
        except BaseException:
            os.close(read_fd)
            raise
        finally:
            os.close(write_fd)
        return cls(process, read_fd)

    async def read_all(self, take: Callable[[bytes], None]) -> None:
        """Hand every piece of output to `take` until the last holder of the pipe is gone."""
        reader = asyncio.StreamReader(limit=READ_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: protocol, self._pipe)
        try:
            while piece := await reader.read(READ_BYTES):
                take(piece)
        finally:
            transport.close()

    async def wait(self) -> int:
        """The shell's exit status; a death by signal counts as 128 + its number."""
        status = await self._process.wait()
        return 128 - status if status < 0 else status

    def close(self) -> None:
        """Let go of the pipe; after this nothing more is read."""
        self._pipe.close()

    async def alive(self) -> bool:
        """True while a process of the group runs; the dead that nobody collected do not count."""
        try:
            os.killpg(self.id, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return not await asyncio.to_thread(_only_zombies, self.id)

    async def stop(self, kill_after_seconds: float) -> None:
        """TERM to all, and KILL to those still there after `kill_after_seconds`.

        When this is cancelled itself, KILL comes at once.
        """
        try:
            self._signal(signal.SIGTERM)
            self._signal(signal.SIGCONT)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(kill_after_seconds):
                    await self._gone()
        finally:
            self._signal(signal.SIGKILL)
        await self._process.wait()

    async def _gone(self) -> None:
        await self._process.wait()
        while True:
            if not await self.alive():
                return
            await asyncio.sleep(POLL_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.id, number)


def _only_zombies(group_id: int) -> bool:
    """True when all of the group is dead and waits for a parent that never asks (containers)."""
    statuses = list(Path("/proc").glob("[0-9]*/stat"))
    for status in statuses:
        with contextlib.suppress(OSError):
            # After the command name, in parentheses: state, parent, process group (proc(5)).
            state, _, group, *_ = status.read_bytes().rpartition(b")")[2].split()
            if int(group) == group_id and state not in b"ZX":
                return False
    return bool(statuses)
