"""Copies of what a shell command could destroy, made before it runs."""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import re
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clacky_tui.domain.shell.syntax import ShellSyntaxError
from clacky_tui.trash.at_risk import Operand, Risk, RiskKind, risks_of
from clacky_tui.trash.layout import TrashedItem, physical
from clacky_tui.trash.store import ProjectTrash
from clacky_tui.trash.temporary import temporary_dirs

COMMAND_LIMIT_BYTES = 64 * 1024**2
"""So much is copied for one command; what is larger is left out and reported."""
COPIES_LIMIT_BYTES = 200 * 1024**2
"""So much of one project's trash may be copies; the oldest make room."""
LIMIT_FILES = 1000
LIMIT_SECONDS = 2.0
_SHOWN_CHARACTERS = 200
_QUIET_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=true")
_CLEAN_LINE = re.compile(rb"Would remove (.*)", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {
    b"n": b"\n",
    b"t": b"\t",
    b"r": b"\r",
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
}


@dataclass(frozen=True, slots=True)
class SavedItem:
    """One thing a command could destroy.

    Attributes:
        path: what it is; the working directory when it is not known.
        item: its copy in the trash; None when there is none.
        reason: why there is none; empty when there is one.
    """

    path: Path
    item: TrashedItem | None
    reason: str = ""


class _OutOfTime(Exception):
    """The time for one command is used up."""


@dataclass(slots=True)
class _Saving:
    """What was done for one command so far."""

    trash: ProjectTrash
    folders: list[Path]
    """Where relative paths may start from: the working directory, and each one `cd` names."""
    deadline: float
    left_bytes: int
    saved: dict[Path, SavedItem] = field(default_factory=dict)
    copies: dict[tuple[Path, str], TrashedItem] | None = None
    """What the trash had before; read when the first file is to be saved."""

    @property
    def left_seconds(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise _OutOfTime
        return left


def save_at_risk(command: str, cwd: Path, project: Path) -> tuple[SavedItem, ...]:
    """Copy to the project's trash what `command`, run in `cwd`, could overwrite or delete.

    What the shims of `shell_guard` keep is not copied, nor is what lies in a temporary folder.
    Takes about `LIMIT_SECONDS` at most and never raises for the command's sake: what could not be
    saved is reported. Reads and writes the disk: call it in a thread.
    """
    trash = ProjectTrash(project)
    saving = _Saving(
        trash=trash,
        folders=[Path(os.path.realpath(cwd))],
        deadline=time.monotonic() + LIMIT_SECONDS,
        left_bytes=COMMAND_LIMIT_BYTES,
    )
    try:
        risks = list(risks_of(command))
    except ShellSyntaxError as error:
        reason = f"the command could not be read, so nothing was saved: {error}"
        return (SavedItem(cwd, None, reason),)
    for risk in risks:
        try:
            _save_risk(risk, saving)
        except (_OutOfTime, subprocess.TimeoutExpired):
            _report(saving, cwd, f"no time was left to save all of: {_shown(risk)}")
            break
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            _report(saving, cwd, f"{_shown(risk)}: {error}")
    _make_room(trash, saving)
    return tuple(saving.saved.values())


def _save_risk(risk: Risk, saving: _Saving) -> None:
    if risk.kind is RiskKind.DIRECTORY:
        target = risk.words[0].value
        if target is not None and (folder := saving.folders[-1] / target).is_dir():
            saving.folders.append(Path(os.path.realpath(folder)))
        return
    unknown = any(word.value is None for word in risk.words)
    if unknown:
        _report(saving, saving.folders[-1], f"only the shell knows the files of: {_shown(risk)}")
    for folder in dict.fromkeys(saving.folders):
        for path in _paths(risk, folder, saving, unknown=unknown):
            _save(path, risk, saving)


def _paths(risk: Risk, folder: Path, saving: _Saving, *, unknown: bool) -> Iterator[Path]:
    """What `risk` is about, if relative paths start at `folder`."""
    match risk.kind:
        case RiskKind.FILES:
            yield from (Path(os.path.realpath(p)) for p in _expanded(risk.words, folder))
        case RiskKind.TREES:
            yield from _expanded(risk.words, folder)
        case RiskKind.COPY | RiskKind.MIRROR if risk.words[-1].value is not None:
            paths = list(_expanded(risk.words[:-1], folder))
            target = next(_expanded(risk.words[-1:], folder), folder)
            mirror = risk.kind is RiskKind.MIRROR
            yield from _copy_targets(paths, target, saving, mirror=mirror)
        case _ if unknown:
            return
        case RiskKind.FIND:
            output = _output(["find", *_values(risk)], folder, saving)
            names = [name for name in output.split(b"\0") if name]
            yield from (folder / os.fsdecode(name) for name in names)
        case RiskKind.GIT_CLEAN:
            for line in _output([*_QUIET_GIT, *_values(risk)], folder, saving).splitlines():
                if removed := _CLEAN_LINE.fullmatch(line):
                    yield _git_folder(risk, folder) / os.fsdecode(_unquoted(removed[1]))
        case RiskKind.GIT_TRACKED:
            git = [*_QUIET_GIT, *_values(risk)]
            top = _output([*git, "rev-parse", "--show-toplevel"], folder, saving)
            listing = (
                "diff",
                "--name-only",
                "--no-ext-diff",
                "--diff-filter=d",
                "-z",
                "HEAD",
                "--",
            )
            names = _output([*git, *listing], folder, saving).split(b"\0")
            root = Path(os.fsdecode(top.removesuffix(b"\n")))
            yield from (root / os.fsdecode(name) for name in names if top and name)
        case RiskKind.GIT_STASH:
            git = [*_QUIET_GIT, *_values(risk)]
            for commit in _output([*git, "stash", "list", "--format=%H"], folder, saving).split():
                reason = f"git stash apply {commit.decode()} brings the stash back"
                _report(saving, folder / ".git" / commit.decode(), reason)


def _copy_targets(
    sources: Sequence[Path], target: Path, saving: _Saving, *, mirror: bool
) -> Iterator[Path]:
    """The files that copying or moving `sources` to `target` would write over."""
    if mirror and target.is_dir():
        yield from _files_below(target, saving)
        return
    for source in sources:
        into = target / source.name if target.is_dir() else target
        if not source.is_dir():
            yield Path(os.path.realpath(into))
            continue
        for file in _files_below(source, saving):
            inside = file.relative_to(source)
            yield from dict.fromkeys((into / inside, target / inside))


def _files_below(folder: Path, saving: _Saving) -> Iterator[Path]:
    seen = 0
    for path, _, names in os.walk(folder):
        for name in names:
            seen += 1
            if seen % 100 == 0 and not saving.left_seconds:
                return
            yield Path(path, name)


def _expanded(words: Sequence[Operand], folder: Path) -> Iterator[Path]:
    """The paths that `words` name when they start at `folder`; unknown ones are left out."""
    for word in words:
        if not word.value or "\0" in word.value:
            continue
        if word.is_pattern:
            matches = glob.iglob(word.value, root_dir=folder)
            yield from (folder / name for name in itertools.islice(matches, LIMIT_FILES))
        else:
            yield folder / word.value


def _save(path: Path, risk: Risk, saving: _Saving) -> None:
    path = physical(path)
    if path in saving.saved or not _worth_keeping(path, risk, saving):
        return
    size = _bounded_size(path, saving)
    if size is None:
        _report(saving, path, "it is too large to be copied before each command")
        return
    if len(saving.saved) >= LIMIT_FILES:
        raise _OutOfTime
    saving.left_bytes -= size
    try:
        if saving.copies is None:
            saving.copies = saving.trash.copies()
        kept = saving.trash.keep_copy(path, _shown(risk), saving.copies)
    except OSError as error:
        _report(saving, path, f"it could not be copied: {error.strerror or error}")
    else:
        saving.saved[path] = SavedItem(path, kept)
    saving.left_seconds  # noqa: B018


def _bounded_size(path: Path, saving: _Saving) -> int | None:
    """The bytes of a file or a tree; None when they, or its files, are over the limit."""
    if not stat.S_ISDIR(path.lstat().st_mode):
        size = path.lstat().st_size
        return size if size <= saving.left_bytes else None
    size = 0
    for count, file in enumerate(_files_below(path, saving), 1):
        size += file.lstat().st_size
        if count > LIMIT_FILES or size > saving.left_bytes:
            return None
    return size


def _worth_keeping(path: Path, risk: Risk, saving: _Saving) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        if risk.kind is RiskKind.FIND:
            return _is_empty(path)
        if risk.kind not in (RiskKind.TREES, RiskKind.GIT_CLEAN):
            return False
    elif not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        return False
    if path.is_relative_to(os.path.realpath(saving.trash.folder.parent)):
        return False
    if path.is_relative_to(saving.trash.project):
        return path != saving.trash.project
    return not any(path.is_relative_to(folder) for folder in temporary_dirs())


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def _output(command: Sequence[str], folder: Path, saving: _Saving) -> bytes:
    """What `command` prints when run in `folder`; errors it tells of are not ours to show."""
    return subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        timeout=saving.left_seconds,
        check=False,
    ).stdout


def _git_folder(risk: Risk, folder: Path) -> Path:
    """Where a `git` with these options works: each ``-C`` starts at the one before."""
    values = _values(risk)
    for option, value in itertools.pairwise(values):
        if option == "-C":
            folder = folder / value
        elif option == "clean":
            break
    return folder


def _unquoted(name: bytes) -> bytes:
    """A path as `git` prints it: in double quotes and escaped when it has unusual bytes."""
    if not (name.startswith(b'"') and name.endswith(b'"') and len(name) > 1):
        return name
    return _ESCAPED.sub(_unescaped, name[1:-1])


def _unescaped(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8)]) if len(code) == 3 else _LETTERS.get(code, code)


def _values(risk: Risk) -> list[str]:
    return [word.value for word in risk.words if word.value is not None]


def _report(saving: _Saving, path: Path, reason: str) -> None:
    saving.saved.setdefault(path, SavedItem(path, None, reason))


def _shown(risk: Risk) -> str:
    return " ".join(risk.command.split())[:_SHOWN_CHARACTERS]


def _make_room(trash: ProjectTrash, saving: _Saving) -> None:
    """Delete the oldest copies above `COPIES_LIMIT_BYTES`, never one made just now."""
    if not any(saved.item for saved in saving.saved.values()):
        return
    new = {saved.item.payload for saved in saving.saved.values() if saved.item}
    with contextlib.suppress(OSError):
        trash.trim_copies(COPIES_LIMIT_BYTES, keep=new)
