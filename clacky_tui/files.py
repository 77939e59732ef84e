"""Writing files so that a kill at any instant leaves the old content or the new, never half."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FILE_MODE = 0o600
PRIVATE_DIR_MODE = 0o700


def make_private_dir(path: Path) -> Path:
    """Create `path` and its missing parents, each readable by the owner only; returns `path`."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for folder in reversed(missing):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=PRIVATE_DIR_MODE)
    return path


def write_atomic(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Replace `path` with `content` by temporary file, fsync and rename.

    Args:
        path: target; a symlink is followed, so the link itself stays.
        content: all bytes of the new file.
        mode: permission bits; None keeps those of the existing file (0644 less umask for a new one).

    Raises:
        OSError: the folder is missing or not writable, or the disk is full; the old file is intact.
    """
    target = Path(os.path.realpath(path))
    if mode is None:
        mode = _existing_or_default_mode(target)
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        _write_new(temporary, content, mode)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def append_line(path: Path, line: bytes, *, sync: bool = False) -> None:
    """Append one line with a single ``write`` under an exclusive lock, so lines never interleave.

    A torn tail left by an earlier crash is ended first, so it can never swallow this line.

    Args:
        path: the file; created with mode 0600 in private folders when missing.
        line: the line without its newline.
        sync: True waits until the bytes are on the disk.
    """
    import fcntl

    make_private_dir(path.parent)
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        record = (b"\n" if torn else b"") + line + b"\n"
        if os.write(fd, record) != len(record):
            raise OSError(f"short write to {path}; the disk may be full")
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)


def open_locked(path: Path, *, wait: bool) -> int | None:
    """A descriptor that keeps `path` locked until it is closed, also by a kill.

    Args:
        path: a file that is nothing but a lock; created, in private folders, when missing.
        wait: False returns None at once while somebody else has it locked.

    Raises:
        OSError: the file cannot be made, or its file system has no locks.
    """
    import fcntl

    make_private_dir(path.parent)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(fd)
        return None
    except BaseException:
        os.close(fd)
        raise
    return fd


def lock_of(path: Path) -> Path:
    """The file that is locked for `path`, which is itself replaced whenever it is written."""
    return path.with_name(f".{path.name}.lock")


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Keep others who ask for the same out while `path` is read, changed and written back."""
    fd = open_locked(lock_of(path), wait=True)
    assert fd is not None
    try:
        yield
    finally:
        os.close(fd)


def set_aside(path: Path) -> Path:
    """Give a damaged file another name, ``*.broken``, that no file has; returns its new path."""
    number, aside = 1, path.with_name(f"{path.name}.broken")
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{path.name}.broken-{number}")
    return path.rename(aside)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Bring a new file to the disk; it gets its name last where the system can do that.

    Then a kill while the disk is slow leaves nothing behind, in a person's project least of all.
    """
    nameless = getattr(os, "O_TMPFILE", 0)
    if nameless:
        with contextlib.suppress(OSError):  # not every file system can, nor one without /proc
            fd = os.open(path.parent, nameless | os.O_WRONLY | os.O_CLOEXEC, PRIVATE_FILE_MODE)
            _fill(fd, content, mode, path)
            return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    _fill(os.open(path, flags, PRIVATE_FILE_MODE), content, mode)


def _fill(fd: int, content: bytes, mode: int, name: Path | None = None) -> None:
    """Write and sync an open file, give it a `name` if it has none, and close it."""
    with os.fdopen(fd, "wb") as file:
        os.fchmod(fd, mode)
        file.write(content)
        file.flush()
        os.fsync(fd)
        if name is not None:
            # Python follows the link to the file only when a folder is named too.
            os.link(f"/proc/self/fd/{fd}", name, src_dir_fd=fd, follow_symlinks=True)


def _existing_or_default_mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o7777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
