"""Questions to the terminal itself, and its answers, with the keyboard's own bytes kept apart."""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
import tty
from types import TracebackType
from typing import Any, Self

PRIMARY_ATTRIBUTES = b"\x1b[c"
"""Every terminal answers this (DA1), in order: asked last, its answer ends the wait."""
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_POSITION = re.compile(rb"\x1b\[(\d+);(\d+)R")


class Tty:
    """The terminal, in raw mode while this is entered.

    Args:
        path: of the terminal.
        wait_seconds: how long one answer may take.

    Raises:
        OSError: there is no terminal; on entering.
    """

    def __init__(self, path: str = "/dev/tty", wait_seconds: float = 1.0) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._fd = -1
        self._settings: list[Any] = []

    def __enter__(self) -> Self:
        self._fd = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            self._settings = termios.tcgetattr(self._fd)
            tty.setraw(self._fd, termios.TCSANOW)
        except termios.error as error:
            os.close(self._fd)
            raise OSError(f"{self._path} is no terminal") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._settings)
        os.close(self._fd)

    def write(self, content: bytes) -> None:
        os.write(self._fd, content)

    def ask(self, query: bytes) -> bytes:
        """What the terminal says to `query`; what it does not know it leaves unanswered."""
        self.write(query + PRIMARY_ATTRIBUTES)
        return self._read_until(_ATTRIBUTES)

    def attributes(self) -> tuple[int, ...] | None:
        """Its primary attributes; None when it says nothing at all."""
        found = _ATTRIBUTES.search(self.ask(b""))
        if found is None:
            return None
        return tuple(int(number) for number in found[1].split(b";") if number)

    def width_of(self, text: str) -> int | None:
        """How many cells the terminal gives `text`; None when it does not tell the cursor."""
        self.write(b"\r" + text.encode() + b"\x1b[6n")
        found = _POSITION.search(self._read_until(_POSITION))
        self.write(b"\r\x1b[K")
        return int(found[2]) - 1 if found else None

    def read_key(self, wait_seconds: float) -> bytes:
        """The bytes of one key; empty when none is pressed in time."""
        if not select.select([self._fd], [], [], wait_seconds)[0]:
            return b""
        key = os.read(self._fd, 64)
        while select.select([self._fd], [], [], 0.05)[0]:  # the rest of an escape sequence
            key += os.read(self._fd, 64)
        return key

    def _read_until(self, ending: re.Pattern[bytes]) -> bytes:
        received = b""
        deadline = time.monotonic() + self._wait_seconds
        while not ending.search(received):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                break
            received += os.read(self._fd, 4096)
        return received
