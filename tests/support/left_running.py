"""The processes that an app has left behind."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

LAST_BATCH_SECONDS = 20.0


def left_running(home: Path) -> list[str]:
    """The command lines of those that were given `home` as their data directory.

    What was told to stop may take its time.
    """
    deadline = time.monotonic() + LAST_BATCH_SECONDS
    while (found := _running(home)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _running(home: Path) -> list[str]:
    mark = f"CLACKY_HOME={home}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is another user's
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
            if mark in environment and command:
                found.append(command.replace(b"\0", b" ").decode("utf-8", "replace").strip())
    return found
