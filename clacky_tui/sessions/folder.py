"""The files of the sessions folder, grouped by session.

All files of a session share the beginning of their names: `<base>.jsonl` is the journal, `<base>.json`
OpenClacky's document, `<base>-chunk-N.md` the archives. Where both a journal and a document are there, the
journal was imported from the document and stands for the session.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CRASH_LOG = re.compile(r"[0-9a-f]{16}")
_CHUNK = re.compile(r"(.+)-chunk-\d+")


@dataclass(frozen=True, slots=True)
class SessionFile:
    """The file that stands for a session; `total_bytes` counts the ones beside it too."""

    path: Path
    key: str
    """See `path_key`."""
    inode: int
    size: int
    mtime_ns: int
    total_bytes: int


def path_key(path: str | Path) -> str:
    """`path` as text that can be stored, whatever bytes are in its name."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def scan(folder: Path) -> list[SessionFile]:
    """Every session in `folder`, in no order; only names and `stat` are looked at."""
    found: dict[str, os.DirEntry[str]] = {}
    sizes: dict[str, int] = {}
    for base, extension, entry in _entries(folder):
        try:
            sizes[base] = sizes.get(base, 0) + entry.stat().st_size
        except OSError:
            continue  # it has just gone to the bin
        if extension == "jsonl" or (extension == "json" and base not in found):
            found[base] = entry
    files: list[SessionFile] = []
    for base, entry in found.items():
        stat, path = entry.stat(), entry.path
        fingerprint = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        files.append(SessionFile(Path(path), path_key(path), *fingerprint, sizes[base]))
    return files


def files_of(path: Path) -> list[Path]:
    """All files of the session that `path` stands for, itself last."""
    base = path.stem
    beside = [Path(entry.path) for name, _, entry in _entries(path.parent) if name == base]
    return [*sorted(other for other in beside if other != path), path]


def with_id(folder: Path, session_id: str) -> list[Path]:
    """Journals and documents in `folder` that are named after the same id."""
    ending = f"-{session_id[:8]}"
    sessions = (file.path for file in scan(folder))
    return [path for path in sessions if path.stem.endswith(ending)]


def _entries(folder: Path) -> Iterator[tuple[str, str, os.DirEntry[str]]]:
    """Each file of some session: the base of its name, its extension, itself."""
    try:
        with os.scandir(folder) as entries:
            listed = list(entries)
    except FileNotFoundError:
        return
    for entry in listed:
        base, _, extension = entry.name.rpartition(".")
        if not base or base.startswith("."):
            continue
        if extension == "md" and (chunk := _CHUNK.fullmatch(base)):
            yield chunk[1], extension, entry
        elif extension == "json" or (extension == "jsonl" and not _CRASH_LOG.fullmatch(base)):
            yield base, extension, entry
