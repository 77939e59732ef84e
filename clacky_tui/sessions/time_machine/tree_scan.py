"""What changed in the working directory since the last look at all of it.

A look reads only what is new: a folder's listing is kept while its stamp stays, a file's content
while its own does. Only what both looks saw can count as changed; the first look at a folder
changes nothing, so a rule that no longer ignores a file does not make it look created.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from clacky_tui.i18n import phrase
from clacky_tui.sessions.time_machine.limits import NEVER_WATCHED
from clacky_tui.sessions.time_machine.states import (
    ABSENT,
    NO_STAMP,
    FileState,
    Seen,
    stamp_of,
    state_without_content,
    unkept_file,
)
from clacky_tui.sessions.time_machine.watcher import OVER_TOTAL, Watcher

READING_SECONDS = 1.0
"""Contents get this long even when the walk took all the time."""

OVER_TIME = phrase("not read in time")
_WORTH_ANOTHER_TRY = (OVER_TOTAL, OVER_TIME)


class FolderRules(Protocol):
    """The ignore rules that hold in one folder."""

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of the files that hold rules."""

    def inside(self, name: str, *, has_file: bool) -> FolderRules:
        """The rules in the folder `name` of this one; `has_file` says it holds rules itself."""

    def ignores(self, name: str, *, folder: bool) -> bool:
        """Whether the entry `name` of this folder is ignored."""


class Change(NamedTuple):
    """A path that is not what it was at the last look."""

    name: str
    old: FileState
    new: FileState


@dataclass(slots=True)
class Coverage:
    """What the last look left out. Names of folders, reasons by name of file."""

    ignored: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    unkept: dict[str, FileState] = field(default_factory=dict)
    cut_short: str = ""


@dataclass(slots=True)
class _Folder:
    """A listing: names watched in it and names ignored. `look` counts the looks it was part of."""

    seen: Seen
    above: FolderRules | None
    rules: FolderRules
    rule_files: dict[str, Seen]
    names: frozenset[str]
    ignored: frozenset[str]
    look: int


