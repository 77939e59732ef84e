"""The line to the terminal: takes bytes at any speed and never makes anybody wait."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import threading
import time
from collections.abc import Callable


def open_terminal() -> int:
    """A descriptor of its own for the terminal on standard output, not blocking when it is full.

    It is opened by name: a duplicate would share the flag with the shell that started us.

    Raises:
        OSError: standard output is no terminal, or it cannot be opened again.
    """
    stdout = sys.__stdout__
    if stdout is None:
        raise OSError("there is no standard output")
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(stdout.fileno()), flags)
    except OSError:  # the name belongs to another container or namespace
        return os.open("/dev/tty", flags)


class TerminalLine:
    """Sends at once what the terminal takes, and the rest when it takes more.

    Args:
        fd: opened not to block; closed by `close`.
        loop: waits for a full terminal; `write` may be called from other threads too.
        drained: called on the loop when everything has been sent after a wait.
    """

    def __init__(
        self, fd: int, loop: asyncio.AbstractEventLoop, drained: Callable[[], object]
    ) -> None:
        self._fd = fd
        self._loop = loop
        self._drained = drained
        self._lock = threading.Lock()
        self._unsent = bytearray()
        self._is_watched = False
        self._is_gone = False
        self._gave_up = False

    @property
    def has_unsent(self) -> bool:
        """True while the terminal is behind."""
        return bool(self._unsent)

    def write(self, text: str) -> None:
        """Send `text`, after what is unsent; nothing happens once the line is closed."""
        with self._lock:
            if self._is_gone:
                return
            was_behind = bool(self._unsent)
            self._unsent += text.encode("utf-8", "replace")
            if was_behind:
                return
            self._send()
            if self._unsent:
                self._loop.call_soon_threadsafe(self._watch)

    def drain(self, timeout_seconds: float) -> bool:
        """Wait until everything is sent; what the terminal did not take in time is dropped.

        For the moments before the terminal is handed over, when nothing else is to happen. A terminal
        that was too slow once is not waited for again.
        """
        deadline = time.monotonic() + (0 if self._gave_up else timeout_seconds)
        while self._unsent and (left := deadline - time.monotonic()) > 0:
            select.select([], [self._fd], [], left)
            with self._lock:
                self._send()
        with self._lock:
            self._gave_up |= bool(self._unsent)
            self._unsent.clear()
        return not self._gave_up

    def close(self) -> None:
        """Give the descriptor back; what is unsent is dropped."""
        self._unwatch()
        with self._lock:
            self._unsent.clear()
            if not self._is_gone:
                self._is_gone = True
                os.close(self._fd)

    def _send(self) -> None:
        while self._unsent and not self._is_gone:
            try:
                sent = os.write(self._fd, self._unsent)
            except BlockingIOError:
                return
            except OSError:  # hung up; SIGHUP ends the app
                self._unsent.clear()
                return
            del self._unsent[:sent]

    def _watch(self) -> None:
        if self._unsent and not self._is_watched and not self._is_gone:
            self._is_watched = True
            self._loop.add_writer(self._fd, self._send_more)

    def _unwatch(self) -> None:
        if self._is_watched:
            self._is_watched = False
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.remove_writer(self._fd)

    def _send_more(self) -> None:
        with self._lock:
            self._send()
            if self._unsent:
                return
        self._unwatch()
        self._drained()
