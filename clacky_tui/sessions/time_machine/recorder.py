"""Writes down what paths were before and after a task, and tells the person's changes from a task's.

Rule: a path that is not as the time machine last knew it was changed by the person. Such a state
is recorded at the task it was changed after, marked as theirs, before a task adds to it. While a
command goes on in the background it may have been that, which is marked too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from clacky_tui.i18n import phrase
from clacky_tui.sessions.time_machine.pack import Pack
from clacky_tui.sessions.time_machine.states import FileState
from clacky_tui.sessions.time_machine.timeline import Entry, Timeline
from clacky_tui.sessions.time_machine.tree_scan import Change
from clacky_tui.sessions.time_machine.watcher import Watcher


class Recorder:
    """Adds entries to a timeline and contents to its pack.

    Attributes:
        background: whether a command goes on in the background.
    """

    def __init__(self, timeline: Timeline, watcher: Watcher, kept: Pack) -> None:
        self.timeline = timeline
        self.watcher = watcher
        self.background = False
        self._kept = kept

    def content(self, digest: str) -> bytes | None:
        """The bytes of a file that was seen or is kept."""
        return self.watcher.content(digest)

    def is_users(self, name: str, state: FileState, here: dict[int, int]) -> bool:
        """Whether a state is the person's doing, not what is recorded at a task (`here`).

        After a restore that was interrupted, what it was going to make is not theirs either, nor
        what it had removed or not yet given its mode.
        """
        recorded = self.timeline.state(name, here)
        if state == recorded:
            return False
        if self.timeline.toward is None:
            return True
        planned = self.timeline.state(name, self.timeline.cutoffs(self.timeline.toward))
        folders = [known.kind == "folder" for known in (recorded, planned) if known is not None]
        half_way = state.kind == "absent" or (state.kind == "folder" and any(folders))
        return not (half_way or state == planned)

    def leave(self) -> tuple[dict[str, FileState], list[str]]:
        """Record what the person changed since the present task ended.

        Returns:
            the present state of every path that a task ever touched, and problems.
        """
        position = self.timeline.position
        states, problems = self._look_at(self.timeline.paths)
        here = self.timeline.cutoffs(position)
        entries = [
            Entry(position, name, "after", state, by_user=True)
            for name, state in states.items()
            if self.is_users(name, state, here)
        ]
        return states, problems + self._record(entries)

    def begin_task(self, task: int, parent: int) -> tuple[str, ...]:
        """Leave the task where the files stand, and let a new one begin."""
        elsewhere = parent != self.timeline.position or self.timeline.toward is not None
        states, problems = self.leave()
        try:
            self.timeline.begin(task, parent)
        except OSError as error:
            problems.append(_not_written(error))
        if elsewhere:
            # The conversation went on without the files, or a restore did not end: the task
            # starts from what there is.
            there = self.timeline.cutoffs(task)
            problems += self._record(
                Entry(task, name, which, state)
                for name, state in states.items()
                if state != self.timeline.state(name, there)
                for which in ("before", "after")
            )
        return tuple(problems)

    def before_change(self, names: Iterable[str]) -> tuple[str, ...]:
        """Record what stands at `names`, unless this task did so already."""
        states, problems = self._look_at(names)
        here = self.timeline.cutoffs(self.timeline.position)
        entries = [e for name, s in states.items() for e in self._before(name, s, here)]
        unkept = [
            phrase(
                "Not covered by undo: {name} ({unkept}).", name=name, unkept=phrase(state.unkept)
            )
            for name, state in states.items()
            if state.unkept
        ]
        return (*problems, *unkept, *self._record(entries))

    def after_change(self, names: Iterable[str]) -> tuple[str, ...]:
        """Record what a tool made of `names` and of the folders they are in."""
        touched = self.timeline.touched(self.timeline.position)
        with_folders = {str(p) for name in names for p in (Path(name), *Path(name).parents)}
        states, problems = self._look_at(with_folders & touched)
        return (*problems, *self._record(self._afters(states, theirs=False)))

    def end_task(self) -> tuple[str, ...]:
        """Record what the present task left at all paths it touched."""
        states, problems = self._look_at(self.timeline.touched(self.timeline.position))
        return (*problems, *self._record(self._afters(states, theirs=True)))

    def unknown(self, changes: Iterable[Change]) -> list[Change]:
        """Those of the changes that are not recorded yet, as those of a tool are."""
        here = self.timeline.cutoffs(self.timeline.position)
        return [
            change
            for change in changes
            if "other" not in (change.old.kind, change.new.kind)
            and self.timeline.state(change.name, here) != change.new
        ]

    def record_changes(self, changes: Iterable[Change], *, by_user: bool) -> tuple[str, ...]:
        """Record what two looks at the tree found different."""
        position = self.timeline.position
        here = self.timeline.cutoffs(position)
        entries: list[Entry] = []
        for change in changes:
            entries += self._before(change.name, change.old, here)
            entries.append(Entry(position, change.name, "after", change.new, by_user))
        return tuple(self._record(entries))

    def is_kept(self, state: FileState) -> bool:
        """Whether the content of a state, if it has one, is in the session's own contents."""
        return not state.digest or state.digest in self._kept

    def _before(self, name: str, state: FileState, here: dict[int, int]) -> list[Entry]:
        task = self.timeline.position
        known = self.timeline.state(name, here)
        entries: list[Entry] = []
        started = self.timeline.has_before(task, name) or self.timeline.has_after(task, name)
        if known is not None and known != state:
            # Without an after the difference is the task's own, which was not looked at yet.
            theirs = not started or self.timeline.has_after(task, name)
            theirs = theirs and self.is_users(name, state, here)
            changed_after = task if started else self.timeline.parent(task)
            entries.append(Entry(changed_after, name, "after", state, theirs))
        if not self.timeline.has_before(task, name):
            entries.append(Entry(task, name, "before", state))
        return entries

    def _afters(self, states: dict[str, FileState], *, theirs: bool) -> list[Entry]:
        task = self.timeline.position
        here = self.timeline.cutoffs(task)
        return [
            Entry(task, name, "after", s, theirs and self.timeline.has_after(task, name))
            for name, s in states.items()
            if s != self.timeline.state(name, here)
        ]

    def _look_at(self, names: Iterable[str]) -> tuple[dict[str, FileState], list[str]]:
        states: dict[str, FileState] = {}
        problems: list[str] = []
        for name in tuple(names):
            try:
                state = self.watcher.look_at(name)
            except OSError as error:
                problems.append(
                    phrase(
                        "Not covered by undo: {name} ({strerror}).",
                        name=name,
                        strerror=error.strerror,
                    )
                )
                continue
            if state.kind != "other":
                states[name] = state
        return states, problems

    def _record(self, entries: Iterable[Entry]) -> list[str]:
        """Contents first, then the entries that need them."""
        written: list[Entry] = []
        problems: list[str] = []
        try:
            for entry in entries:
                entry = replace(entry, background=entry.by_user and self.background)
                if entry.state.digest and not self._keep(entry.state):
                    problems.append(
                        phrase(
                            "Not covered by undo: {path} (its content is gone).", path=entry.path
                        )
                    )
                    identity = (entry.state.size_bytes, entry.state.mtime_ns)
                    state = replace(entry.state, digest="", unkept="gone", identity=identity)
                    entry = replace(entry, state=state)
                written.append(entry)
            self._kept.sync()
            self.timeline.record(written)
        except OSError as error:
            problems.append(_not_written(error))
        return problems

    def _keep(self, state: FileState) -> bool:
        if state.digest in self._kept:
            return True
        content = self.content(state.digest)
        if content is None:
            return False
        self._kept.put(state.digest, content)
        return True


def _not_written(error: OSError) -> str:
    return phrase(
        "The time machine could not write ({strerror}); undo may not take the files of this task "
        "back. Free some disk space.",
        strerror=error.strerror,
    )
