"""Undo, redo and branch on the person's wish: shows what it would do, then does it."""

from __future__ import annotations

from typing import Literal

from clacky_tui import events
from clacky_tui.agent import summary
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.questions import new_request_id
from clacky_tui.agent.session import Session
from clacky_tui.agent.time_machine import TaskFiles
from clacky_tui.commands import ListTasks, PlanSwitch, ShowChange, SwitchTask
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.sessions.time_machine.machine import PREVIEW_BYTES
from clacky_tui.sessions.time_machine.plan import PlannedChange, RestorePlan, RestoreResult
from clacky_tui.tools.wording import counted, size_words

NO_TASKS = tr_noop("Nothing to undo yet: this session has no task.")
MOST_DIFF_LINES = 2000
_SUMMARY_TELLS = tr_noop(
    "The conversation was compressed: its summary still tells the model of tasks before that."
)


class TaskSwitcher:
    """Switches tasks of one session, between tasks only.

    Args:
        session: whose conversation moves.
        files: its files over time.
        compressor: told that the conversation is another one.
    """

    def __init__(self, session: Session, files: TaskFiles, compressor: Compressor) -> None:
        self._session = session
        self._files = files
        self._compressor = compressor
        self._shown: tuple[str, RestorePlan] | None = None

    async def serve(self, command: ListTasks | PlanSwitch | ShowChange | SwitchTask) -> None:
        """Do what is asked; what cannot be done is told and changes nothing."""
        try:
            if not self._session.tree.tasks:
                self._session.emit(events.Notice(level="info", text=tr(NO_TASKS)))
            elif isinstance(command, ListTasks):
                await self._list()
            elif isinstance(command, ShowChange):
                await self._show_change(command)
            else:
                self._session.tree.switch(command.to_task)  # refuses what does not exist
                if isinstance(command, PlanSwitch):
                    self._show(await self._files.plan(command.to_task))
                else:
                    await self._switch(command)
        except ClackyError as error:
            self._session.emit(
                events.Failed(code=error.code, message=tr(error.message), hint=tr(error.hint))
            )

    async def _list(self) -> None:
        tree = self._session.tree
        rows = tree.rows(len(tree.tasks))
        counts = await self._files.change_counts([row.task.id for row in rows])
        self._session.emit(
            events.TasksListed(
                tasks=tuple(
                    events.ListedTask(
                        id=row.task.id,
                        summary=row.task.summary,
                        status=row.status,
                        has_branches=row.has_branches,
                        started_at=row.task.started_at,
                        files_changed=count,
                    )
                    for row, count in zip(rows, counts, strict=True)
                ),
                active=tree.active,
                files_at=await self._files.position(),
            )
        )

    def _show(self, plan: RestorePlan) -> None:
        session = self._session
        plan_id = new_request_id()
        self._shown = (plan_id, plan)
        compressed = any(map(summary.is_summary, session.history.messages))
        direction = session.tree.direction(plan.to_task)
        session.emit(
            events.SwitchPlanned(
                plan_id=plan_id,
                to_task=plan.to_task,
                direction=direction,
                files=tuple(
                    events.PlannedFile(path=c.name, action=c.action, conflict=tr(c.conflict))
                    for c in plan.changes
                ),
                not_covered=(
                    *map(tr, plan.not_covered),
                    *([tr(_SUMMARY_TELLS)] if compressed and direction != "redo" else []),
                ),
            )
        )

    async def _show_change(self, command: ShowChange) -> None:
        """Answer for a file of the plan on show; one that is gone is not asked about any more."""
        if self._shown is None or self._shown[0] != command.plan_id:
            return
        changes = (c for c in self._shown[1].changes if c.name == command.path)
        if (change := next(changes, None)) is None:
            return
        diff = await self._files.diff(change)
        shown = events.ChangeShown(plan_id=command.plan_id, path=change.name)
        if diff is None or not diff.text:
            fields: dict[str, object] = {"note": _without_diff(change)}
        else:
            added, removed = diff.added_lines, diff.removed_lines
            fields = {
                "diff": _shown_lines(diff.text),
                "added_lines": added,
                "removed_lines": removed,
            }
        self._session.emit(shown.model_copy(update=fields))

    async def _switch(self, command: SwitchTask) -> None:
        session, to_task = self._session, command.to_task
        result = RestoreResult(done=True, restored=())
        if command.restore != "conversation":
            plan = self._seen(command)
            if plan is None:
                plan = await self._files.plan(to_task)
                if plan.conflicts:
                    self._show(plan)
                    return
            result = await self._files.apply(plan, command.conflicts)
        self._shown = None
        if not result.done:
            raise ClackyError(
                tr("Not all files could be restored: {failed}", failed=" ".join(result.failed)),
                code="restore",
                hint=tr(
                    "The conversation stays where it was. Choose a task again to set it right."
                ),
            )
        direction: Literal["undo", "redo", "branch"] = session.tree.direction(to_task)
        if command.restore != "files":
            session.switch_task(to_task)
            self._compressor.forget_report()
        session.emit(
            events.TaskSwitched(
                direction=direction,
                to_task=to_task,
                restored=self._files.names(result.restored),
                conflicts=tuple(map(tr, self._files.kept(result))),
                restore=command.restore,
                hidden_tasks=len(session.tree.hidden()),
            )
        )
        session.sync()

    def _seen(self, command: SwitchTask) -> RestorePlan | None:
        """The plan the person has seen for this command."""
        if self._shown is None or self._shown[0] != command.plan_id:
            return None
        plan = self._shown[1]
        return plan if plan.to_task == command.to_task else None


def _shown_lines(diff: str) -> str:
    """`diff` with no more lines than a person scrolls through."""
    lines = diff.split("\n")
    if len(lines) <= MOST_DIFF_LINES:
        return diff
    rest = counted(len(lines) - MOST_DIFF_LINES, "more line")
    return "\n".join([*lines[:MOST_DIFF_LINES], f"\\ {rest}"])


def _without_diff(change: PlannedChange) -> str:
    """Why there are no lines to show."""
    current, target = change.current, change.target
    if change.action == "chmod":
        return tr(
            "Only its permissions change, from {before:o} to {after:o}.",
            before=current.mode,
            after=target.mode,
        )
    if "folder" in (current.kind, target.kind):
        return tr("A folder.")
    if (size := max(current.size_bytes, target.size_bytes)) > PREVIEW_BYTES:
        return tr("Its {size} are too much to show line by line.", size=size_words(size))
    if not size:
        return tr("An empty file.")
    return tr("It is no text, or its old content is not kept: there are no lines to show.")