class TreeScan:
    """Keeps the listings of one working directory between looks.

    Args:
        rules_at_root: reads the ignore rules of the working directory.
        excluded: absolute paths of folders of ours that may lie inside it.
    """

    def __init__(
        self, watcher: Watcher, rules_at_root: Callable[[], FolderRules], excluded: Iterable[str]
    ) -> None:
        self._watcher = watcher
        self._rules_at_root = rules_at_root
        self._excluded = frozenset(map(watcher.name, excluded))
        self._folders: dict[str, _Folder] = {}
        self._look = 0
        self.coverage = Coverage()

    def changes(self) -> list[Change]:
        """Look at the tree; what is not as at the look before, folders before what lies in them."""
        self._look += 1
        self.coverage = Coverage()
        self._watcher.make_room()
        deadline = time.monotonic() + self._watcher.limits.scan_seconds
        found: list[Change] = []
        unread: list[tuple[str, FileState | None]] = []
        waiting: deque[tuple[str, FolderRules | None, bool]] = deque([("", None, False)])
        count = 0
        while waiting:
            if time.monotonic() > deadline:
                self.coverage.cut_short = phrase("looking at all of it takes too long")
                break
            name, above, is_new = waiting.popleft()
            before = self._folders.get(name)
            now = self._list(name, above, before)
            if now is None:
                self.coverage.unread.append(name or ".")
                continue
            count += len(now.names)
            if count > self._watcher.limits.files:
                self.coverage.cut_short = phrase(
                    "it has over {files:,} files", files=self._watcher.limits.files
                )
                count -= len(now.names)
                continue
            comparable = is_new or (before is not None and before.look == self._look - 1)
            self._folders[name] = now
            now.look = self._look
            self.coverage.ignored += [_join(name, n) for n in sorted(now.ignored)]
            if before is not None and before is not now:
                found += self._gone(name, before, now, comparable=comparable)
            for entry in sorted(now.names):
                path = _join(name, entry)
                known = self._watcher.seen.get(path)
                old = _old_state(entry, known, before, comparable=comparable, is_new=is_new)
                state = self._look_quickly(path, known)
                if old is not None and old.kind == "folder" and not _is_folder(state):
                    found += self._gone_inside(path, comparable=comparable)
                if state is None:
                    unread.append((path, old))
                    continue
                if old is not None and old != state:
                    found.append(Change(path, old, state))
                if state.kind == "folder":
                    made = old is not None and old.kind != "folder"
                    waiting.append((path, now.rules, made))
                elif state.unkept:
                    self.coverage.unkept[path] = state
        found += self._read(unread, max(deadline, time.monotonic() + READING_SECONDS))
        return found

    def forget(self) -> None:
        """As before the first look."""
        self._folders.clear()

    def _look_quickly(self, path: str, known: Seen | None) -> FileState | None:
        """The state as far as the stamp tells, or None for a file that has to be read."""
        watcher = self._watcher
        absolute = watcher.absolute(path)
        looked_at_ns = time.time_ns()
        try:
            status = os.lstat(absolute)
        except (FileNotFoundError, NotADirectoryError):
            watcher.seen.pop(path, None)
            return ABSENT
        except OSError:
            return known.state if known is not None else FileState("other")
        stamp = stamp_of(status)
        if (
            known is not None
            and known.settled(stamp)
            and known.state.unkept not in _WORTH_ANOTHER_TRY
            and watcher.at_hand(known.state)
        ):
            return known.state
        state = state_without_content(absolute, status)
        if state is not None:
            watcher.seen[path] = Seen(state, stamp, looked_at_ns)
        return state

    def _read(
        self, unread: list[tuple[str, FileState | None]], deadline: float
    ) -> Iterator[Change]:
        for path, old in unread:
            known = self._watcher.seen.get(path)
            try:
                if time.monotonic() <= deadline:
                    seen = self._watcher.read(path)
                else:
                    status = os.lstat(self._watcher.absolute(path))
                    seen = Seen(unkept_file(status, OVER_TIME), stamp_of(status), 0)
                    self._watcher.seen[path] = seen
            except OSError:
                seen = Seen(ABSENT, NO_STAMP, 0)
                self._watcher.seen.pop(path, None)
            if seen.state.unkept:
                self.coverage.unkept[path] = seen.state
            never_read = known is not None and known.state.unkept and known.stamp == seen.stamp
            if old is not None and old != seen.state and not never_read:
                yield Change(path, old, seen.state)

    def _gone(
        self, name: str, before: _Folder, now: _Folder, *, comparable: bool
    ) -> Iterator[Change]:
        for entry in sorted(before.names - now.names):
            path = _join(name, entry)
            reported = comparable and entry not in now.ignored
            seen = self._watcher.seen.pop(path, None)
            yield from self._gone_inside(path, comparable=reported)
            if seen is not None and reported:
                yield Change(path, seen.state, ABSENT)

    def _gone_inside(self, name: str, *, comparable: bool) -> Iterator[Change]:
        """What lay in a folder that is none any more."""
        folder = self._folders.pop(name, None)
        if folder is None:
            return
        comparable = comparable and folder.look >= self._look - 1
        for entry in sorted(folder.names):
            path = _join(name, entry)
            seen = self._watcher.seen.pop(path, None)
            yield from self._gone_inside(path, comparable=comparable)
            if seen is not None and comparable:
                yield Change(path, seen.state, ABSENT)

    def _list(self, name: str, above: FolderRules | None, before: _Folder | None) -> _Folder | None:
        absolute = self._watcher.absolute(name).rstrip("/") or "/"
        same_rules = before is not None and before.above is above and self._same(name, before)
        looked_at_ns = time.time_ns()
        try:
            status = os.lstat(absolute)
            stamp = stamp_of(status)
            if before is not None and same_rules and before.seen.settled(stamp):
                return before
            if not stat.S_ISDIR(status.st_mode):
                return None
            with os.scandir(absolute) as listing:
                entries = {e.name: e.is_dir(follow_symlinks=False) for e in listing}
        except OSError:
            return None
        if before is not None and same_rules and not self._new_rule_file(before, entries):
            rules, rule_files = before.rules, before.rule_files
        else:
            rules, rule_files = self._read_rules(name, above, entries)
        ignored: set[str] = set()
        for entry, is_folder in entries.items():
            known = before if same_rules and before is not None and rules is before.rules else None
            if known is not None and not is_folder and entry in known.names:
                continue
            if (
                (is_folder and entry in NEVER_WATCHED)
                or entry == ".git"
                or _join(name, entry) in self._excluded
                or rules.ignores(entry, folder=is_folder)
            ):
                ignored.add(entry)
        names = frozenset(entries) - ignored
        seen = Seen(FileState("folder"), stamp, looked_at_ns)
        return _Folder(seen, above, rules, rule_files, names, frozenset(ignored), self._look)

    def _read_rules(
        self, name: str, above: FolderRules | None, entries: Iterable[str]
    ) -> tuple[FolderRules, dict[str, Seen]]:
        present = set(entries)
        if above is None:
            looked_at_ns = time.time_ns()
            rules = self._rules_at_root()
        else:
            own = [n for n in above.file_names if n in present]
            looked_at_ns = time.time_ns()
            rules = above.inside(name.rpartition("/")[2], has_file=bool(own))
        rule_files: dict[str, Seen] = {}
        for file_name in rules.file_names:
            if file_name not in present:
                continue
            try:
                status = os.lstat(self._watcher.absolute(_join(name, file_name)))
            except OSError:
                continue
            rule_files[file_name] = Seen(FileState("file"), stamp_of(status), looked_at_ns)
        return rules, rule_files

    def _same(self, name: str, before: _Folder) -> bool:
        """Whether the files with rules in a folder are as they were read."""
        try:
            return all(
                seen.settled(stamp_of(os.lstat(self._watcher.absolute(_join(name, file_name)))))
                for file_name, seen in before.rule_files.items()
            )
        except OSError:
            return False

    @staticmethod
    def _new_rule_file(before: _Folder, entries: Iterable[str]) -> bool:
        present = set(entries)
        return any(n in present and n not in before.rule_files for n in before.rules.file_names)


def _old_state(
    entry: str, known: Seen | None, before: _Folder | None, *, comparable: bool, is_new: bool
) -> FileState | None:
    """What stood there at the last look; None when that cannot be known."""
    if not comparable:
        return None
    if is_new or before is None:
        return known.state if known is not None else ABSENT
    if entry in before.names:
        return known.state if known is not None else None
    if entry in before.ignored:
        return None
    return known.state if known is not None else ABSENT


def _is_folder(state: FileState | None) -> bool:
    return state is not None and state.kind == "folder"


def _join(folder: str, entry: str) -> str:
    return f"{folder}/{entry}" if folder else entry
