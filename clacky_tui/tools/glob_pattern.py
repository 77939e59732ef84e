"""File name patterns: ``*`` and ``?`` inside one folder, ``**`` across folders, ``{a,b}`` choices."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

_MAGIC = re.compile(r"[*?\[{]")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_CHOICES_LIMIT = 64


class GlobPattern:
    """A pattern for paths relative to some folder. Dot files match like any other name.

    A pattern without a slash is looked for in every folder, as if it began with ``**/``.
    """

    def __init__(self, pattern: str) -> None:
        if "/" not in pattern and not pattern.startswith("**"):
            pattern = f"**/{pattern}"
        self._takes_all = pattern in ("**", "**/*")
        self._choices = [_segments(choice) for choice in _expanded(pattern)]

    def matches(self, parts: Sequence[str]) -> bool:
        """True when the path made of `parts` (names from the folder down) fits."""
        return self._takes_all or any(_fits(segments, parts) for segments in self._choices)


def split_literal_prefix(pattern: str) -> tuple[str, str]:
    """The leading folders of `pattern` without wildcards, and the rest.

    ``"src/*.py"`` gives ``("src", "/*.py")``, ``"/a/b.txt"`` gives ``("/a", "/b.txt")``; the slash
    before the rest ties it to that very folder. Without a prefix the pattern comes back whole.
    """
    parts = pattern.split("/")
    count = next((i for i, part in enumerate(parts) if _MAGIC.search(part)), len(parts) - 1)
    count = min(count, len(parts) - 1)
    if count == 0:
        return "", pattern
    prefix = "/".join(parts[:count]) or "/"
    return prefix, "/" + "/".join(parts[count:])


def _expanded(pattern: str) -> list[str]:
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        current = waiting.pop()
        found = _BRACES.search(current)
        if found is None or len(done) + len(waiting) >= _CHOICES_LIMIT:
            done.append(current)
            continue
        before, after = current[: found.start()], current[found.end() :]
        waiting += [before + choice + after for choice in found.group(1).split(",")]
    return done


def _segments(pattern: str) -> list[re.Pattern[str] | None]:
    """One entry per folder level; None stands for ``**``."""
    segments: list[re.Pattern[str] | None] = []
    for part in pattern.split("/"):
        if part == "**":
            if not segments or segments[-1] is not None:
                segments.append(None)
        elif part not in ("", "."):
            segments.append(re.compile(fnmatch.translate(part)))
    return segments


def _fits(segments: Sequence[re.Pattern[str] | None], parts: Sequence[str]) -> bool:
    """Dynamic programming over both lists, so no pattern is slower than their product."""
    reachable = {0}
    for segment in segments:
        if segment is None:
            reachable = set(range(min(reachable), len(parts) + 1))
        else:
            reachable = {
                i + 1 for i in reachable if i < len(parts) and segment.match(parts[i]) is not None
            }
        if not reachable:
            return False
    return len(parts) in reachable
