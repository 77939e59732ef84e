"""One interactive shell on a pseudo-terminal, typed into by us: a command in, output and end out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.files import PRIVATE_FILE_MODE
from clacky_tui.tools.terminal import process_tree
from clacky_tui.tools.terminal.pty_process import PtyProcess
from clacky_tui.tools.terminal.scripts import (
    Setting,
    command_line,
    command_script,
    set_up_line,
)

READ_BYTES = 64 * 1024
BUFFER_BYTES = 512 * 1024
"""More than this is not read before it is taken; the program then waits in its write."""
MARKER_BYTES = 64
"""Longest end marker."""
ASK_AGAIN_SECONDS = 2.0
"""An rc file that reads a line may have swallowed the first set-up line."""
START_TICK_SECONDS = 0.1
HANG_UP_SECONDS = 0.5
TYPING_SECONDS = 5.0
ASKING_SECONDS = 5.0
SETTLE_SECONDS = 1.0


class ShellNotReady(Exception):
    """The shell did not come up, or not in time; the text says which and how."""


@dataclass(frozen=True, slots=True)
class ShellKind:
    """How a shell is started: its words, and the rc files whose change makes it stale."""

    argv: tuple[str, ...]
    rc_files: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        return self.argv[0]


class Shell:
    """Used from one event loop, by one command at a time.

    Attributes:
        pid: of the shell, also the id of its session.
        exit_code: of the last command once `ended` is set; None when the shell was lost without.
        ended: set when the command that runs has ended, or the shell has.
        arrived: set when there is something to `take`, or `ended` was set.
        pressing: set when there is much to `take`, or `ended` was set.
    """

    def __init__(self, process: PtyProcess, folder: Path, kind: ShellKind) -> None:
        self.pid = process.pid
        self.kind = kind
        self.exit_code: int | None = None
        self.ended = asyncio.Event()
        self.arrived = asyncio.Event()
        self.pressing = asyncio.Event()
        self.companions: frozenset[int] = frozenset()
        """Children from the rc files and hooks, which are nobody's command."""
        self.rc_stamp: tuple[int, ...] = ()
        self._pty = process
        self._token = secrets.token_hex(8)
        self._script = folder / f"{process.pid}-{self._token[:4]}"
        self._number = 0
        self._env: Mapping[str, str] = {}
        self._buffer = bytearray()
        self._reading = False
        self._closed = False
        self._lost = False
        self._marker = re.compile(b"")
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def start(
        cls,
        kind: ShellKind,
        cwd: Path,
        env: Mapping[str, str],
        *,
        folder: Path,
        ready_seconds: float,
        guard_file: Path | None = None,
    ) -> Shell:
        """Start `kind` and wait until it is ready for commands; its rc files' output is dropped.

        Raises:
            ShellNotReady: it cannot be started or is not ready after `ready_seconds`.
        """
        spawning = asyncio.ensure_future(asyncio.to_thread(PtyProcess.start, kind.argv, cwd, env))
        try:
            process = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            await cls(await spawning, folder, kind).stop(HANG_UP_SECONDS)
            raise
        except OSError as error:
            raise ShellNotReady(f"{kind.name} could not be started: {error}") from error
        shell = cls(process, folder, kind)
        try:
            async with asyncio.timeout(ready_seconds):
                await shell._set_up(guard_file)
            if not shell._lost:
                process.program_has_it()
                shell._buffer.clear()
                shell.companions = await asyncio.to_thread(process_tree.children, shell.pid)
                shell.rc_stamp = await asyncio.to_thread(rc_stamp, kind.rc_files)
                return shell
        except TimeoutError:
            await shell.stop(HANG_UP_SECONDS)
            raise ShellNotReady(f"{kind.name} was not ready after {ready_seconds:g} s") from None
        except asyncio.CancelledError:
            # Asked, not killed at once: rc files hold locks that only their own traps remove.
            await shell.stop(HANG_UP_SECONDS)
            raise
        await shell.stop(HANG_UP_SECONDS)
        raise ShellNotReady(f"{kind.name} ended while it started")

    @property
    def is_healthy(self) -> bool:
        """Ready for the next command, as far as can be seen from outside."""
        return self.ended.is_set() and not self._lost and not self.has_died()

    def has_died(self) -> bool:
        """True when the process is gone; notes it as the end of the command that runs."""
        if self._closed:
            return True
        status = self._pty.process.poll()
        if status is None:
            return False
        self._end(128 - status if status < 0 else status, lost=True)
        return True

    async def run(self, command: str, setting: Setting) -> None:
        """Start `command`; its output is to be taken until `ended` is set."""
        self._number += 1
        self._expect(self._number)
        script = command_script(command, self._number, setting, self._pty.tty, self._env)
        self._env = setting.env
        await asyncio.to_thread(self._prepare, script)
        await self.type(command_line(self._script))

    async def type(self, keys: bytes) -> None:
        """Send `keys` as the terminal's input.

        Raises:
            TimeoutError: nobody reads them.
            OSError: the shell is gone.
        """
        async with asyncio.timeout(TYPING_SECONDS):
            while keys:
                try:
                    keys = keys[os.write(self._pty.terminal, keys) :]
                except BlockingIOError:
                    await asyncio.sleep(0.01)

    async def settle(self) -> None:
        """After a lost shell's end, wait a moment for its exit status."""
        if self._lost and self.exit_code is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._pty.process.wait, SETTLE_SECONDS)
            self.has_died()

    async def environment(self, cwd: Path, file: Path) -> dict[str, str]:
        """The variables a command in `cwd` gets, read by way of `file`.

        Raises:
            OSError, TimeoutError: the shell does not tell.
        """
        command = f"\\command /usr/bin/env -0 >{shlex.quote(str(file))}"
        async with asyncio.timeout(ASKING_SECONDS):
            await self.run(command, Setting(cwd))
            await self._until_ended()
        variables = (await asyncio.to_thread(file.read_bytes)).split(b"\0")
        return dict(os.fsdecode(line).split("=", 1) for line in variables if b"=" in line)

    def take(self) -> bytes:
        """What has been read since the last time, at most `READ_BYTES`, without the end marker."""
        limit = len(self._buffer)
        if not self.ended.is_set():
            start = self._buffer.rfind(b"\x1e", max(limit - MARKER_BYTES, 0))
            limit = start if start >= 0 else limit  # maybe the first half of the marker
        piece = bytes(self._buffer[: min(limit, READ_BYTES)])
        del self._buffer[: len(piece)]
        if len(piece) == limit:
            self.arrived.clear()
        if len(self._buffer) < READ_BYTES and not self.ended.is_set():
            self.pressing.clear()
        self._read_on()
        return piece

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        with contextlib.suppress(OSError):
            os.write(self._pty.terminal, b"\x03")

    async def stop(self, grace_seconds: float, *, ask: bool = True) -> None:
        """End the shell with everything it started. When this is cancelled, KILL comes at once."""
        try:
            await asyncio.to_thread(process_tree.stop_tree, self.pid, grace_seconds, ask=ask)
        except asyncio.CancelledError:
            process_tree.stop_tree(self.pid, 0.0, ask=False)
            raise
        finally:
            self.close()

    def close(self) -> None:
        """Hang up and forget; the processes are not waited for."""
        if self._closed:
            return
        self.has_died()
        self._end(self.exit_code, lost=True)
        self._closed = True
        self._stop_reading()
        self._pty.close()
        with contextlib.suppress(OSError):
            self._script.unlink()

    async def _set_up(self, guard_file: Path | None) -> None:
        self._expect(0)
        self._read_on()
        line = set_up_line(self._token, self._pty.tty, guard_file)
        ask_at = 0.0
        while not self.ended.is_set() and not self.has_died():
            if self._loop.time() >= ask_at:
                await self.type(line)
                ask_at = self._loop.time() + ASK_AGAIN_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(START_TICK_SECONDS):
                    await self._until_ended()

    async def _until_ended(self) -> None:
        """Wait for the end, dropping the output."""
        while not self.ended.is_set():
            await self.arrived.wait()
            self.take()

    def _prepare(self, script: bytes) -> None:
        self._pty.restore_settings()
        fd = os.open(self._script, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE_MODE)
        with os.fdopen(fd, "wb") as file:
            file.write(script)

    def _expect(self, number: int) -> None:
        self._marker = re.compile(rb"\x1e%b:%d:(\d+)\x1e" % (self._token.encode(), number))
        self._buffer.clear()
        self.exit_code = None
        self.ended.clear()
        self.arrived.clear()
        self.pressing.clear()

    def _read_on(self) -> None:
        if not self._reading and not self._lost and len(self._buffer) < BUFFER_BYTES:
            self._loop.add_reader(self._pty.terminal, self._readable)
            self._reading = True

    def _stop_reading(self) -> None:
        if self._reading:
            self._loop.remove_reader(self._pty.terminal)
            self._reading = False

    def _readable(self) -> None:
        """Read a little: the loop comes back while there is more."""
        try:
            piece = os.read(self._pty.terminal, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last program let go of the terminal
            piece = b""
        if not piece:
            self._stop_reading()
            self._end(None, lost=True)
            return
        looked_from = max(len(self._buffer) - MARKER_BYTES, 0)
        self._buffer += piece
        self.arrived.set()
        if not self.ended.is_set() and (found := self._marker.search(self._buffer, looked_from)):
            status = int(found[1])
            del self._buffer[found.start() : found.end()]
            self._end(status, lost=False)
        if len(self._buffer) >= READ_BYTES:
            self.pressing.set()
        if len(self._buffer) >= BUFFER_BYTES:
            self._stop_reading()

    def _end(self, exit_code: int | None, *, lost: bool) -> None:
        self._lost = self._lost or lost
        if not self.ended.is_set() or self.exit_code is None:
            self.exit_code = exit_code
        self.ended.set()
        self.arrived.set()
        self.pressing.set()


def rc_stamp(files: tuple[Path, ...]) -> tuple[int, ...]:
    """When each of `files` was last changed (mtime_ns; 0 when it is not there). Blocking."""
    stamps = []
    for file in files:
        try:
            stamps.append(file.stat().st_mtime_ns)
        except OSError:
            stamps.append(0)
    return tuple(stamps)
