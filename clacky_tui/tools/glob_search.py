"""The walk behind `glob`, run as a process of its own.

``python -m clacky_tui.tools.glob_search`` reads one request as JSON from stdin and writes one
answer as JSON to stdout.
"""

from __future__ import annotations

import heapq
import json
import os
import sys
from pathlib import Path
from typing import Any, TypedDict

from clacky_tui.tools.glob_pattern import GlobPattern
from clacky_tui.tools.ignore import WalkCounts, walk_files


class GlobFound(TypedDict):
    """`paths` newest first, at most as many as asked for; `total` counts all that match."""

    paths: list[str]
    total: int
    ignored: int
    unreadable: int


def find(folder: str, pattern: str, working_dir: str, limit: int) -> GlobFound:
    """The files under `folder` whose path from there fits `pattern`."""
    fits = GlobPattern(pattern)
    counts = WalkCounts()
    total = 0
    newest: list[tuple[int, str]] = []
    walk = walk_files(
        Path(folder),
        working_dir=Path(working_dir),
        counts=counts,
        never_ignored=lambda name: name.startswith(".env"),
    )
    for file in walk:
        if not fits.matches(file.parts):
            continue
        total += 1
        heapq.heappush(newest, (_modified_ns(file.path), file.path))
        if len(newest) > limit:
            heapq.heappop(newest)
    paths = [path for _, path in sorted(newest, key=lambda item: (-item[0], item[1]))]
    return GlobFound(paths=paths, total=total, ignored=counts.ignored, unreadable=counts.unreadable)


def _modified_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def main() -> None:
    """Answer one request from stdin on stdout."""
    request: dict[str, Any] = json.load(sys.stdin)
    json.dump(find(**request), sys.stdout)


if __name__ == "__main__":
    main()
