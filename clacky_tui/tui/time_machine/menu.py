"""The time machine's menu: the tasks of the session, and what going to one of them would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.style import Style
from textual.message import Message

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.key_line import key_line
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line, wrap
from clacky_tui.tui.time_machine.wording import count_files, place

if TYPE_CHECKING:
    from clacky_tui.commands import Command
    from clacky_tui.events import ListedTask, SwitchPlanned, TasksListed

MAX_ROWS = 10
MAX_FILES = 8
MAX_SENTENCES = 3
_STEPS = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -MAX_ROWS, "pagedown": MAX_ROWS}
_VERBS = {"undo": "Undo: back to", "redo": "Redo: forward to", "branch": "Other branch: over to"}


class TimeMachineMenu(DockedPrompt):
    """Opens with `show_tasks`; Enter or the right arrow asks for the plan that `show_plan` shows."""

    class Asked(Message):
        """The plan of a task is wanted; `command` tells the worker."""

        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tasks: tuple[ListedTask, ...] = ()
        self._at = 0
        self._files_at = 0
        self._chosen = 0
        """A row: 0 is the start of the session, then the tasks."""
        self._plan: SwitchPlanned | None = None

    def show_tasks(self, listed: TasksListed) -> None:
        """Open with the tasks, the one where the session stands chosen."""
        self._tasks, self._at, self._files_at = listed.tasks, listed.active, listed.files_at
        rows = (row for row, task in enumerate(self._tasks, 1) if task.id == listed.active)
        self._chosen = next(rows, 0)
        self._plan = None
        self._appear(wanted=True)

    def show_plan(self, plan: SwitchPlanned) -> None:
        """Show what going to a task would change, and ask for how much of it."""
        self._plan = plan
        self._appear(wanted=True)

    def _handle_key(self, key: str, character: str | None) -> bool:
        if key in ("escape", "ctrl+c"):
            self.dismiss()
        elif self._plan is not None:
            return self._handle_plan_key(self._plan, key, character)
        elif key in _STEPS:
            self._choose(self._chosen + _STEPS[key])
        elif key in ("home", "end"):
            self._choose(0 if key == "home" else len(self._tasks))
        elif key in ("enter", "right", "l"):
            self._ask_plan()
        else:
            return character is not None
        return True

    def _handle_plan_key(self, plan: SwitchPlanned, key: str, character: str | None) -> bool:
        overwrite = self._has_conflicts(plan)
        match character or key:
            case "b":
                self._switch(plan, "both")
            case "c":
                self._switch(plan, "conversation")
            case "f":
                self._switch(plan, "files")
            case "B" if overwrite:
                self._switch(plan, "both", "overwrite")
            case "F" if overwrite:
                self._switch(plan, "files", "overwrite")
            case "left" | "h" | "backspace":
                self._plan = None
                self.refresh(layout=True)
            case _:
                return character is not None or key == "enter"
        return True

    def _choose(self, row: int) -> None:
        self._chosen = min(max(row, 0), len(self._tasks))
        self.refresh()

    def _ask_plan(self) -> None:
        from clacky_tui.commands import PlanSwitch

        to_task = self._tasks[self._chosen - 1].id if self._chosen else 0
        self.post_message(self.Asked(PlanSwitch(to_task=to_task)))

    def _switch(
        self,
        plan: SwitchPlanned,
        restore: Literal["both", "conversation", "files"],
        conflicts: Literal["keep", "overwrite"] = "keep",
    ) -> None:
        from clacky_tui.commands import SwitchTask

        self._close_with(
            SwitchTask(
                to_task=plan.to_task, restore=restore, plan_id=plan.plan_id, conflicts=conflicts
            )
        )

    @staticmethod
    def _has_conflicts(plan: SwitchPlanned) -> bool:
        return any(file.conflict for file in plan.files)

    @property
    def _most_lines(self) -> int:
        """What the prompt may take of the screen, see its `max-height`."""
        return max(self.app.size.height * 3 // 5, 6)

    # --- drawing -----------------------------------------------------------------------------

    def draw_question(self, canvas: Canvas) -> list[Line]:
        if self._plan is not None:
            return self._plan_lines(canvas, self._plan)
        styles, glyphs = canvas.styles, canvas.glyphs
        count = min(MAX_ROWS, self._most_lines - 3, len(self._tasks) + 1)
        first = min(max(self._chosen - count + 1, 0), len(self._tasks) + 1 - count)
        rows = range(first, first + count)
        head = "Go back to which task?"
        if self._files_at != self._at:
            head += f" (the files are those of {place(self._files_at)})"
        lines = [*wrap([(head, styles.strong)], canvas.text_cells)]
        lines += [self._row(canvas, row) for row in rows]
        hidden = len(self._tasks) + 1 - len(rows)
        if hidden:
            lines.append([(f"  {glyphs.more} {hidden} more", styles.muted)])
        return [*lines, *_keys(canvas, [("enter", "what would change"), ("esc", "close")])]

    def _row(self, canvas: Canvas, row: int) -> Line:
        styles, glyphs = canvas.styles, canvas.glyphs
        is_chosen = row == self._chosen
        style = styles.accent if is_chosen else styles.ground
        cursor = f"{glyphs.user} " if is_chosen else "  "
        if row == 0:
            mark = glyphs.current_task if self._at == 0 else " "
            return [(cursor, styles.accent), (f"{mark} Before the first task", style)]
        task = self._tasks[row - 1]
        marks = {
            "current": glyphs.current_task,
            "future": glyphs.undone_task,
            "aside": glyphs.dot,
            "past": " ",
        }
        branches = f" {glyphs.branches}" if task.has_branches else ""
        when = f"{task.started_at.astimezone():%m-%d %H:%M}  {count_files(task.files_changed):>8}"
        room = canvas.text_cells - len(cursor) - len(when) - 2
        text = f"{marks[task.status]} Task {task.id}: {sanitize_line(task.summary)}"
        text = fit(text, max(room - line_cells([(branches, style)]), 0), glyphs.more) + branches
        gap = " " * max(room - line_cells([(text, style)]), 0)
        if task.status in ("future", "aside") and not is_chosen:
            style = styles.muted
        return [(cursor, styles.accent), (text, style), (f"{gap}  {when}", styles.muted)]

    def _plan_lines(self, canvas: Canvas, plan: SwitchPlanned) -> list[Line]:
        styles, cells, glyphs = canvas.styles, canvas.text_cells, canvas.glyphs
        head: Line = [(f"{_VERBS[plan.direction]} {place(plan.to_task)}", styles.strong)]
        conflicts = sum(bool(file.conflict) for file in plan.files)
        if conflicts:
            words = "1 conflict" if conflicts == 1 else f"{conflicts} conflicts"
            head.append((f" {glyphs.dot} {words}", styles.error))
        lines = wrap(head, cells)
        # Conflicts first: they must not be among those that are only counted.
        files = sorted(plan.files, key=lambda file: not file.conflict)
        for file in files[:MAX_FILES]:
            name = fit(sanitize_line(file.path), cells - 9, glyphs.more)
            lines.append([(f"{file.action:<7} ", styles.muted), (name, styles.ground)])
            if file.conflict:
                conflict = f"conflict: {sanitize_line(file.conflict)}"
                lines += _indented(conflict, styles.error, cells, styles.ground)
        if len(files) > MAX_FILES:
            lines.append(
                [(f"{glyphs.more} {count_files(len(files) - MAX_FILES)} more", styles.muted)]
            )
        if not files:
            lines.append([("No file would change.", styles.muted)])
        for sentence in plan.not_covered[:MAX_SENTENCES]:
            lines += wrap([(sanitize_line(sentence), styles.warning)], cells)
        if len(plan.not_covered) > MAX_SENTENCES:
            count = len(plan.not_covered) - MAX_SENTENCES
            lines.append([(f"{glyphs.more} {count} more not covered", styles.warning)])
        choices = [("b", "both"), ("c", "conversation"), ("f", "files")]
        keys = _keys(canvas, [*choices, ("left", "back"), ("esc", "close")])
        if conflicts:
            keys += _keys(canvas, [("B, F", "overwrite what you changed; b, f keep it")])
        room = self._most_lines - len(keys)
        if len(lines) > room:
            more = f"{glyphs.more} {len(lines) - room + 1} more lines"
            lines = [*lines[: room - 1], [(more, styles.warning)]]
        return [*lines, *keys]


def _indented(text: str, style: Style, cells: int, ground: Style) -> list[Line]:
    return [[("        ", ground), *line] for line in wrap([(text, style)], cells - 8)]


def _keys(canvas: Canvas, keys: list[tuple[str, str]]) -> list[Line]:
    return wrap(key_line(keys, canvas), canvas.text_cells)
