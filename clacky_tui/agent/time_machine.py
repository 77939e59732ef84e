"""The time machine of a session at work: tells it what tasks do to files, and asks it to go back.

All of it runs on threads; the first look at the working directory comes with the first command that
may change something.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from clacky_tui import events, paths
from clacky_tui.agent.session import Session
from clacky_tui.agent.tool_run import ToolRun
from clacky_tui.agent.uncancelled import to_its_end
from clacky_tui.domain.task_tree import ROOT, TaskRow
from clacky_tui.domain.verdict import RiskClass
from clacky_tui.errors import ClackyError
from clacky_tui.files import make_private_dir, write_atomic
from clacky_tui.i18n import phrase, tr
from clacky_tui.sessions.time_machine.machine import CommandChanges, CommandToken, TimeMachine
from clacky_tui.sessions.time_machine.plan import PlannedChange, RestorePlan, RestoreResult
from clacky_tui.tools.base import Reverted
from clacky_tui.tools.ignore import FolderRules
from clacky_tui.tools.line_diff import LineDiff, diff_lines

FOLDER_NOTE = "working_dir"
"""In the session's snapshots: the folder that the names in them start from."""

_CHANGES_ITS_PATH = frozenset({"edit", "write"})
_CHANGES_ANYTHING = frozenset({"terminal", "trash_manager"})


