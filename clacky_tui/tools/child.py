"""Work in a process of its own: it can be killed, and it never costs a key press."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import clacky_tui
from clacky_tui.tools.wording import one_line


class ChildFailedError(Exception):
    """The process ended badly; the text is its last line of complaint."""


async def run_module(
    module: str, request: bytes, *, limit_seconds: float, arguments: Sequence[str] = ()
) -> bytes:
    """What ``python -m module arguments`` writes to stdout when it reads `request` from stdin.

    Whatever it started itself is gone afterwards too.

    Raises:
        TimeoutError: it took longer than `limit_seconds` and was killed.
        ChildFailedError: it ended with a status other than 0.
        asyncio.CancelledError: interrupted; the process was killed.
    """
    package_folder = str(Path(clacky_tui.__file__).parent.parent)
    search_path = os.pathsep.join(filter(None, (package_folder, os.environ.get("PYTHONPATH", ""))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": search_path},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limit_seconds):
            answer, trouble = await process.communicate(request)
    finally:
        # Also after an answer: what it started may not have noticed yet that it is over.
        kill_group(process.pid)
        await process.wait()
    if process.returncode != 0:
        last = one_line(trouble.decode("utf-8", "replace").strip().rpartition("\n")[2])
        raise ChildFailedError(last or f"exit status {process.returncode}")
    return answer


def kill_group(group: int) -> None:
    """Kill every process of a group, as far as there are any left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
