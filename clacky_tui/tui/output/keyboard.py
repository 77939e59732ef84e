"""Reads keys, pastes, mouse and answers from the terminal."""

from __future__ import annotations

import codecs
import os
import select
from collections.abc import Callable

from textual import constants
from textual._xterm_parser import XTermParser
from textual.message import Message

from clacky_tui.tui.first_frame.replies import Replies

_ESCAPE_SECONDS = constants.ESCAPE_DELAY + 0.01
"""After so long the parser takes a lone Escape for the key."""


class Keyboard:
    """Reads until stopped, and sleeps as long as nothing comes.

    Args:
        fd: the terminal.
        deliver: gets what was read, on the thread that runs `run`.
        debug: let Textual log what it parses.
    """

    def __init__(self, fd: int, deliver: Callable[[Message], object], *, debug: bool) -> None:
        self._fd = fd
        self._deliver = deliver
        self._debug = debug
        self._parser = XTermParser(debug)
        self._replies = Replies()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._woken, self._wake = os.pipe()

    def feed(self, data: bytes) -> None:
        """Deliver what is complete in `data`; the rest waits for more.

        Textual takes answers it did not ask for (OSC) for keys, so they end here.
        """
        if text := self._decode(self._replies.keys_of(data)):
            try:
                for message in self._parser.feed(text):
                    self._deliver(message)
            except ValueError:
                # Textual's parser ends at numbers that are none in what looks like a key (8.2.8).
                self._parser = XTermParser(self._debug)

    def run(self) -> None:
        """Read and deliver until `stop`; blocks."""
        timeout: float | None = _ESCAPE_SECONDS
        while True:
            ready, _, _ = select.select([self._fd, self._woken], [], [], timeout)
            if self._woken in ready:
                return
            if ready:
                data = os.read(self._fd, 1 << 16)
                if not data:
                    return
                self.feed(data)
                timeout = _ESCAPE_SECONDS
            else:
                for message in self._parser.tick():
                    self._deliver(message)
                timeout = None

    def stop(self) -> None:
        """Let `run` return."""
        os.write(self._wake, b"\0")

    def close(self) -> None:
        """Give the pipe back, once `run` has returned."""
        os.close(self._wake)
        os.close(self._woken)
