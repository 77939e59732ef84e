"""Finding files, and values in parsed JSON, for the readers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clacky_tui.usage.entry import Precision
from clacky_tui.usage.instants import EARLIEST, LATEST, instant


def files_under(place: Path, *endings: str) -> Iterator[Path]:
    """Every file below `place` whose name has one of `endings`; links to folders are not followed."""
    for folder, _, names in os.walk(place):
        for name in names:
            if name.endswith(endings):
                yield Path(folder, name)


def moment(value: object, path: Path) -> tuple[float, Precision]:
    """When `value` says something was; without a plausible time, when `path` was last written.

    Raises:
        OSError: the file is gone.
    """
    at = instant(value)
    if at is not None:
        return at, "call"
    return min(max(path.stat().st_mtime, EARLIEST), LATEST), "file-mtime"


def text_of(value: object) -> str | None:
    """`value` when it is a text that is not empty."""
    return value if isinstance(value, str) and value else None


def object_of(value: object) -> dict[str, Any]:
    """`value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