class TaskFiles:
    """The files of one session over its tasks. Trouble in recording is told, and stops nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._machine: TimeMachine | None = None
        self._refused = False
        self._changed: dict[Path, None] = {}
        """What the present task changed so far."""
        self._looking: set[asyncio.Task[None]] = set()
        """At what commands have done that went on in the background."""
        self._reverted_to: int | None = None
        """Where a tool took the files in the present task."""

    # --- recording ---------------------------------------------------------------------------

    async def begin_task(self) -> None:
        """The active task of the session's tree begins."""
        self._changed.clear()
        self._reverted_to = None
        task = self._session.tree.active
        parent = self._session.tree.parent(task)
        await self._record(lambda machine: machine.begin_task(task, parent))

    async def end_task(self) -> None:
        """The task is over, however it ended; what it changed is told."""
        await to_its_end(self._record(lambda machine: machine.end_task()))
        if self._changed:
            session = self._session
            names = sorted(self._name(path) for path in self._changed)
            session.emit(
                events.CheckpointMade(
                    checkpoint_task=session.tree.active, paths=tuple(dict.fromkeys(names))
                )
            )

    @asynccontextmanager
    async def recording(self, run: ToolRun) -> AsyncIterator[None]:
        """Around a tool call: what it changes can be taken back."""
        if run.name in _CHANGES_ITS_PATH:
            async with self._recording_change(run):
                yield
        elif run.name in _CHANGES_ANYTHING and not _only_reads(run):
            async with self._recording_command():
                yield
        else:
            yield

    @asynccontextmanager
    async def _recording_change(self, run: ToolRun) -> AsyncIterator[None]:
        path = self._session.tools.resolve(str(run.arguments.get("path") or ""))
        await self._record(lambda machine: machine.before_change([path]))
        try:
            yield
        finally:
            await to_its_end(self._record(lambda machine: machine.after_change([path])))
            if run.result is not None and run.result.changed_paths:
                self._changed[path] = None

    @asynccontextmanager
    async def _recording_command(self) -> AsyncIterator[None]:
        if self._session.simulated:  # the demo model's project is not in the working directory
            yield
            return
        token: CommandToken | None = None
        given_up = False

        def look(machine: TimeMachine) -> tuple[str, ...]:
            nonlocal token
            token = machine.before_command()
            return machine.after_command(token).not_covered if given_up else token.problems

        def leave_running(machine: TimeMachine) -> tuple[str, ...]:
            assert token is not None
            return self._noted(machine, token, machine.leave_running(token))

        def look_again(machine: TimeMachine) -> tuple[str, ...]:
            assert token is not None
            return self._noted(machine, token, machine.after_command(token))

        background = self._session.tools.background
        running = {task.handle for task in background.alive}
        try:
            await self._record(look)
            yield
        finally:
            given_up = True  # an interrupt does not wait for the first look
            started = [t.handle for t in background.alive if t.handle not in running]
            if token is not None and started:
                try:
                    await to_its_end(self._record(leave_running))
                finally:
                    # It goes on changing files after its call: the last look waits for its end.
                    self._when_over(started[0], lambda: self._start(self._record(look_again)))
            elif token is not None:
                await to_its_end(self._record(look_again))

    def _noted(
        self, machine: TimeMachine, token: CommandToken, changes: CommandChanges
    ) -> tuple[str, ...]:
        """Take what a command of the present task changed for the task's; returns what is to be told."""
        if token.task == machine.position:
            self._changed |= dict.fromkeys(changes.paths)
        return changes.not_covered

    def _when_over(self, handle: str, call: Callable[[], None]) -> None:
        background = self._session.tools.background
        task = background.get(handle)
        if task is not None and task.is_alive:
            background.when_ended(handle, call)
        else:
            call()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _record(self, step: Callable[[TimeMachine], Sequence[str]]) -> None:
        """Take one step on a thread; each problem is told once in a session."""
        try:
            machine = await self._opened()
        except ClackyError:
            return
        self._session.warn_once(await asyncio.to_thread(step, machine))

    # --- going back --------------------------------------------------------------------------

    async def position(self) -> int:
        """The task whose files are on the disk."""
        return (await self._opened()).position

    async def change_counts(self, tasks: Sequence[int]) -> list[int]:
        """How many files each of `tasks` changed.

        Raises:
            ClackyError: there is no time machine in this session, as in all that follow.
        """
        machine = await self._opened()
        return await asyncio.to_thread(lambda: [machine.touched(task) for task in tasks])

    async def plan(self, to_task: int) -> RestorePlan:
        """What taking the files to a task of the tree would change."""
        return await asyncio.to_thread((await self._opened()).plan, to_task)

    async def diff(self, change: PlannedChange) -> LineDiff | None:
        """What one change of a plan does to the text of its file; None when that is none, or too long."""
        machine = await self._opened()

        def compare() -> LineDiff | None:
            sides = machine.sides(change)
            return None if sides is None else diff_lines(*sides, change.name)

        return await asyncio.to_thread(compare)

    async def apply(
        self, plan: RestorePlan, conflicts: Literal["keep", "overwrite"]
    ) -> RestoreResult:
        """Take the files to the plan's task.

        Raises:
            ClackyError: nothing was changed.
        """
        machine = await self._opened()
        return await to_its_end(asyncio.to_thread(machine.apply, plan, conflicts=conflicts))

    # --- what tools may ask while a task runs ------------------------------------------------

    def rows(self, limit: int) -> tuple[TaskRow, ...]:
        """The newest tasks, oldest first."""
        return self._session.tree.rows(limit)

    async def revert_last(self) -> Reverted | None:
        """Undo the nearest task that changed files, the present one included; None if none did.

        Once more in the same task it goes on from there.
        """
        tree = self._session.tree
        since = self._reverted_to
        for task in tree.ancestors(tree.active) if since is None else tree.chain(since):
            plan = await self.plan(task)
            if plan.changes:
                return await self._revert(plan)
        return None

    async def revert_to(self, task_id: int) -> Reverted:
        """Take the files to any task.

        Raises:
            ClackyError: no such task.
        """
        self._session.tree.task(task_id)
        return await self._revert(await self.plan(task_id))

    async def _revert(self, plan: RestorePlan) -> Reverted:
        machine = await self._opened()
        result = await to_its_end(asyncio.to_thread(machine.revert, plan))
        self._changed |= dict.fromkeys(result.restored)
        self._reverted_to = plan.to_task
        return Reverted(
            to_task=plan.to_task,
            restored=self.names(result.restored),
            kept=self.kept(result),
            failed=result.failed,
            not_covered=plan.not_covered,
        )

    def names(self, files: Iterable[Path]) -> tuple[str, ...]:
        """As a person reads them."""
        return tuple(map(self._name, files))

    def kept(self, result: RestoreResult) -> tuple[str, ...]:
        """The files a restore left as they were, each with the reason."""
        return tuple(
            phrase("{name} ({reason})", name=self._name(path), reason=reason)
            for path, reason in result.kept
        )

    # --- opening and closing -----------------------------------------------------------------

    async def close(self) -> None:
        """Give back what the disk held for running commands, once these have ended."""
        await asyncio.gather(*self._looking)
        if self._machine is not None:
            await asyncio.to_thread(self._machine.close)

    async def _opened(self) -> TimeMachine:
        """The machine, opened on first need.

        Raises:
            ClackyError: it cannot be; said once as a notice.
        """
        if self._machine is None:
            try:
                self._machine = await asyncio.to_thread(self._open)
            except OSError as error:
                trouble = ClackyError(
                    tr(
                        "Undo is not available in this session ({filename}: {strerror}).",
                        filename=error.filename,
                        strerror=error.strerror,
                    ),
                    code="time_machine",
                    hint=tr("Free some space or mend the permissions, then open the session anew."),
                )
                if not self._refused:
                    self._refused = True
                    self._session.warn(trouble.told)
                raise trouble from error
        return self._machine

    def _open(self) -> TimeMachine:
        folder = paths.snapshots_dir() / self._session.id
        note = folder / FOLDER_NOTE
        try:
            working_dir = Path(os.fsdecode(note.read_bytes()))
        except FileNotFoundError:
            working_dir = self._session.working_dir.resolve()
            if self._session.tree.active != ROOT:
                make_private_dir(folder)
                write_atomic(note, os.fsencode(working_dir))
        return TimeMachine(folder, working_dir, lambda: FolderRules.at(working_dir))

    def _name(self, path: Path) -> str:
        folder = self._session.working_dir
        for root in (folder, folder.resolve()):
            if path.is_relative_to(root):
                return str(path.relative_to(root))
        return paths.shorten_home(path)


def _only_reads(run: ToolRun) -> bool:
    return run.verdict is not None and run.verdict.risk is RiskClass.SAFE
