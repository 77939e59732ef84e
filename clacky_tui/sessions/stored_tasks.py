"""The tree of a stored session's tasks, gathered from the events that began, ended and switched them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.task_tree import Task, TaskTree, summarised
from clacky_tui.sessions.records import Record, event_of, moment, number, word

MOST_TASKS = 100_000
"""A higher number is damage, and nothing is undone by it."""


class StoredTasks:
    """Feed it records in order, then ask for the `tree`."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}
        self._texts: dict[int, str] = {}
        self._started: dict[int, Any] = {}
        self._ended: dict[int, Any] = {}
        """Times as written."""
        self._newest = 0
        self._active = 0

    def take_event(self, record: Record) -> None:
        """Learn from an event of any kind."""
        event = event_of(record)
        match event.get("kind"):
            case "task.started" if task := number(record.get("task_id")):
                self._parents.setdefault(task, self._active)
                self._texts[task] = word(event.get("text"))
                self._started[task] = record.get("ts")
                self._newest, self._active = max(self._newest, task), task
            case "task.ended" if (task := number(record.get("task_id"))) in self._started:
                self._ended[task] = record.get("ts")
            case "task.switched" if event.get("restore") != "files":
                self._active = number(event.get("to_task"))

    def take_imported(self, tree: Any) -> None:
        """Where an imported session stood; its keys are texts, as JSON has them."""
        if not isinstance(tree, dict):
            return
        parents = tree.get("task_parents")
        for task, parent in parents.items() if isinstance(parents, dict) else ():
            if str(task).isdecimal() and int(task):
                self._parents[int(task)] = number(parent)
        self._newest = max(number(tree.get("current_task_id")), self._newest)
        self._active = number(tree.get("active_task_id"))

    def tree(self, messages: Iterable[Message], created_at: datetime) -> TaskTree:
        """The tree. A task of which nothing is known, as in a copy, began from the start.

        Args:
            messages: where tasks without a text of their own get their summary from.
            created_at: of the session, for tasks without a time.
        """
        said = dict(self._texts)
        for message in messages:
            if message.origin is Origin.USER and not said.get(message.task_id):
                said[message.task_id] = message.text
        newest = max([self._newest, *self._parents])
        if newest > MOST_TASKS:
            return TaskTree()
        tasks = tuple(
            Task(
                id=task,
                parent=parent if (parent := self._parents.get(task, 0)) < task else 0,
                summary=summarised(said.get(task, "")) or f"Task {task}",
                started_at=moment(self._started.get(task)) or created_at,
                ended_at=moment(self._ended.get(task)),
            )
            for task in range(1, newest + 1)
        )
        return TaskTree(tasks, min(self._active, newest))
