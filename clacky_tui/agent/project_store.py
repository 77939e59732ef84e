"""A JSON file in the data directory that holds something for each project folder."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic


class ProjectStore:
    """Values by the real path of a folder. It lies outside the project, which could supply one.

    Reads and writes the disk: call it in a thread.

    Args:
        path: the file; created with mode 0600 when something is kept first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, folder: Path) -> Any:
        """What is kept for `folder`; None when nothing is, or the file cannot be read."""
        return self._load().get(_key(folder))

    def update(self, folder: Path, change: Callable[[Any], Any]) -> None:
        """Replace what is kept for `folder` by `change` of it, safe from other processes.

        A file that is no JSON is set aside as ``*.broken`` first, so nothing in it is lost.

        Raises:
            OSError: the file cannot be written.
        """
        make_private_dir(self._path.parent)
        with self._locked():
            values = self._load()
            if not values and self._path.exists() and self._path.stat().st_size:
                self._path.replace(self._path.with_name(f"{self._path.name}.broken"))
            key = _key(folder)
            values[key] = change(values.get(key))
            text = json.dumps(values, indent=2, ensure_ascii=False, sort_keys=True)
            write_atomic(self._path, f"{text}\n".encode(), mode=PRIVATE_FILE_MODE)

    def _load(self) -> dict[str, Any]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return values if isinstance(values, dict) else {}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self._path.with_name(f".{self._path.name}.lock")
        fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)


def _key(folder: Path) -> str:
    return os.path.realpath(folder)
