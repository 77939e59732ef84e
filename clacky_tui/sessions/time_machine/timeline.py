"""What every path was before and after each task: an append-only index, and the states along a chain.

One JSON line per fact, synced to the disk: an entry (task, path, before or after, state), where the
files stand (``at``), and where a restore under way leads (``toward``). A line that a kill tore is
left out; a missing after only makes the time machine ask once more before it overwrites.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from clacky_tui.domain.task_tree import ROOT
from clacky_tui.files import append_line
from clacky_tui.sessions.time_machine.states import FileState

_NEVER = sys.maxsize


@dataclass(frozen=True, slots=True)
class Entry:
    """A path's state before a task first changed it, or after the task.

    Attributes:
        path: relative to the working directory, or absolute outside it.
        by_user: the person made this state by hand, not a task.
        background: or a command that went on in the background did; nobody can tell.
    """

    task: int
    path: str
    which: Literal["before", "after"]
    state: FileState
    by_user: bool = False
    background: bool = False


class UserChange(NamedTuple):
    """The task after which the person, or maybe a command in the background, changed a path."""

    task: int
    background: bool


@dataclass(frozen=True, slots=True)
class _Fact:
    order: int
    state: FileState
    by_user: bool = False
    background: bool = False


@dataclass(slots=True)
class _AtTask:
    """What is known of one path at one task."""

    before: _Fact | None = None
    afters: list[_Fact] = field(default_factory=list)

    def state(self, cutoff: int) -> FileState | None:
        for after in reversed(self.afters):
            if after.order < cutoff:
                return after.state
        if self.before is not None and self.before.order < cutoff:
            return self.before.state
        return None


class Timeline:
    """All entries of a session, in memory and in `file`.

    Attributes:
        position: the task whose files are on the disk.
        toward: where a restore that did not end was leading, else None.
        damaged_lines: lines of the file that could not be read.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._order = 0
        self._first_before: dict[str, FileState] = {}
        self._known: dict[str, dict[int, _AtTask]] = {}
        self._touched: dict[int, set[str]] = {}
        self._begun: dict[int, int] = {}
        self._parents: dict[int, int] = {}
        self.position = ROOT
        self.toward: int | None = None
        self.damaged_lines = 0
        self._load()

    @property
    def paths(self) -> Iterable[str]:
        """Every path that a task ever touched."""
        return self._first_before.keys()

    def has_before(self, task: int, path: str) -> bool:
        known = self._known.get(path, {}).get(task)
        return known is not None and known.before is not None

    def has_after(self, task: int, path: str) -> bool:
        known = self._known.get(path, {}).get(task)
        return known is not None and bool(known.afters)

    def touched(self, task: int) -> frozenset[str]:
        """The paths of which the task has a before."""
        return frozenset(self._touched.get(task, ()))

    def user_changes(self, path: str, cutoffs: dict[int, int]) -> dict[int, UserChange]:
        """The person's changes to a path that a chain holds, by the order of the entry."""
        return {
            after.order: UserChange(task, after.background)
            for task, at in self._known.get(path, {}).items()
            for after in at.afters
            if after.by_user and after.order < cutoffs.get(task, 0)
        }

    def digests_newest_first(self) -> Iterator[str]:
        """The contents that some entry needs, those of the latest entries first."""
        facts = [
            fact
            for tasks in self._known.values()
            for at in tasks.values()
            for fact in (*at.afters, *([at.before] if at.before else ()))
        ]
        facts.sort(key=lambda fact: -fact.order)
        return (fact.state.digest for fact in facts if fact.state.digest)

    def record(self, entries: Iterable[Entry]) -> None:
        """Add entries; they count from now on even if the disk refuses them.

        Raises:
            OSError: the file could not be written.
        """
        self._append([_entry_fields(entry) for entry in entries])

    def begin(self, task: int, parent: int) -> None:
        """A task begins: the files on the disk are its own from now on."""
        self._append([{"at": task, "begun_from": parent}])

    def parent(self, task: int) -> int:
        """The task it began from; `ROOT` for one never heard of."""
        return self._parents.get(task, ROOT)

    def set_toward(self, task: int) -> None:
        """A restore towards `task` starts."""
        self._append([{"toward": task}])

    def set_position(self, task: int) -> None:
        """The files are now those of `task`."""
        self._append([{"at": task}])

    def cutoffs(self, task: int) -> dict[int, int]:
        """For a task and each of its ancestors: the order up to which its entries count.

        A task takes over its parent's files as they were when it began.
        """
        cutoffs = {task: _NEVER}
        while task != ROOT:
            cutoffs[self.parent(task)] = self._begun.get(task, _NEVER)
            task = self.parent(task)
        return cutoffs

    def state(self, path: str, cutoffs: dict[int, int]) -> FileState | None:
        """The path's state at the end of a chain; None for a path no task touched.

        What the nearest task on the chain left, or found if it left nothing yet; without one, what
        the path was before any task touched it.
        """
        known = self._known.get(path, {})
        # Ids grow along a chain, so the highest one is the nearest.
        for task in sorted(known, reverse=True):
            if task in cutoffs and (state := known[task].state(cutoffs[task])) is not None:
                return state
        return self._first_before.get(path)

    def _append(self, lines: list[dict[str, Any]]) -> None:
        if not lines:
            return
        for fields in lines:
            self._apply(fields)
        text = "\n".join(json.dumps(fields, separators=(",", ":")) for fields in lines)
        append_line(self._file, text.encode(), sync=True)

    def _load(self) -> None:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return
        for line in content.splitlines():
            if not line:
                continue
            try:
                self._apply(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                self.damaged_lines += 1

    def _apply(self, fields: dict[str, Any]) -> None:
        self._order += 1
        if "at" in fields:
            self.position = int(fields["at"])
            self.toward = None
            if "begun_from" in fields:
                self._begun[self.position] = self._order
                # A parent is older; anything else is damage and must not make a circle.
                self._parents[self.position] = min(int(fields["begun_from"]), self.position - 1)
            return
        if "toward" in fields:
            self.toward = int(fields["toward"])
            return
        task, path, state = int(fields["task"]), str(fields["path"]), FileState.from_fields(fields)
        by_user, background = bool(fields.get("by_user")), bool(fields.get("background"))
        fact = _Fact(self._order, state, by_user, background)
        at = self._known.setdefault(path, {}).setdefault(task, _AtTask())
        if fields["which"] == "after":
            at.afters.append(fact)
            return
        self._first_before.setdefault(path, state)
        self._touched.setdefault(task, set()).add(path)
        if at.before is None:
            at.before = fact


def _entry_fields(entry: Entry) -> dict[str, Any]:
    fields: dict[str, Any] = {"task": entry.task, "path": entry.path, "which": entry.which}
    if entry.by_user:
        fields["by_user"] = True
    if entry.background:
        fields["background"] = True
    return fields | entry.state.to_fields()
