"""Work in a process of its own: it can be killed, and it never costs a key press."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import clacky_tui
from clacky_tui.tools.wording import one_line


class ChildFailedError(Exception):
    """The process ended badly; the text is its last line of complaint."""


async def run_module(module: str, request: bytes, *, limit_seconds: float) -> bytes:
    """What ``python -m module`` writes to stdout when it reads `request` from stdin.

    Raises:
        TimeoutError: it took longer than `limit_seconds` and was killed.
        ChildFailedError: it ended with a status other than 0.
        asyncio.CancelledError: interrupted; the process was killed.
    """
    package_folder = str(Path(clacky_tui.__file__).parent.parent)
    search_path = os.pathsep.join(filter(None, (package_folder, os.environ.get("PYTHONPATH", ""))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module),
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
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last = one_line(trouble.decode("utf-8", "replace").strip().rpartition("\n")[2])
        raise ChildFailedError(last or f"exit status {process.returncode}")
    return answer
