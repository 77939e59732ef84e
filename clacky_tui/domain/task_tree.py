"""The tasks of a session as a tree: undo goes to the parent, new work after an undo is a branch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import phrase

ROOT = 0
"""The state before the first task."""

SUMMARY_CHARACTERS = 60
"""A longer first message is cut to 57 characters and ``...`` (spec/agent-core.md 10.2)."""

Status = Literal["current", "past", "future", "aside"]
"""By ancestry: an ancestor of the active task is past, a descendant is future, a sibling branch aside."""

MARKERS: dict[Status, str] = {"current": "→", "past": " ", "future": "↯", "aside": "·"}
BRANCHES_MARKER = "⎇"


@dataclass(frozen=True, slots=True)
class Task:
    """One turn of the person. `ended_at` is None while it runs, and after a crash in it."""

    id: int
    parent: int
    summary: str
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A line of the time machine's menu."""

    task: Task
    status: Status
    has_branches: bool

    @property
    def text(self) -> str:
        """``"→ Task 3: add a test ⎇"``."""
        branches = f" {BRANCHES_MARKER}" if self.has_branches else ""
        return f"{MARKERS[self.status]} Task {self.task.id}: {self.task.summary}{branches}"


@dataclass(frozen=True, slots=True)
class TaskTree:
    """Immutable; every operation returns a new tree. Ids count from 1 and are never used again.

    Attributes:
        tasks: in the order of their ids, none missing.
        active: where the session stands; `ROOT` before the first task.
    """

    tasks: tuple[Task, ...] = ()
    active: int = ROOT

    @property
    def newest(self) -> int:
        """The highest id given so far; `ROOT` without a task."""
        return len(self.tasks)

    def begin(self, first_message: str, now: datetime) -> TaskTree:
        """With a new task as child of the active one; it becomes the active one.

        Args:
            first_message: what the person wrote; becomes the task's summary.
            now: aware time.
        """
        task = Task(self.newest + 1, self.active, summarised(first_message), now)
        return TaskTree((*self.tasks, task), task.id)

    def end(self, task_id: int, now: datetime) -> TaskTree:
        """With the task's end noted."""
        ended = replace(self.task(task_id), ended_at=now)
        index = task_id - 1
        return replace(self, tasks=(*self.tasks[:index], ended, *self.tasks[index + 1 :]))

    def switch(self, task_id: int) -> TaskTree:
        """Standing at `task_id`, which may be `ROOT`.

        Raises:
            ClackyError: no such task.
        """
        self._check(task_id)
        return replace(self, active=task_id)

    def undo_target(self) -> int:
        """The task before the active one; may be `ROOT`.

        Raises:
            ClackyError: nothing was done yet, or all of it is undone.
        """
        if self.active == ROOT:
            raise ClackyError(
                phrase("There is no task to undo."), hint=phrase("Redo a task from the list.")
            )
        return self.parent(self.active)

    def task(self, task_id: int) -> Task:
        """The task of that id.

        Raises:
            ClackyError: no such task; `ROOT` is none.
        """
        if task_id == ROOT:
            raise _unknown(task_id, self.newest)
        self._check(task_id)
        return self.tasks[task_id - 1]

    def parent(self, task_id: int) -> int:
        """The id of the task before; `ROOT` for the first ones."""
        return self.task(task_id).parent

    def chain(self, task_id: int) -> Iterator[int]:
        """`task_id` and its ancestors up to `ROOT`, nearest first."""
        while task_id != ROOT:
            yield task_id
            task_id = self.parent(task_id)
        yield ROOT

    def ancestors(self, task_id: int) -> tuple[int, ...]:
        """The tasks before it up to `ROOT`, nearest first; empty for `ROOT`."""
        return tuple(self.chain(task_id))[1:]

    def children(self, task_id: int) -> tuple[int, ...]:
        """The tasks begun from it, oldest first."""
        return tuple(task.id for task in self.tasks if task.parent == task_id)

    def visible(self) -> frozenset[int]:
        """Ids whose messages the model gets: the active task's chain, also at the tip.

        It holds `ROOT`, the id of messages that belong to no task.
        """
        return frozenset(self.chain(self.active))

    def hidden(self) -> frozenset[int]:
        """Ids whose messages the model does not get: all that `visible` lacks."""
        return frozenset(task.id for task in self.tasks) - self.visible()

    @property
    def parents(self) -> dict[int, int]:
        """The parent of each task."""
        return {task.id: task.parent for task in self.tasks}

    def direction(self, task_id: int) -> Literal["undo", "redo", "branch"]:
        """What switching there is called; staying is ``"redo"``."""
        if task_id in self.ancestors(self.active):
            return "undo"
        return "redo" if self.active in self.chain(task_id) else "branch"

    def rows(self, limit: int = 10) -> tuple[TaskRow, ...]:
        """The newest `limit` tasks for a menu, oldest first."""
        past = self.visible()
        child_counts: dict[int, int] = {}
        future: set[int] = set()
        for task in self.tasks:
            child_counts[task.parent] = child_counts.get(task.parent, 0) + 1
            if task.parent == self.active or task.parent in future:
                future.add(task.id)

        def status(task_id: int) -> Status:
            if task_id == self.active:
                return "current"
            return "past" if task_id in past else "future" if task_id in future else "aside"

        shown = self.tasks[-limit:] if limit > 0 else ()
        return tuple(
            TaskRow(task, status(task.id), child_counts.get(task.id, 0) > 1) for task in shown
        )

    def to_fields(self) -> dict[str, Any]:
        """As JSON values; times in ISO 8601 with their zone."""
        return {
            "active": self.active,
            "tasks": [
                {
                    "id": task.id,
                    "parent": task.parent,
                    "summary": task.summary,
                    "started_at": task.started_at.isoformat(),
                    "ended_at": task.ended_at.isoformat() if task.ended_at else None,
                }
                for task in self.tasks
            ],
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> TaskTree:
        """The tree `to_fields` gave.

        Raises:
            ClackyError: not such a tree: a field is missing or of a wrong kind, ids have gaps, or
                a parent does not come before its child.
        """
        try:
            tasks = tuple(_task(item) for item in fields["tasks"])
            tree = cls(tasks, int(fields["active"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ClackyError(
                phrase("The session's task list cannot be read ({error!r}).", error=error),
                hint=phrase("The conversation is intact; undo is not available for it."),
            ) from error
        ordered = all(t.id == i and 0 <= t.parent < i for i, t in enumerate(tasks, start=1))
        if not ordered or not ROOT <= tree.active <= tree.newest:
            raise ClackyError(
                phrase("The session's task list contradicts itself."),
                hint=phrase("The conversation is intact; undo is not available for it."),
            )
        return tree

    def _check(self, task_id: int) -> None:
        if not ROOT <= task_id <= self.newest:
            raise _unknown(task_id, self.newest)


def _unknown(task_id: int, newest: int) -> ClackyError:
    hint = (
        phrase("Choose one from 1 to {newest}.", newest=newest)
        if newest
        else phrase("No task was started yet.")
    )
    return ClackyError(phrase("There is no task {task_id}.", task_id=task_id), hint=hint)


def summarised(first_message: str) -> str:
    """A task's summary: its first message on one line, cut to `SUMMARY_CHARACTERS`."""
    text = " ".join(first_message.split())
    return text if len(text) <= SUMMARY_CHARACTERS else text[: SUMMARY_CHARACTERS - 3] + "..."


def _task(item: Mapping[str, Any]) -> Task:
    ended_at = item["ended_at"]
    return Task(
        id=int(item["id"]),
        parent=int(item["parent"]),
        summary=str(item["summary"]),
        started_at=datetime.fromisoformat(item["started_at"]),
        ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
    )
