"""Reading one file, in whichever process: what is new in it, as rows for the index."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clacky_tui.usage.exchange import IMPORTED, read_import
from clacky_tui.usage.index import KnownSource, ReadSource
from clacky_tui.usage.pricing import Pricer
from clacky_tui.usage.reader import Machine, Reader, Reading, Source
from clacky_tui.usage.rows import pack, pack_entries

_HEAD_BYTES = 1024
_TAIL_BYTES = 256
_DAY_SECONDS = 86_400
FUTURE_CAVEAT = "requests dated in the future"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as the file system describes it, without opening it."""

    text: str
    """Differs whenever the file or a companion has changed."""
    inode: str
    size: int
    """Bytes, companions included."""
    changed_at: float


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read, and what is known of it."""

    reader: Reader
    source: Source
    stamp: Stamp
    known: KnownSource | None

    @property
    def bytes_to_read(self) -> int:
        """At least one."""
        size = self.stamp.size
        offset = self.known.offset if self.known is not None else 0
        return max(1, size - offset if offset < size else size)


def stamp_of(source: Source) -> Stamp | None:
    """None when the file is gone, or is none."""
    try:
        status = source.path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None  # reading a pipe would never end
    text = f"{status.st_dev}:{status.st_ino}:{status.st_mtime_ns}:{status.st_size}"
    size = status.st_size
    for companion in source.companions:
        try:
            beside = companion.stat()
        except OSError:
            text += " -"
        else:
            text += f" {beside.st_ino}:{beside.st_mtime_ns}:{beside.st_size}"
            size += beside.st_size
    return Stamp(text, f"{status.st_dev}:{status.st_ino}", size, status.st_mtime)


def read_task(task: Task, machine: Machine) -> ReadSource:
    """Read what is new in the file of `task`; what goes wrong is in the answer, never raised."""
    reader = task.reader
    known = task.known
    offset, head = 0, b""
    try:
        if task.source.kind == IMPORTED:
            reading = Reading()
            rows = pack(read_import(task.source.path, reading))
        else:
            if _can_go_on(task, reader):
                assert known is not None
                offset = known.offset
            reading = reader.read(
                task.source, machine, offset, dict(known.carry) if known and offset else {}
            )
            if reading.offset:
                head = _fingerprint(task.source.path, reading.offset)
            rows = pack_entries(reader.agent, reading.entries, _pricer(reader))
            _note_future(reading)
    except (OSError, sqlite3.Error) as error:
        return _unreadable(task, str(error))
    except Exception as error:  # noqa: BLE001  one odd file must not hide the others
        return _unreadable(task, f"not understood: {type(error).__name__}: {error}")
    return ReadSource(
        agent=reader.agent,
        path=str(task.source.path),
        kind=task.source.kind,
        stamp=task.stamp.text,
        inode=task.stamp.inode,
        size=task.stamp.size,
        offset=reading.offset,
        head=head,
        carry=reading.carry,
        version=reader.version,
        rows=rows,
        whole=not offset,
        bytes_read=task.stamp.size - offset,
        caveats=reading.caveats,
        facts=reading.facts,
    )


def _note_future(reading: Reading) -> None:
    """A clock that is wrong here or was wrong there puts requests on days that are still to come."""
    tomorrow = time.time() + _DAY_SECONDS
    if ahead := sum(entry.at > tomorrow for entry in reading.entries):
        reading.note(FUTURE_CAVEAT, ahead)


def _unreadable(task: Task, problem: str) -> ReadSource:
    reader = task.reader
    known = task.known
    return ReadSource(
        agent=reader.agent,
        path=str(task.source.path),
        kind=task.source.kind,
        stamp=task.stamp.text,
        inode=task.stamp.inode,
        size=task.stamp.size,
        offset=known.offset if known else 0,
        head=known.head if known else b"",
        carry=known.carry if known else {},
        version=reader.version,
        rows=pack(()),
        whole=False,
        bytes_read=task.stamp.size,
        caveats={},
        facts={},
        error=problem,
    )


def _can_go_on(task: Task, reader: Reader) -> bool:
    """Whether the file is the known one with something appended.

    One of the same size may have been written anew in place, so it is read whole.
    """
    known = task.known
    if known is None or not task.source.can_grow or known.version != reader.version:
        return False
    if not known.offset or task.stamp.size <= known.size or known.inode != task.stamp.inode:
        return False
    return _fingerprint(task.source.path, known.offset) == known.head


def _fingerprint(path: Path, offset: int) -> bytes:
    """A hash of how the file begins and of what stands before `offset`."""
    with path.open("rb", buffering=0) as file:
        head = os.pread(file.fileno(), min(_HEAD_BYTES, offset), 0)
        tail = os.pread(file.fileno(), min(_TAIL_BYTES, offset), max(0, offset - _TAIL_BYTES))
    return hashlib.blake2b(head + tail, digest_size=16).digest()


def _pricer(reader: Reader) -> Pricer | None:
    return None if reader.prices_itself else _shared_pricer()


@cache
def _shared_pricer() -> Pricer:
    return Pricer()
