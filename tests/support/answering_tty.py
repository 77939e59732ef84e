"""A terminal at the other end of a pseudo-terminal that answers what it is told to know."""

from __future__ import annotations

import os
import pty
import threading
from collections.abc import Mapping
from typing import Self

from rich.cells import cell_len


class AnsweringTty:
    """Reads what is written to `path` and answers each query of `answers` as it comes by.

    The cursor is told from the text since the last carriage return, wide characters and all;
    `widths` are texts it gives another width. Without `tells_cursor` it does not tell.
    """

    def __init__(
        self,
        answers: Mapping[bytes, bytes],
        *,
        widths: Mapping[str, int] | None = None,
        tells_cursor: bool = True,
    ) -> None:
        self._answers = dict(answers)
        self._widths = widths or {}
        self._tells_cursor = tells_cursor
        self.received = bytearray()

    def __enter__(self) -> Self:
        self._master, self._slave = pty.openpty()
        self.path = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._slave)
        self._thread.join(10)
        os.close(self._master)

    def _serve(self) -> None:
        pending = b""
        while True:
            try:
                piece = os.read(self._master, 4096)
            except OSError:  # the other side is closed
                return
            self.received += piece
            pending = self._answer(pending + piece)

    def _answer(self, pending: bytes) -> bytes:
        """Answer every query in `pending`, in order; what is left may be the start of one."""
        while True:
            queries = [*self._answers, b"\x1b[6n"]
            found = min(
                (each for each in queries if each in pending), key=pending.find, default=None
            )
            if found is None:
                return pending
            before, _, pending = pending.partition(found)
            answer = self._answers.get(found)
            if answer is None and self._tells_cursor:
                text = before.rpartition(b"\r")[2].decode()
                cells = self._widths.get(text, cell_len(text))
                answer = f"\x1b[1;{cells + 1}R".encode()
            if answer:
                os.write(self._master, answer)
