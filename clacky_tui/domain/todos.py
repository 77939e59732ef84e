"""The todo list of a session: small, numbered, replaced whole on every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Todo:
    id: int
    task: str
    status: Literal["pending", "completed"] = "pending"


@dataclass(frozen=True, slots=True)
class TodoList:
    """An immutable list; every operation returns a new one (spec/tools-skills.md 4.7)."""

    items: tuple[Todo, ...] = ()

    @property
    def pending(self) -> tuple[Todo, ...]:
        return tuple(todo for todo in self.items if todo.status == "pending")

    @property
    def completed_count(self) -> int:
        return len(self.items) - len(self.pending)

    def find(self, todo_id: int) -> Todo | None:
        return next((todo for todo in self.items if todo.id == todo_id), None)

    def add(self, tasks: Sequence[str]) -> TodoList:
        """With `tasks` appended, numbered on from the highest id; completed items leave first."""
        first = max((todo.id for todo in self.items), default=0) + 1
        added = tuple(Todo(first + i, task) for i, task in enumerate(tasks))
        return TodoList(self.pending + added)

    def complete(self, ids: Sequence[int]) -> TodoList:
        """With the named items completed; unknown ids are ignored."""
        return TodoList(
            tuple(replace(t, status="completed") if t.id in ids else t for t in self.items)
        )

    def remove(self, ids: Sequence[int]) -> TodoList:
        """Without the named items; unknown ids are ignored."""
        return TodoList(tuple(todo for todo in self.items if todo.id not in ids))
