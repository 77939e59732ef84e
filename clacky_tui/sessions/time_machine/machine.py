"""The time machine of one session: records what tasks change, and takes the files to any task.

Files outside the working directory are covered where `before_change` names them; inside it,
what commands change is found by looking at the tree before and after. Nothing of version control is
ever touched. Every method blocks and belongs in a thread; several threads may call at once.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from clacky_tui import paths
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import phrase, tr
from clacky_tui.sessions.time_machine.limits import VERSION_CONTROL, Limits
from clacky_tui.sessions.time_machine.pack import Pack
from clacky_tui.sessions.time_machine.plan import PlannedChange, RestorePlan, RestoreResult
from clacky_tui.sessions.time_machine.planning import plan_restore
from clacky_tui.sessions.time_machine.recorder import Recorder
from clacky_tui.sessions.time_machine.restore import Restore
from clacky_tui.sessions.time_machine.states import FileState
from clacky_tui.sessions.time_machine.timeline import Timeline
from clacky_tui.sessions.time_machine.tree_scan import FolderRules, TreeScan
from clacky_tui.sessions.time_machine.watcher import Watcher
from clacky_tui.sessions.time_machine.wording import (
    coverage_sentences,
    cut_short_sentence,
    damage_sentences,
    uncovered_sentence,
)

INDEX_NAME = "index.jsonl"
CONTENTS_NAME = "contents.pack"
PREVIEW_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class CommandToken:
    """A command that may be changing files.

    Attributes:
        problems: what could not be recorded.
        background: it goes on after its call.
    """

    task: int
    number: int
    problems: tuple[str, ...] = ()
    background: bool = False


@dataclass(frozen=True, slots=True)
class CommandChanges:
    """What a command changed.

    Attributes:
        paths: absolute, sorted; also those not covered.
        not_covered: changes that an undo cannot take back, and other problems, in sentences.
    """

    paths: tuple[Path, ...] = ()
    not_covered: tuple[str, ...] = ()


class TimeMachine:
    """Opens what is on the disk already; nothing is written before the first task.

    Recording never raises: what could not be recorded comes back as sentences.

    Args:
        folder: the session's own, ``<data>/snapshots/<session id>``.
        working_dir: the session's; stays the same if the session changes folders later.
        rules_at_root: reads the ignore rules of the working directory.
    """

    def __init__(
        self,
        folder: Path,
        working_dir: Path,
        rules_at_root: Callable[[], FolderRules],
        limits: Limits | None = None,
    ) -> None:
        self._folder = folder
        self._limits = limits or Limits()
        self._lock = threading.RLock()
        self._timeline = Timeline(folder / INDEX_NAME)
        self._kept = Pack(folder, CONTENTS_NAME)
        root = Path(os.path.realpath(working_dir))
        self._watcher = Watcher(root, self._kept, folder, self._limits)
        own = (os.path.realpath(folder), os.path.realpath(paths.data_dir()))
        self._scan = TreeScan(self._watcher, rules_at_root, own)
        self._recorder = Recorder(self._timeline, self._watcher, self._kept)
        self._tokens: dict[int, CommandToken] = {}
        self._token_count = 0

    @property
    def position(self) -> int:
        """The task whose files are on the disk; may differ from the conversation's."""
        return self._timeline.position

    def touched(self, task: int) -> int:
        """How many paths a task changed, folders it made included."""
        with self._lock:
            return len(self._timeline.touched(task))

    def begin_task(self, task: int, parent: int) -> tuple[str, ...]:
        """A task of the session's tree begins. What the person changed meanwhile is theirs."""
        with self._lock:
            return self._recorder.begin_task(task, parent)

    def before_change(self, changing: Iterable[Path]) -> tuple[str, ...]:
        """Call just before a tool writes, moves or deletes files; again for the same is harmless."""
        with self._lock:
            names, problems = self._names(changing)
            return (*problems, *self._recorder.before_change(names))

    def after_change(self, changed: Iterable[Path]) -> tuple[str, ...]:
        """Call just after, so that what the person changes later in the task counts as theirs."""
        with self._lock:
            names, _ = self._names(changed)
            return self._recorder.after_change(names)

    def end_task(self) -> tuple[str, ...]:
        """Store what the task left, however it ended."""
        with self._lock:
            problems = self._recorder.end_task()
            return (*problems, *self._drop_oldest())

    def before_command(self) -> CommandToken:
        """Look at the tree before a command runs; each token goes to `after_command` once."""
        with self._lock:
            # While another command runs, what changed since the last look is its doing.
            by_user = all(map(self._is_unwatched, self._tokens.values()))
            _, problems = self._look_at_tree(record=bool(self._tokens), by_user=by_user)
            self._token_count += 1
            token = CommandToken(self.position, self._token_count, problems)
            self._tokens[token.number] = token
            return token

    def leave_running(self, token: CommandToken) -> CommandChanges:
        """What changed so far, when a command goes on in the background after its call.

        Whatever changes from now on may be its doing or the person's: it is not taken back unasked.
        """
        with self._lock:
            by_user = self._is_unwatched(token)
            changed, problems = self._look_at_tree(record=True, by_user=by_user)
            self._tokens[token.number] = replace(token, background=True)
            self._recorder.background = True
            return CommandChanges(changed, problems)

    def after_command(self, token: CommandToken) -> CommandChanges:
        """What changed in the tree while the command ran; recorded for the present task."""
        with self._lock:
            by_user = self._is_unwatched(self._tokens.pop(token.number, token))
            changed, problems = self._look_at_tree(record=True, by_user=by_user)
            self._recorder.background = any(t.background for t in self._tokens.values())
            return CommandChanges(changed, problems)

    def _is_unwatched(self, token: CommandToken) -> bool:
        """Whether the person may have changed files just as well while the command ran."""
        return token.background or token.task != self.position

    def coverage(self) -> tuple[str, ...]:
        """What the last look at the tree did not cover, in sentences; empty before one."""
        with self._lock:
            return coverage_sentences(self._scan.coverage)

    def plan(self, to_task: int) -> RestorePlan:
        """What taking the files to a task of the session's tree would change. Changes nothing."""
        with self._lock:
            changes, not_covered = plan_restore(self._recorder, self._kept, to_task)
            sentences = (
                *not_covered,
                *damage_sentences(self._timeline.damaged_lines),
                *coverage_sentences(self._scan.coverage),
            )
            return RestorePlan(self.position, to_task, changes, sentences)

    def sides(self, change: PlannedChange) -> tuple[str, str] | None:
        """The text on the disk and the text after the restore, for a diff.

        None when one of them is no text, or larger than 512 KB.
        """
        with self._lock:
            texts = tuple(map(self._text, (change.current, change.target)))
        old, new = texts
        return None if old is None or new is None else (old, new)

    def apply(self, plan: RestorePlan, *, conflicts: Literal["keep", "overwrite"]) -> RestoreResult:
        """Take the files to the plan's task.

        What a path was is stored first, so that the person's own changes and the way back are
        never lost. A path that changed since the plan was made is kept in any case.

        Raises:
            ClackyError: nothing was changed: the plan is out of date, or what would be overwritten
                cannot be stored.
        """
        with self._lock:
            if plan.from_task != self.position:
                raise ClackyError(
                    tr("The files were taken to another task since this preview."),
                    code="restore",
                    hint=tr("Look at the preview again."),
                )
            self._recorder.leave()
            chosen, kept = self._choose(plan, conflicts)
            try:
                self._check_kept(chosen)
                if chosen:
                    self._timeline.set_toward(plan.to_task)
            except OSError as error:
                raise ClackyError(
                    tr(
                        "What is on the disk could not be stored first ({strerror}); no file was "
                        "changed.",
                        strerror=error.strerror,
                    ),
                    code="restore",
                    hint=tr("Free some disk space and try again."),
                ) from error
            restore = Restore(
                self._recorder.content, self._watcher.look_at, self._watcher.reached_directly
            )
            restore.run(chosen)
            return self._concluded(plan, restore, kept)

    def revert(self, plan: RestorePlan) -> RestoreResult:
        """Do what `plan` says as a change of the task that runs, which stands where it did.

        Conflicts are kept. Undoing the task takes it back.
        """
        with self._lock:
            chosen, kept = self._choose(plan, "keep")
            names = [change.name for change in chosen]
            problems = self._recorder.before_change(names)
            restore = Restore(
                self._recorder.content, self._watcher.look_at, self._watcher.reached_directly
            )
            restore.run(c for c in chosen if self._recorder.is_kept(c.current))
            problems += self._recorder.after_change(names)
            failed = [f"{change.name}: {reason}." for change, reason in restore.failed]
            return RestoreResult(
                done=not failed,
                restored=tuple(change.path for change in restore.restored),
                kept=(*kept, *((change.path, reason) for change, reason in restore.kept)),
                failed=(*failed, *problems),
            )

    def close(self) -> None:
        """Give the temporary file back; later calls open what they need again."""
        with self._lock:
            self._watcher.close()
            self._scan.forget()

    def purge(self) -> None:
        """Remove everything of this session from the disk; the machine is of no use afterwards."""
        with self._lock:
            self.close()
            self._kept.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _look_at_tree(
        self, *, record: bool, by_user: bool
    ) -> tuple[tuple[Path, ...], tuple[str, ...]]:
        cut_short = self._scan.coverage.cut_short
        changes = self._scan.changes()
        if not record:
            return (), ()
        changes = self._recorder.unknown(changes)
        problems = self._recorder.record_changes(changes, by_user=by_user)
        uncovered = [s for change in changes if (s := uncovered_sentence(change))]
        if cut_short := self._scan.coverage.cut_short or cut_short:
            uncovered.append(cut_short_sentence(cut_short))
        found = sorted(Path(self._watcher.absolute(change.name)) for change in changes)
        return tuple(found), (*uncovered, *problems, *self._drop_oldest())

    def _choose(
        self, plan: RestorePlan, conflicts: Literal["keep", "overwrite"]
    ) -> tuple[list[PlannedChange], list[tuple[Path, str]]]:
        chosen: list[PlannedChange] = []
        kept: list[tuple[Path, str]] = []
        for change in plan.changes:
            if change.conflict and conflicts == "keep":
                kept.append((change.path, change.conflict))
                continue
            try:
                as_shown = self._watcher.look_at(change.name) == change.current
            except OSError:
                as_shown = False
            if as_shown:
                chosen.append(change)
            else:
                kept.append((change.path, phrase("it changed since the preview")))
        return chosen, kept

    def _check_kept(self, chosen: Iterable[PlannedChange]) -> None:
        for change in chosen:
            if not self._recorder.is_kept(change.current):
                raise OSError(None, f"{change.name} could not be copied")

    def _concluded(
        self, plan: RestorePlan, restore: Restore, kept: Sequence[tuple[Path, str]]
    ) -> RestoreResult:
        failed = [f"{change.name}: {reason}." for change, reason in restore.failed]
        if not failed:
            try:
                self._timeline.set_position(plan.to_task)
            except OSError as error:
                failed.append(f"The index could not be written: {error.strerror}.")
        problems = self._drop_oldest()
        return RestoreResult(
            done=not failed,
            restored=tuple(change.path for change in restore.restored),
            kept=(*kept, *((change.path, reason) for change, reason in restore.kept)),
            failed=(*failed, *problems) if failed else (),
        )

    def _drop_oldest(self) -> tuple[str, ...]:
        if self._kept.size_bytes <= self._limits.kept_bytes:
            return ()
        try:
            room = self._limits.kept_bytes * 3 // 4
            self._kept.keep(self._timeline.digests_newest_first(), room)
        except OSError as error:
            return (f"Old file contents could not be dropped: {error.strerror}.",)
        return ()

    def _names(self, changing: Iterable[Path]) -> tuple[list[str], list[str]]:
        """Names of the paths, of what they link to, and of missing folders above them."""
        names: dict[str, None] = {}
        problems: list[str] = []
        root = self._watcher.absolute("")
        for path in changing:
            absolute = os.path.join(root, path)
            parent = os.path.realpath(os.path.dirname(absolute))
            here = Path(parent, os.path.basename(absolute))
            real = Path(os.path.realpath(here))
            missing = [p for p in (*real.parents, *here.parents) if not os.path.lexists(p)]
            for each in (*missing, here, real):
                name = self._watcher.name(str(each))
                if VERSION_CONTROL.intersection(name.split("/")):
                    problems.append(
                        phrase("Not covered by undo: {path} belongs to version control.", path=path)
                    )
                else:
                    names[name] = None
        return list(names), list(dict.fromkeys(problems))

    def _text(self, state: FileState) -> str | None:
        if state.kind == "symlink":
            return f"link to {state.link}\n"
        if state.kind != "file":
            return ""
        if state.size_bytes > PREVIEW_BYTES:
            return None
        content = self._recorder.content(state.digest)
        if content is None or b"\0" in content:
            return None
        return content.decode("utf-8", "replace")
