"""How much of a working directory is watched, and how much of it is kept."""

from __future__ import annotations

from dataclasses import dataclass

NEVER_WATCHED = frozenset({".git", ".svn", ".hg", "node_modules", "__pycache__", ".venv"})
VERSION_CONTROL = frozenset({".git", ".svn", ".hg"})
"""Never touched: what version control keeps is its own business."""


@dataclass(frozen=True, slots=True)
class Limits:
    """With the defaults a session takes at most 200 MB of disk.

    Attributes:
        files: watched for changes by commands.
        file_bytes: the largest file whose content is kept.
        watched_bytes: contents that a running command could destroy; gone when the session closes.
        kept_bytes: contents that tasks changed; beyond it the oldest are dropped.
        scan_seconds: for one look at the tree, and once more at most 1 s to read what is new in it.
    """

    files: int = 20_000
    file_bytes: int = 8 * 1024 * 1024
    watched_bytes: int = 100 * 1024 * 1024
    kept_bytes: int = 100 * 1024 * 1024
    scan_seconds: float = 2.0
