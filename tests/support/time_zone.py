"""The machine's time zone, for as long as a test needs another one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def in_zone(zone: str) -> Iterator[None]:
    """Move the machine to `zone`, a name or a POSIX rule."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()
