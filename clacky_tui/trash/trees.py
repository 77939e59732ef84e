"""Files, folders and links moved, copied, measured and removed, whatever their modes and names."""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

_FICLONE = 0x40049409
"""Linux `ioctl` that shares a file's blocks until one side is written (linux/fs.h)."""


class CopyMismatchError(OSError):
    """A copy that differs from its source; the source is untouched."""


def move(source: Path, destination: Path) -> None:
    """Rename, or across file systems copy, flush and compare before the source is removed.

    `destination` must not exist; a file that appears there meanwhile is not overwritten.

    Raises:
        OSError: the source is complete and the destination is not there (unless only the removal
            of the source failed part-way; then the destination is complete).
    """
    try:
        _rename_new(source, destination)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        if os.path.lexists(destination):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), destination) from None
        copy(source, destination)
        _verify(source, destination)
        remove(source)


def copy(source: Path, destination: Path, *, flush: bool = True) -> None:
    """Copy with modes, times and links; a half copy is removed again.

    Args:
        source: a file, folder or link.
        destination: must not exist.
        flush: wait until all is on the disk.

    Raises:
        OSError: unreadable source, full disk, or a socket or device, which cannot be copied.
    """
    try:
        _copy(source, destination, {}, flush)
    except BaseException:
        if os.path.lexists(destination):
            remove(destination)
        raise


def size_bytes(path: Path) -> int:
    """The sum of file sizes at or below `path`; links and what cannot be read count as nothing."""
    return sum(status.st_size for status in _walk_status(path) if not stat.S_ISDIR(status.st_mode))


def remove(path: Path) -> None:
    """Delete for good, also folders without write permission.

    Raises:
        OSError: something could not be deleted.
    """
    if not stat.S_ISDIR(path.lstat().st_mode):
        path.unlink()
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        _open_up(path)
        shutil.rmtree(path)


def _rename_new(source: Path, destination: Path) -> None:
    """Rename without overwriting: a file by a second link, a folder by rename.

    A folder's rename replaces nothing but an empty folder.
    """
    if not stat.S_ISDIR(source.lstat().st_mode):
        try:
            os.link(source, destination, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP):
                raise
        else:
            source.unlink()
            return
    if os.path.lexists(destination):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), destination)
    source.rename(destination)


def _copy(
    source: Path, destination: Path, linked: dict[tuple[int, int], Path], flush: bool
) -> None:
    """`linked` maps (device, inode) of files with several names to their first copy."""
    status = source.lstat()
    mode = status.st_mode
    first = linked.get((status.st_dev, status.st_ino))
    if first is not None:
        destination.hardlink_to(first)
        return
    if stat.S_ISDIR(mode):
        destination.mkdir(mode=0o700)
        with os.scandir(source) as entries:
            names = [entry.name for entry in entries]
        for name in names:
            _copy(source / name, destination / name, linked, flush)
    elif stat.S_ISLNK(mode):
        destination.symlink_to(source.readlink())
    elif stat.S_ISREG(mode):
        _copy_content(source, destination, flush=flush)
        if status.st_nlink > 1:
            linked[(status.st_dev, status.st_ino)] = destination
    elif stat.S_ISFIFO(mode):
        os.mkfifo(destination)
    else:
        raise OSError(errno.ENOTSUP, "a socket or device cannot be copied", str(source))
    shutil.copystat(source, destination, follow_symlinks=False)
    if os.geteuid() == 0:
        os.chown(destination, status.st_uid, status.st_gid, follow_symlinks=False)
        if not stat.S_ISLNK(mode):
            destination.chmod(stat.S_IMODE(mode))  # a change of owner clears set-user-id
    if stat.S_ISDIR(mode) and flush:
        _flush(destination)


def _copy_content(source: Path, destination: Path, *, flush: bool) -> None:
    import fcntl

    with source.open("rb") as reader, destination.open("xb") as writer:
        try:
            fcntl.ioctl(writer.fileno(), _FICLONE, reader.fileno())
        except OSError:
            shutil.copyfileobj(reader, writer, 1024 * 1024)
        writer.flush()
        if flush:
            os.fsync(writer.fileno())


def _flush(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _verify(source: Path, destination: Path) -> None:
    try:
        same = _same(source, destination)
    except BaseException:
        remove(destination)
        raise
    if not same:
        remove(destination)
        raise CopyMismatchError(errno.EIO, "changed while it was copied", str(source))


def _same(one: Path, other: Path) -> bool:
    status, copied = one.lstat(), other.lstat()
    if status.st_mode != copied.st_mode:
        return False
    if stat.S_ISLNK(status.st_mode):
        return one.readlink() == other.readlink()
    if stat.S_ISREG(status.st_mode):
        return filecmp.cmp(one, other, shallow=False)
    if stat.S_ISDIR(status.st_mode):
        names = sorted(os.listdir(one))
        return names == sorted(os.listdir(other)) and all(
            _same(one / name, other / name) for name in names
        )
    return True


def _walk_status(path: Path) -> Iterator[os.stat_result]:
    pending = [path]
    while pending:
        current = pending.pop()
        try:
            status = current.lstat()
            if stat.S_ISDIR(status.st_mode):
                with os.scandir(current) as entries:
                    pending.extend(Path(entry.path) for entry in entries)
        except OSError:
            continue
        if not stat.S_ISLNK(status.st_mode):
            yield status


def _open_up(path: Path) -> None:
    """Give the owner all rights on every folder at and below `path`."""
    path.chmod(0o700)
    with os.scandir(path) as entries:
        folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    for folder in folders:
        _open_up(folder)
