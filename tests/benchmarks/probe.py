"""Measures a program from outside, through its pseudo-terminal: paint, key echo, bytes, processor, memory."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS, ROWS = 120, 40
FIRST_ECHO_CHARACTER, ECHO_CHARACTERS = 0x0430, 32
"""Cyrillic letters: one cell, and no interface draws them by itself."""

# What Textual asks a terminal at start; without answers it waits or guesses.
_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}


@dataclass
class Probe:
    """One running program. Times are in seconds since its start."""

    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None

    def __post_init__(self) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **self.env}
        for name in {"SSH_CONNECTION", "SSH_TTY", "NO_COLOR"} - self.env.keys():
            environment.pop(name, None)
        self.output = bytearray()
        self._typed = 0
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if self.cwd is not None:
                os.chdir(self.cwd)
            os.execvpe(self.command[0], list(self.command), environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, timeout_seconds: float) -> bytes:
        """What arrives within the time, answering the terminal questions in it."""
        ready, _, _ = select.select([self.fd], [], [], max(0.0, timeout_seconds))
        return self.take(1 << 20) if ready else b""

    def take(self, most_bytes: int) -> bytes:
        """What has arrived, answering the terminal questions in it."""
        try:
            piece = os.read(self.fd, most_bytes)
        except OSError:
            return b""
        self.output += piece
        for question, answer in _ANSWERS.items():
            if question in piece:
                os.write(self.fd, answer)
        return piece

    def wait_for(self, wanted: bytes, timeout_seconds: float = 60) -> float:
        """Seconds since the start at which `wanted` had arrived."""
        deadline = time.monotonic() + timeout_seconds
        while wanted not in self.output:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{wanted!r} did not appear in {len(self.output)} bytes")
            self.read(0.05)
        return time.monotonic() - self.started

    def settle(self, quiet_seconds: float = 0.5, timeout_seconds: float = 30) -> None:
        """Read until nothing has come for a while."""
        deadline = time.monotonic() + timeout_seconds
        while self.read(quiet_seconds) and time.monotonic() < deadline:
            pass

    def echo(self, timeout_seconds: float = 60) -> float:
        """Seconds from pressing a key to its letter in the output."""
        letter = chr(FIRST_ECHO_CHARACTER + self._typed % ECHO_CHARACTERS).encode()
        self._typed += 1
        before = len(self.output)
        pressed = time.monotonic()
        os.write(self.fd, letter)
        while letter not in self.output[before:]:
            if time.monotonic() - pressed > timeout_seconds:
                raise TimeoutError("the key was not echoed")
            self.read(0.05)
        return time.monotonic() - pressed

    def clear_line(self) -> None:
        """Empty the input, so that letters can be told apart again."""
        os.write(self.fd, b"\x15")

    def press(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    @property
    def processor_seconds(self) -> float:
        """User and system time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_megabytes(self) -> float:
        """Resident memory, in 10^6 bytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        return 0.0

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"\n### {title}\n", "| " + " | ".join(heading) + " |", "|---" * len(heading) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
