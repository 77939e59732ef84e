"""The next todos, at most three rows above the session bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line
from clacky_tui.tui.spots import Spot


class TodoStrip(CanvasWidget):
    """The first pending items; no row at all without any, or while nothing runs."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    TodoStrip { height: auto; width: 100%; background: transparent; display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._todos: list[tuple[int, str, str]] = []
        self._is_idle = False

    @property
    def todos(self) -> Sequence[tuple[int, str, str]]:
        """The whole list, as set."""
        return self._todos

    def jump_spots(self) -> list[Spot]:
        """The strip leads to the whole list."""
        return [Spot(0, self.size.width, "show_todos")]

    def on_click(self) -> None:
        self.call_later(self.app.run_action, "show_todos")

    def set_todos(self, todos: Sequence[tuple[int, str, str]]) -> None:
        """Replace the list: (id, task, ``"pending"`` or ``"completed"``), in order."""
        if list(todos) != self._todos:
            self._todos = list(todos)
            self._show()

    def set_idle(self, idle: bool) -> None:
        """Hide while the agent is idle; the list is kept and comes back with the next task."""
        if idle != self._is_idle:
            self._is_idle = idle
            self._show()

    def _show(self) -> None:
        self.display = bool(self._pending) and not self._is_idle
        self.refresh(layout=True)

    @property
    def _pending(self) -> list[tuple[int, str, str]]:
        return [todo for todo in self._todos if todo[2] == "pending"]

    def draw(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        done = len(self._todos) - len(self._pending)
        heads = (
            tr(" Task [{done}/{count}]: ", done=done, count=len(self._todos)),
            tr(" -> Next: "),
            tr(" -> After: "),
        )
        lines: list[Line] = []
        for head, (todo_id, task, _) in zip(heads, self._pending, strict=False):
            is_first = not lines
            line: Line = [(head, styles.accent if is_first else styles.muted)]
            text = f"#{todo_id} - {sanitize_line(task)}"
            room = canvas.width - line_cells(line) - 2
            text = fit(text, max(room, 0), "...")
            lines.append([*line, (text, styles.ground if is_first else styles.muted)])
        return lines
