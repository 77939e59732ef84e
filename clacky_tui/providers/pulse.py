"""Signs of life of a reply: the transport notes every byte, whoever waits can tell how long ago.

Most bytes bring no stream event (keep-alive comments, pings, arguments of a long tool call), so the
events alone cannot tell a busy stream from a dead one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Pulse:
    """When something was last heard, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._last_at = time.monotonic()
        self.begun = False
        """True once the first byte of the reply's body has come."""

    def beat(self) -> None:
        """Something was heard."""
        self._last_at = time.monotonic()

    @property
    def silent_seconds(self) -> float:
        return time.monotonic() - self._last_at


_listening: ContextVar[Pulse | None] = ContextVar("listening", default=None)


@contextmanager
def listening() -> Iterator[Pulse]:
    """The pulse of the replies that are read inside this block, by this asyncio task."""
    pulse = Pulse()
    token = _listening.set(pulse)
    try:
        yield pulse
    finally:
        _listening.reset(token)


def bytes_arrived() -> None:
    """Called by the transport for every piece of a reply's body."""
    pulse = _listening.get()
    if pulse is not None:
        pulse.begun = True
        pulse.beat()
