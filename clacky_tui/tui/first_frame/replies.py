"""Tells what the terminal answers from what a person types."""

from __future__ import annotations

import re

_REPLY = re.compile(rb"\x1b\]\d{1,4};[^\x07\x1b]*(?:\x07|\x1b\\)")
"""An operating system command (OSC): no key sends one."""
_CUT_REPLY = re.compile(rb"\x1b\]\d{1,4}(?:;[^\x07\x1b]{0,256}\x1b?)?\Z")


class Replies:
    """Takes answers out of the bytes that come from a terminal, wherever they are cut."""

    def __init__(self) -> None:
        self.received = b""
        """Every answer so far, whole."""
        self.held = b""
        """The beginning of one, to go before what comes next."""

    def keys_of(self, data: bytes) -> bytes:
        """`data` without answers; the beginning of one is held back until its end has come."""
        data, self.held = self.held + data, b""
        if b"\x1b]" not in data:
            return data
        self.received += b"".join(_REPLY.findall(data))
        data = _REPLY.sub(b"", data)
        if cut := _CUT_REPLY.search(data):
            data, self.held = data[: cut.start()], cut[0]
        return data
