"""A search in a Python process of its own: it can be killed, and never costs a key press."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import clacky_tui
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import one_line


async def run_search(
    module: str,
    request: Mapping[str, Any],
    limit_seconds: float,
    *,
    hint: str,
    arguments: Sequence[str] = (),
) -> bytes:
    """What ``python -m module arguments`` answers to `request`, sent as JSON.

    Args:
        hint: what to try when the search takes too long.

    Raises:
        ToolError: it took longer than `limit_seconds`, or failed.
    """
    folder = str(Path(clacky_tui.__file__).parent.parent)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([folder, *_python_path()])},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limit_seconds):
            answer, trouble = await process.communicate(json.dumps(request).encode())
    except TimeoutError:
        raise refused(
            f"The search took longer than {limit_seconds:g} s and was stopped.", hint=hint
        ) from None
    finally:
        # Also after an answer: what the search started may not have noticed yet that it is over.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if process.returncode != 0:
        last = one_line(trouble.decode("utf-8", "replace").strip().rpartition("\n")[2])
        raise refused(f"The search failed: {last}.", hint="Narrow path and try again.")
    return answer


def _python_path() -> list[str]:
    return [path for path in (os.environ.get("PYTHONPATH", ""),) if path]
