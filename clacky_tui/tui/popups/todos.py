"""Every todo of the session, done ones included."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.pickers.rows import Row
from clacky_tui.tui.pickers.sheet import Sheet


class TodoPopup(Sheet[int]):
    """Keeps up with the list while it is open.

    Args:
        todos: the list now: (id, task, ``"pending"`` or ``"completed"``), in order.
    """

    TITLE_WORDS = tr_noop("Todos")
    EMPTY_WORDS = tr_noop("No todos. The agent notes them here when a task has several steps.")

    def __init__(self, todos: Callable[[], Sequence[tuple[int, str, str]]]) -> None:
        super().__init__()
        self._todos = todos

    def rows(self) -> list[Row[int]]:
        todos, done_sign = self._todos(), current_glyphs().done
        done = sum(status == "completed" for _, _, status in todos)
        self.retitle(
            tr("Todos: {done} of {count} done", done=done, count=len(todos))
            if todos
            else tr(self.TITLE_WORDS)
        )
        blank = " " * len(done_sign)
        return [
            Row(
                f"{done_sign if status == 'completed' else blank} #{number} {task}",
                value=number,
                detail=task,
            )
            for number, task, status in todos
        ]

    def accept(self, value: int) -> None:
        self.dismiss(None)
