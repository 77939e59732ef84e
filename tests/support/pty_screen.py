"""A real process on a real pseudo-terminal, with an emulator to read its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte
from pyte.screens import Char

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "ctrl+c": "\x03",
    "ctrl+d": "\x04",
    "ctrl+j": "\n",
    "ctrl+o": "\x0f",
    "ctrl+q": "\x11",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "alt+1": "\x1b1",
    "alt+2": "\x1b2",
    "alt+3": "\x1b3",
    "alt+4": "\x1b4",
    "alt+5": "\x1b5",
    "ctrl+l": "\x0c",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
}


class PtyScreen:
    """Runs `command` on a terminal of `columns` x `rows` cells.

    Everything the process writes goes through a pyte emulator; `raw` keeps the bytes too.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if cwd is not None:
                os.chdir(cwd)
            os.execvpe(command[0], list(command), environment)
        self._set_size(columns, rows)
        self.settings_before = termios.tcgetattr(self.fd)
        self.exit_code: int | None = None

    @property
    def text(self) -> str:
        """The screen as lines without trailing blanks."""
        # Not pyte's own `display`: it fails where half a wide character was written over.
        rows = (self.screen.buffer[y] for y in range(self.screen.lines))
        columns = range(self.screen.columns)
        return "\n".join("".join(row[x].data for x in columns).rstrip() for row in rows)

    def cells(self) -> list[list[object]]:
        """Characters and looks of the screen; of a plain blank only its background shows."""

        def seen(cell: Char) -> object:
            is_plain = cell.data == " " and not (cell.underscore or cell.reverse)
            return cell.bg if is_plain else cell

        columns = range(self.screen.columns)
        return [[seen(self.screen.buffer[y][x]) for x in columns] for y in range(self.screen.lines)]

    def assert_a_redraw_changes_nothing(self) -> None:
        """What stands on the screen is what the app wants there."""
        self.settle()
        before, redraws = self.cells(), self.raw.count(b"\x1b[2J")
        self.press("ctrl+l")
        self.wait_until(lambda: self.raw.count(b"\x1b[2J") > redraws, "the redraw")
        self.settle()
        assert self.cells() == before

    def type(self, text: str) -> None:
        """Send `text` as if typed."""
        self.send(text.encode())

    def press(self, *keys: str) -> None:
        """Send named keys."""
        for key in keys:
            self.send(KEYS[key].encode())

    def paste(self, text: str) -> None:
        """Send `text` as a terminal sends what was pasted, in brackets."""
        self.send(b"\x1b[200~" + text.replace("\n", "\r").encode() + b"\x1b[201~")

    def send(self, data: bytes) -> None:
        """Send `data`, and read meanwhile: who does not read may not be read either."""
        while data:
            readable, writable, _ = select.select([self.fd], [self.fd], [], 45)
            assert readable or writable, f"nobody takes what is typed; the screen:\n{self.text}"
            if readable and not self._read(0):
                return  # nobody is there any more
            if writable:
                data = data[os.write(self.fd, data[:512]) :]

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; what runs on it is told by the kernel."""
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, wanted: str, timeout_seconds: float = 45) -> str:
        """Read until `wanted` stands on the screen; returns the screen's text."""
        return self.wait_until(lambda: wanted in self.text, f"{wanted!r}", timeout_seconds)

    def wait_until(
        self, met: Callable[[], bool], what: str = "the condition", timeout_seconds: float = 45
    ) -> str:
        """Read until `met` holds; returns the screen's text."""
        deadline = time.monotonic() + timeout_seconds
        while not met():
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{what} did not appear; the screen shows:\n{self.text}")
        return self.text

    def settle(self, quiet_seconds: float = 0.3) -> str:
        """Read until nothing has come for `quiet_seconds`; returns the screen's text."""
        while self._read(quiet_seconds):
            pass
        return self.text

    def read_for(self, seconds: float) -> None:
        """Read what comes within the time, much or little."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    def written_by_others(self, data: bytes) -> None:
        """Another program writes on the same terminal."""
        self._stream.feed(data)

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait_stopped(self, timeout_seconds: float = 45) -> None:
        """Read until the process is stopped; continuing it sooner would be lost."""
        deadline = time.monotonic() + timeout_seconds
        while not os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)[0]:
            assert time.monotonic() < deadline, f"it was not stopped; the screen:\n{self.text}"
            self._read(0.05)

    def wait_exit(self, timeout_seconds: float = 45) -> int:
        """Read until the process has ended; returns its exit code, negative for a signal."""
        deadline = time.monotonic() + timeout_seconds
        while self.is_running:
            assert time.monotonic() < deadline, f"the process still runs; the screen:\n{self.text}"
            self._read(0.05)
        assert self.exit_code is not None
        return self.exit_code

    @property
    def is_running(self) -> bool:
        """False once the process has ended, and what it wrote is read."""
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.settle(0.05)
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code is None

    def close(self) -> None:
        """End the process if it still runs, and the terminal."""
        if self.is_running:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _read(self, timeout_seconds: float) -> bool:
        """Feed what arrives within the time; False when nothing did."""
        ready, _, _ = select.select([self.fd], [], [], max(0.0, timeout_seconds))
        if not ready:
            return False
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # the process closed its side
            return False
        self.raw += piece
        self._stream.feed(piece)
        return bool(piece)

    def __enter__(self) -> PtyScreen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
