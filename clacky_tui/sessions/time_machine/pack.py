"""Contents by their SHA-256, one after another in one file: cheap to add, durable in one sync.

Each record is a header (mark, kind, stored length, digest) and the bytes, compressed if it pays.
A record cut off by a kill is dropped, a damaged one is skipped, and every read is checked against
its digest, so a pack gives the right bytes or none.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir
from clacky_tui.sessions.time_machine.states import digest_of

_MARK = b"\x89tm1"
_HEADER = struct.Struct(">4sBQ32s")
_RAW, _DEFLATED = 0, 1
WORTH_COMPRESSING_BYTES = 128
COMPRESSED_AT_MOST = 0.9
SEARCH_STEP_BYTES = 1 << 20


class _Place(NamedTuple):
    offset: int
    length: int
    kind: int


class Pack:
    """A pack in a file, or without `path` in one without a name that dies with the process.

    Args:
        folder: where the file lies; made when the first content is put.
        name: the file's name, or None for a nameless one, which is not compressed.
    """

    def __init__(self, folder: Path, name: str | None = None) -> None:
        self._folder = folder
        self._path = None if name is None else folder / name
        self._fd: int | None = None
        self._places: dict[str, _Place] = {}
        self._dirty = False
        self.size_bytes = 0
        if self._path is not None and self._path.exists():
            self._open()

    def __contains__(self, digest: str) -> bool:
        return digest in self._places

    def stored_bytes(self, digest: str) -> int:
        """What a content takes in the file; 0 when it is not here."""
        place = self._places.get(digest)
        return place.length + _HEADER.size if place else 0

    def put(self, digest: str, content: bytes) -> None:
        """Add a content, unless it is here.

        Raises:
            OSError: the disk is full or not writable; what was here stays.
        """
        if digest in self._places:
            return
        fd = self._open()
        kind, stored = _RAW, content
        if self._path is not None and len(content) >= WORTH_COMPRESSING_BYTES:
            deflated = zlib.compress(content, 3)
            if len(deflated) <= len(content) * COMPRESSED_AT_MOST:
                kind, stored = _DEFLATED, deflated
        header = _HEADER.pack(_MARK, kind, len(stored), bytes.fromhex(digest))
        self._dirty = True
        try:
            _write_all(fd, header + stored, self.size_bytes)
        except OSError:
            os.ftruncate(fd, self.size_bytes)
            raise
        self._places[digest] = _Place(self.size_bytes + len(header), len(stored), kind)
        self.size_bytes += len(header) + len(stored)

    def get(self, digest: str) -> bytes | None:
        """The content, or None when it is not here or damaged."""
        place = self._places.get(digest)
        if place is None or self._fd is None:
            return None
        stored = os.pread(self._fd, place.length, place.offset)
        if place.kind == _DEFLATED:
            try:
                stored = zlib.decompress(stored)
            except zlib.error:
                return None
        return stored if digest_of(stored) == digest else None

    def sync(self) -> None:
        """Wait until all contents are on the disk."""
        if self._dirty and self._fd is not None:
            os.fsync(self._fd)
            self._dirty = False

    def keep(self, digests: Iterable[str], limit_bytes: int) -> None:
        """Drop all but `digests`, which are kept in their order while they fit `limit_bytes`.

        Raises:
            OSError: no space for the shorter file; the old one stays.
        """
        kept = Pack(self._folder, None if self._path is None else f"{self._path.name}.new")
        try:
            chosen: list[str] = []
            total = 0
            for digest in dict.fromkeys(digests):
                total += self.stored_bytes(digest)
                if total > limit_bytes:
                    break
                chosen.append(digest)
            for digest in reversed(chosen):
                content = self.get(digest)
                if content is not None:
                    kept.put(digest, content)
            kept.sync()
            if self._path is not None and kept._path is not None:
                kept._open()
                kept._path.replace(self._path)
        except BaseException:
            kept.close()
            raise
        self.close()
        self._fd, self._places, self.size_bytes = kept._fd, kept._places, kept.size_bytes

    def close(self) -> None:
        """Close the file; a nameless pack is gone then."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open(self) -> int:
        if self._fd is not None:
            return self._fd
        make_private_dir(self._folder)
        if self._path is None:
            self._fd, name = tempfile.mkstemp(prefix=".seen.", dir=self._folder)
            Path(name).unlink()
            return self._fd
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        if self._path.suffix == ".new":
            flags |= os.O_TRUNC
        self._fd = os.open(self._path, flags, PRIVATE_FILE_MODE)
        self._read_headers(self._fd)
        return self._fd

    def _read_headers(self, fd: int) -> None:
        end = os.fstat(fd).st_size
        offset = whole = 0
        while offset < end:
            header = os.pread(fd, _HEADER.size, offset)
            if len(header) < _HEADER.size or not header.startswith(_MARK):
                offset = _next_mark(fd, offset + 1, end)
                continue
            _, kind, length, digest = _HEADER.unpack(header)
            start = offset + _HEADER.size
            if start + length > end:
                offset = _next_mark(fd, offset + 1, end)
                continue
            self._places[digest.hex()] = _Place(start, length, kind)
            offset = whole = start + length
        # The next content goes over what a kill left half written.
        self.size_bytes = whole
        if whole < end:
            os.ftruncate(fd, whole)


def _next_mark(fd: int, offset: int, end: int) -> int:
    while offset < end:
        piece = os.pread(fd, SEARCH_STEP_BYTES + len(_MARK) - 1, offset)
        found = piece.find(_MARK)
        if found >= 0:
            return offset + found
        offset += SEARCH_STEP_BYTES
    return end


def _write_all(fd: int, record: bytes, offset: int) -> None:
    view = memoryview(record)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written
