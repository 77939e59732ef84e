"""All of a command's cleaned output: in memory while it is short, in a private file after that."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from clacky_tui.tools.overflow import new_overflow_file

MEMORY_BYTES = 256 * 1024


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
        if self.file is None:
            self.file = new_overflow_file()
        with self.file.open("ab") as file:
            file.write(self._memory)
        self._memory.clear()
