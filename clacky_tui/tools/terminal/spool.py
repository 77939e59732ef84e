"""All of a command's cleaned output: in memory while it is short, in a private file after that."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir

MEMORY_BYTES = 256 * 1024
KEPT_DAYS = 7


class OutputSpool:
    """Bytes appended, and read back by offset. Safe to use from several threads.

    Without a disk to write to, only the last `MEMORY_BYTES` are kept.
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self.file: Path | None = None
        self._memory = bytearray()
        """What stands after the first `size_bytes - len(_memory)` bytes, which are in the file."""
        self._disk_failed = False
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Time to `save`: more than `MEMORY_BYTES` are held in memory."""
        return len(self._memory) > MEMORY_BYTES

    def append(self, piece: bytes) -> None:
        """Add to the end; never blocks on the disk."""
        with self._lock:
            self._memory += piece
            self.size_bytes += len(piece)

    def save(self) -> Path | None:
        """Move what is in memory to the file; its path, or None when it cannot be. Blocking."""
        with self._lock:
            if not self._disk_failed:
                try:
                    self._write()
                except OSError:
                    self._disk_failed, self.file = True, None
            if self._disk_failed:
                del self._memory[:-MEMORY_BYTES]
            return self.file

    def read(self, start: int, end: int) -> bytes:
        """The bytes of ``[start, end)``; those lost to a failing disk are left out. Blocking."""
        with self._lock:
            in_memory_from = self.size_bytes - len(self._memory)
            pieces = []
            if start < in_memory_from and self.file is not None:
                with contextlib.suppress(OSError), self.file.open("rb") as file:
                    file.seek(start)
                    pieces.append(file.read(min(end, in_memory_from) - start))
            after = max(start - in_memory_from, 0)
            pieces.append(bytes(self._memory[after : max(end - in_memory_from, 0)]))
            return b"".join(pieces)

    def _write(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        if self.file is None:
            folder = overflow_dir()
            _make_ours(folder)
            _prune(folder)
            moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            self.file = folder / f"{moment}-{secrets.token_hex(3)}.log"
            flags |= os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(self.file, flags, PRIVATE_FILE_MODE), "wb") as file:
            file.write(self._memory)
        self._memory.clear()


def overflow_dir() -> Path:
    """The private folder of saved output, per user, in the system's temporary directory."""
    return Path(tempfile.gettempdir()) / f"clacky-terminal-overflow-{os.getuid()}"


def _make_ours(folder: Path) -> None:
    """Raises:
    OSError: the folder cannot be made, or is not ours alone.
    """
    make_private_dir(folder)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")


def _prune(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for file in folder.glob("*.log"):
        with contextlib.suppress(OSError):
            if file.stat().st_mtime < oldest:
                file.unlink()
