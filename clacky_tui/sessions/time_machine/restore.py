"""Bringing paths to their planned states: each by itself atomic, checked afterwards."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clacky_tui.files import write_atomic
from clacky_tui.i18n import phrase
from clacky_tui.sessions.time_machine.plan import PlannedChange
from clacky_tui.sessions.time_machine.states import FileState

IN_THE_WAY = phrase("something else is where its folder was")
NOT_EMPTY = phrase("it holds files that are not the time machine's")
THROUGH_A_LINK = phrase("a folder on its way is a link now")


class Restore:
    """One restore. Call `run` once, then read what became of each change.

    Args:
        content: gives the bytes of a digest, or None.
        look: the present state of a name.
        reached_directly: whether no folder on the way to a name is a link.

    Attributes:
        restored, kept, failed: changes by outcome, the latter two with the reason.
    """

    def __init__(
        self,
        content: Callable[[str], bytes | None],
        look: Callable[[str], FileState],
        reached_directly: Callable[[str], bool],
    ) -> None:
        self._content = content
        self._look = look
        self._reached_directly = reached_directly
        self.restored: list[PlannedChange] = []
        self.kept: list[tuple[PlannedChange, str]] = []
        self.failed: list[tuple[PlannedChange, str]] = []

    def run(self, changes: Iterable[PlannedChange]) -> None:
        """Remove what has to go, from the inside out, then make what has to be there."""
        by_path = sorted(changes, key=lambda change: change.path.parts)
        blocked: set[Path] = set()
        for change in reversed(by_path):
            if _has_to_go(change) and not self._try(change, self._remove):
                blocked.add(change.path)
        for change in by_path:
            if change.target.kind != "absent" and change.path not in blocked:
                self._try(change, self._make)
        # Modes of folders come last: one without write permission would not let its files in.
        for change in reversed(by_path):
            if change.target.kind == "folder" and change.path not in blocked:
                self._try(change, _set_mode)
        self._check(by_path)

    def _try(self, change: PlannedChange, step: Callable[[PlannedChange], None]) -> bool:
        try:
            if not self._reached_directly(str(change.path)):
                self.kept.append((change, THROUGH_A_LINK))
                return False
            with _writable(change.path.parent):
                step(change)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                self.kept.append((change, NOT_EMPTY))
            elif error.errno == errno.ELOOP:
                self.kept.append((change, THROUGH_A_LINK))
            elif error.errno in (errno.ENOTDIR, errno.EEXIST):
                self.kept.append((change, IN_THE_WAY))
            else:
                self.failed.append((change, error.strerror or type(error).__name__))
            return False
        return True

    def _remove(self, change: PlannedChange) -> None:
        with suppress(FileNotFoundError):
            if change.current.kind == "folder":
                change.path.rmdir()
            else:
                change.path.unlink()

    def _make(self, change: PlannedChange) -> None:
        path, target = change.path, change.target
        if change.action == "chmod":
            if target.kind == "file":
                path.chmod(target.mode)
            return
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        match target.kind:
            case "folder":
                path.mkdir(mode=target.mode | stat.S_IRWXU, exist_ok=True)
            case "symlink":
                _place_link(path, target.link)
            case _:
                content = self._content(target.digest)
                if content is None:
                    raise OSError(errno.EIO, phrase("its content is damaged"))
                write_atomic(path, content, mode=target.mode)
                if stat.S_IMODE(path.lstat().st_mode) != target.mode:
                    # Writing clears the set-user and set-group bits.
                    path.chmod(target.mode)

    def _check(self, changes: Iterable[PlannedChange]) -> None:
        settled = {change.name for change, _ in (*self.kept, *self.failed)}
        for change in changes:
            if change.name in settled:
                continue
            try:
                as_planned = self._look(change.name) == change.target
            except OSError:
                as_planned = False
            if as_planned:
                self.restored.append(change)
            else:
                self.failed.append((change, phrase("it does not read back as it was stored")))


def _has_to_go(change: PlannedChange) -> bool:
    current, target = change.current.kind, change.target.kind
    if current in ("absent", target):
        return False
    return target == "absent" or "folder" in (current, target) or current == "symlink"


def _place_link(path: Path, target: str) -> None:
    temporary = path.with_name(f".{path.name[:200]}.link.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def _set_mode(change: PlannedChange) -> None:
    change.path.chmod(change.target.mode)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """`folder` with write permission for its owner while this lasts, if it exists."""
    try:
        mode = stat.S_IMODE(os.lstat(folder).st_mode)
    except OSError:
        mode = stat.S_IRWXU
    if mode & stat.S_IRWXU == stat.S_IRWXU:
        yield
        return
    folder.chmod(mode | stat.S_IRWXU)
    try:
        yield
    finally:
        folder.chmod(mode)
