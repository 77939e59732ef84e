"""Brings the index up to date in a process of its own, so that who asked for it stays quick.

    python -m clacky_tui.usage.background INDEX [AGENT ...]

Prints how far it is, whole percents, one a line. SIGTERM, or nobody listening any more, ends it; what
is done by then is in the index.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.readers.registry import READERS
from clacky_tui.usage.refresh import Progress, refresh

_BEHIND_OTHERS = 10
"""Niceness: whatever else runs goes first."""


def main(index_path: Path, agents: list[str]) -> None:
    """Read what has changed of `agents`, of all of them when there is none."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    def tell(progress: Progress) -> None:
        try:
            print(int(100 * progress.share), flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            stop()

    signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(OSError):
        os.nice(_BEHIND_OTHERS)
    readers = [reader for reader in READERS if not agents or reader.agent in agents]
    refresh(UsageIndex(index_path), readers=readers, told=tell, stopped=lambda: stopping)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
