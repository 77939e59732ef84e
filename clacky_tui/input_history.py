"""What was typed before: a small JSON file that all running sessions share."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from pathlib import Path

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic

MAX_ENTRIES = 100


class InputHistory:
    """Messages, oldest first, at most `MAX_ENTRIES`; the same one twice in a row counts once.

    Args:
        path: a JSON array of strings (spec/tui-cli.md 6.4). A missing or damaged file reads as empty;
            a damaged one is set aside as ``*.broken`` before anything is saved.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: list[str] = []
        self._unsaved: list[str] = []
        self._lock = threading.Lock()

    @property
    def entries(self) -> tuple[str, ...]:
        """As known here: the file when it was last read or written, and what was added since."""
        return tuple(self._entries)

    def add(self, text: str) -> None:
        """Remember `text`; `save` brings it to disk."""
        with self._lock:
            self._entries = _joined(self._entries, [text])
            self._unsaved.append(text)

    async def load(self) -> None:
        """Read the file, on a thread."""
        await asyncio.to_thread(self._load)

    async def save(self) -> None:
        """Merge what was added into the file, on a thread.

        Raises:
            OSError: the file cannot be written; what was added stays to be saved next time.
        """
        await asyncio.to_thread(self._save)

    def _load(self) -> None:
        try:
            stored = self._stored() or []
        except OSError:
            stored = []
        with self._lock:
            self._entries = _joined(stored, self._unsaved)

    def _save(self) -> None:
        """Another process may have added entries since we read the file: read it again, locked."""
        import json

        make_private_dir(self._path.parent)
        lock_path = self._path.with_name(self._path.name + ".lock")
        fd = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            with self._lock:
                adding = list(self._unsaved)
            if not adding:
                return
            stored = self._stored()
            if stored is None:
                self._path.replace(self._path.with_name(f"{self._path.name}.broken"))
            merged = _joined(stored or [], adding)
            content = json.dumps(merged, ensure_ascii=False, indent=0)
            write_atomic(self._path, content.encode(), mode=PRIVATE_FILE_MODE)
            with self._lock:
                del self._unsaved[: len(adding)]
                self._entries = _joined(merged, self._unsaved)
        finally:
            os.close(fd)

    def _stored(self) -> list[str] | None:
        """What the file holds; None when that is no list of messages.

        Raises:
            OSError: the file cannot be read.
        """
        import json

        try:
            stored = json.loads(self._path.read_bytes() or b"[]")
        except FileNotFoundError:
            return []
        except (ValueError, RecursionError):
            return None
        if not isinstance(stored, list):
            return None
        return _joined([], [text for text in stored if isinstance(text, str)])


def _joined(entries: list[str], added: list[str]) -> list[str]:
    """`entries` then `added`, repeats in a row once, the newest `MAX_ENTRIES`."""
    joined = list(entries)
    for text in added:
        if not joined or joined[-1] != text:
            joined.append(text)
    return joined[-MAX_ENTRIES:]
