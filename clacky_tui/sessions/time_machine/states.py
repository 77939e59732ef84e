"""What stands at a path: a file, a link, a folder or nothing, and how to tell two of them apart."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from clacky_tui.i18n import phrase

Kind = Literal["absent", "file", "symlink", "folder", "other"]
"""``other`` is a pipe, socket or device: seen, never touched."""

NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""A path with one of these errors leads to nothing."""

READ_ATTEMPTS = 3
CLOCK_STEP_NS = 50_000_000
"""File times advance in steps of a kernel tick, 1 to 10 ms; this is well above."""
COARSE_CLOCK_STEP_NS = 2_100_000_000
"""Some file systems keep whole seconds (HFS+) or two (FAT)."""


@dataclass(frozen=True, slots=True)
class FileState:
    """One path at one moment. Two are equal when a restore would have nothing to do.

    Attributes:
        mode: permission bits of a file or folder.
        digest: SHA-256 of a file's bytes, in hex; empty when they are not kept.
        link: where a symlink points, as written.
        unkept: why a file's bytes are not kept, in a few words; such a file is told by size and time.
    """

    kind: Kind
    mode: int = 0
    digest: str = ""
    link: str = ""
    unkept: str = ""
    size_bytes: int = field(default=0, compare=False)
    mtime_ns: int = field(default=0, compare=False)
    identity: tuple[int, int] = (0, 0)
    """Size and modification time of a file whose bytes are not kept."""

    def to_fields(self) -> dict[str, Any]:
        """As JSON values, defaults left out."""
        fields: dict[str, Any] = {"kind": self.kind, "mode": self.mode, "sha256": self.digest}
        fields |= {"link": self.link, "unkept": self.unkept}
        fields |= {"size": self.size_bytes, "mtime_ns": self.mtime_ns}
        return {name: value for name, value in fields.items() if value}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> FileState:
        """The state `to_fields` gave.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        kind = fields["kind"]
        if kind not in ("absent", "file", "symlink", "folder", "other"):
            raise ValueError(f"unknown kind {kind!r}")
        unkept = str(fields.get("unkept", ""))
        size, mtime = int(fields.get("size", 0)), int(fields.get("mtime_ns", 0))
        return cls(
            kind=kind,
            mode=int(fields.get("mode", 0)),
            digest=str(fields.get("sha256", "")),
            link=str(fields.get("link", "")),
            unkept=unkept,
            size_bytes=size,
            mtime_ns=mtime,
            identity=(size, mtime) if unkept else (0, 0),
        )


ABSENT = FileState("absent")

Stamp = tuple[int, int, int, int, int]
"""Modification and change time in ns, size, inode, mode: same stamp, same content (see `settled`)."""

NO_STAMP: Stamp = (0, 0, -1, 0, 0)


@dataclass(slots=True)
class Seen:
    """A state with the stamp it had, and the clock just before it was read."""

    state: FileState
    stamp: Stamp
    looked_at_ns: int

    def settled(self, stamp: Stamp) -> bool:
        """Whether a file with `stamp` certainly still has this state.

        A file that changed in the clock step in which it was read may change again without a
        trace, as in git's index ("racily clean"); such a one has to be read again.
        """
        if stamp != self.stamp:
            return False
        newest = max(stamp[0], stamp[1])
        coarse = stamp[0] % 1_000_000_000 == 0 and stamp[1] % 1_000_000_000 == 0
        return newest + (COARSE_CLOCK_STEP_NS if coarse else CLOCK_STEP_NS) < self.looked_at_ns


def stamp_of(status: os.stat_result) -> Stamp:
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_size,
        status.st_ino,
        status.st_mode,
    )


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def unkept_file(status: os.stat_result, why: str) -> FileState:
    """A file known only by its size and time."""
    return FileState(
        "file",
        mode=stat.S_IMODE(status.st_mode),
        unkept=why,
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        identity=(status.st_size, status.st_mtime_ns),
    )


def state_without_content(path: str, status: os.stat_result) -> FileState | None:
    """The state of anything but a regular file, for which it is None."""
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return FileState("folder", mode=stat.S_IMODE(mode))
    if stat.S_ISLNK(mode):
        try:
            return FileState("symlink", link=os.readlink(path))
        except OSError:
            return FileState("other")
    return FileState("other")


def look(path: str, limit_bytes: int) -> tuple[Seen, bytes | None]:
    """What stands at `path` now, and the bytes of a file of at most `limit_bytes`.

    Links are not followed. A file that keeps changing while it is read counts as not kept.

    Raises:
        OSError: a folder on the way may not be searched; that nothing is there is a state.
    """
    for _ in range(READ_ATTEMPTS):
        looked_at_ns = time.time_ns()
        try:
            status = os.lstat(path)
        except OSError as error:
            if error.errno in NOWHERE:
                return Seen(ABSENT, NO_STAMP, looked_at_ns), None
            raise
        stamp = stamp_of(status)
        state = state_without_content(path, status)
        if state is not None:
            return Seen(state, stamp, looked_at_ns), None
        if status.st_size > limit_bytes:
            return Seen(unkept_file(status, phrase("too large")), stamp, looked_at_ns), None
        try:
            content, after = _read(path, limit_bytes)
        except OSError as error:
            if error.errno in NOWHERE:
                continue
            return Seen(unkept_file(status, phrase("cannot be read")), stamp, looked_at_ns), None
        if after == stamp and len(content) == status.st_size:
            state = FileState(
                "file",
                mode=stat.S_IMODE(status.st_mode),
                digest=digest_of(content),
                size_bytes=status.st_size,
                mtime_ns=status.st_mtime_ns,
            )
            return Seen(state, stamp, looked_at_ns), content
    return Seen(unkept_file(status, phrase("keeps changing")), stamp, looked_at_ns), None


def _read(path: str, limit_bytes: int) -> tuple[bytes, Stamp]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as file:
        content = file.read(limit_bytes + 1)
        return content, stamp_of(os.fstat(file.fileno()))
