"""The files of the working directory by name, walked in a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

FILES_LIMIT = 100_000
WALK_SECONDS = 20.0
FRESH_SECONDS = 30.0
"""So long a walk counts; after that the old list is used while a new one is made."""
MATCHES_LIMIT = 50
_WALK = "clacky_tui.tools.glob_search"


class FileIndex:
    """Relative paths under one folder, newest first, ignore files obeyed.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = monotonic) -> None:
        self._folder = folder
        self._now = clock
        self._paths: list[str] = []
        self._walked_at: float | None = None
        self._lock = asyncio.Lock()
        self._query = ""
        self._candidates: Sequence[str] = ()

    @property
    def is_fresh(self) -> bool:
        """True while the last walk is young enough to count."""
        return self._walked_at is not None and self._now() - self._walked_at < FRESH_SECONDS

    async def refresh(self) -> None:
        """Walk the folder unless that was done a moment ago.

        Raises:
            ToolError: the folder could not be walked.
        """
        from clacky_tui.tools.search_process import run_search

        async with self._lock:
            if self.is_fresh:
                return
            folder = str(self._folder)
            request = {
                "folder": folder,
                "pattern": "**/*",
                "working_dir": folder,
                "limit": FILES_LIMIT,
            }
            try:
                answer = await run_search(_WALK, request, WALK_SECONDS, hint="Type the path.")
                self._paths = await asyncio.to_thread(_relative, answer, self._folder)
                self._query, self._candidates = "", self._paths
            finally:  # a walk that failed is not tried again with every letter
                self._walked_at = self._now()

    async def matches(self, query: str) -> list[str]:
        """The paths that fit `query` best, at most `MATCHES_LIMIT`; on a thread."""
        narrows = self._query and query.startswith(self._query)
        pool = self._candidates if narrows else self._paths
        fitting = await asyncio.to_thread(ranked, pool, query)
        if pool is self._paths or pool is self._candidates:  # no other walk has ended meanwhile
            self._query, self._candidates = query, fitting
        return fitting[:MATCHES_LIMIT]


def ranked(paths: Sequence[str], query: str) -> list[str]:
    """Those of `paths` that hold the letters of `query` in order, best first.

    A name that begins with it comes before one that holds it, then paths that hold it, then names
    and paths that hold its letters apart, the closer the better; else the order of `paths`.
    """
    wanted = query.lower()
    if not wanted:
        return list(paths)
    last = wanted[-1]
    graded: list[tuple[tuple[int, int, int], int, str]] = []
    for number, path in enumerate(paths):
        lower = path.lower()
        if last not in lower:
            continue
        grade = _grade(lower, wanted)
        if grade is not None:
            graded.append((grade, number, path))
    graded.sort()
    return [path for _, _, path in graded]


def _grade(path: str, wanted: str) -> tuple[int, int, int] | None:
    """How well `wanted` fits, smaller is better; None when it does not."""
    name_at = path.rfind("/") + 1
    at = path.find(wanted, name_at)
    if at >= 0:
        return (0 if at == name_at else 1), 0, len(path)
    if wanted in path:
        return 2, 0, len(path)
    span = _span(path, wanted, name_at)
    if span is not None:
        return 3, span, len(path)
    span = _span(path, wanted, 0)
    return None if span is None else (4, span, len(path))


def _span(path: str, wanted: str, start: int) -> int | None:
    """How many characters from the first letter found to the last; None when one is missing."""
    first = at = path.find(wanted[0], start)
    if first < 0:
        return None
    for letter in wanted[1:]:
        at = path.find(letter, at + 1)
        if at < 0:
            return None
    return at - first


def _relative(answer: bytes, folder: Path) -> list[str]:
    """The paths of a walk's answer as typed from `folder`; names that cannot be typed left out."""
    prefix = f"{str(folder).rstrip('/')}/"
    found = (path.removeprefix(prefix) for path in json.loads(answer)["paths"])
    return [path for path in found if path.isprintable()]
