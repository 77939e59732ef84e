"""The processes that an app has left behind."""

from __future__ import annotations

import contextlib
from pathlib import Path


def left_running(home: Path) -> list[str]:
    """The command lines of the processes that were given `home` as their data directory, but this."""
    mark = f"CLACKY_HOME={home}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is another user's
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
            if mark in environment and command:
                found.append(command.replace(b"\0", b" ").decode("utf-8", "replace").strip())
    return found
