"""The time machine's menu: the tasks of the session, and what going to one of them would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from textual.message import Message

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.key_line import key_lines
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line, wrap
from clacky_tui.tui.layout import align_right
from clacky_tui.tui.time_machine.plan_view import PlanView
from clacky_tui.tui.time_machine.wording import count_files, place

if TYPE_CHECKING:
    from clacky_tui.commands import Command
    from clacky_tui.events import ChangeShown, ListedTask, SwitchPlanned, TasksListed

_TIME_FROM_CELLS, _FILES_FROM_CELLS = 44, 56
"""When a task was begun and how many files it changed stand there from these widths on."""
MAX_ROWS = 10
_STEPS = {"up": -1, "k": -1, "down": 1, "j": 1}
_PAGES = {"pageup": -1, "pagedown": 1}
_LOOK_KEYS = ("enter", "right", "l", "space")


class TimeMachineMenu(DockedPrompt):
    """Opens with `show_tasks`; what is asked for next is shown by `show_plan` and `show_change`."""

    class Asked(Message):
        """The plan of a task, or the lines of a file, are wanted; `command` tells the worker."""

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
        self._plan: PlanView | None = None

    def show_tasks(self, listed: TasksListed) -> None:
        """Open with the tasks, the one where the session stands chosen."""
        self._tasks, self._at, self._files_at = listed.tasks, listed.active, listed.files_at
        rows = (row for row, task in enumerate(self._tasks, 1) if task.id == listed.active)
        self._chosen = next(rows, 0)
        self._plan = None
        self._appear(wanted=True)

    def show_plan(self, plan: SwitchPlanned) -> None:
        """Show what going to a task would change, and ask for how much of it."""
        self._plan = PlanView(plan)
        self._appear(wanted=True)

    def show_change(self, change: ChangeShown) -> None:
        """Show the lines that would change in a file of the plan on show."""
        if self._plan is not None and self._plan.plan.plan_id == change.plan_id:
            self._plan.show_change(change)
            self.refresh(layout=True)

    def _handle_key(self, key: str, character: str | None) -> bool:
        if key in ("escape", "ctrl+c"):
            self.dismiss()
        elif self._plan is not None:
            return self._handle_plan_key(self._plan, key, character)
        elif key in _STEPS:
            self._choose(self._chosen + _STEPS[key])
        elif key in _PAGES:
            self._choose(self._chosen + _PAGES[key] * MAX_ROWS)
        elif key in ("home", "end"):
            self._choose(0 if key == "home" else len(self._tasks))
        elif key in _LOOK_KEYS:
            self._ask_plan()
        else:
            return character is not None
        return True

    def _handle_plan_key(self, view: PlanView, key: str, character: str | None) -> bool:
        plan, overwrite = view.plan, view.has_conflicts
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
                if not view.leave_change():
                    self._plan = None
                self.refresh(layout=True)
            case _:
                return self._look_about(view, key) or character is not None
        return True

    def _look_about(self, view: PlanView, key: str) -> bool:
        """Keys that choose a file and scroll its lines; False for any other."""
        if key in _STEPS:
            view.move(_STEPS[key])
        elif key in _PAGES:
            view.move_page(_PAGES[key])
        elif key in ("home", "end"):
            view.move_to_end(last=key == "end")
        elif key in _LOOK_KEYS:
            self._ask_change(view)
        else:
            return False
        self.refresh(layout=True)
        return True

    def _choose(self, row: int) -> None:
        self._chosen = min(max(row, 0), len(self._tasks))
        self.refresh()

    def _ask_plan(self) -> None:
        from clacky_tui.commands import PlanSwitch

        to_task = self._tasks[self._chosen - 1].id if self._chosen else 0
        self.post_message(self.Asked(PlanSwitch(to_task=to_task)))

    def _ask_change(self, view: PlanView) -> None:
        from clacky_tui.commands import ShowChange

        if view.chosen is not None and not view.shows_change:
            plan_id = view.plan.plan_id
            self.post_message(self.Asked(ShowChange(plan_id=plan_id, path=view.chosen.path)))

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

    @property
    def _most_lines(self) -> int:
        """What the prompt may take of the screen, see its `max-height`."""
        return max(self.app.size.height * 3 // 5, 6)

    # --- drawing -----------------------------------------------------------------------------

    def draw_question(self, canvas: Canvas) -> list[Line]:
        if self._plan is not None:
            return self._plan_lines(canvas, self._plan)
        styles, glyphs = canvas.styles, canvas.glyphs
        head = tr("Go back to which task?")
        if self._files_at != self._at:
            head += tr(" (the files are those of {files_at})", files_at=place(self._files_at))
        lines = [*wrap([(head, styles.strong)], canvas.text_cells)]
        keys = key_lines([("enter", tr("what would change")), ("esc", tr("close"))], canvas)
        room = self._most_lines - len(lines) - len(keys) - 1
        count = max(min(MAX_ROWS, room, len(self._tasks) + 1), 1)
        first = min(max(self._chosen - count + 1, 0), len(self._tasks) + 1 - count)
        rows = range(first, first + count)
        lines += [self._row(canvas, row) for row in rows]
        hidden = len(self._tasks) + 1 - len(rows)
        if hidden:
            lines.append(
                [(tr("  {more} {hidden} more", more=glyphs.more, hidden=hidden), styles.muted)]
            )
        return [*lines, *keys]

    def _row(self, canvas: Canvas, row: int) -> Line:
        styles, glyphs = canvas.styles, canvas.glyphs
        is_chosen = row == self._chosen
        style = styles.accent if is_chosen else styles.ground
        cursor = f"{glyphs.user} " if is_chosen else "  "
        if row == 0:
            mark = glyphs.current_task if self._at == 0 else " "
            return [(cursor, styles.accent), (tr("{mark} Before the first task", mark=mark), style)]
        task = self._tasks[row - 1]
        marks = {
            "current": glyphs.current_task,
            "future": glyphs.undone_task,
            "aside": glyphs.dot,
            "past": " ",
        }
        branches = f" {glyphs.branches}" if task.has_branches else ""
        when = ""
        if canvas.text_cells >= _TIME_FROM_CELLS:
            when = f"  {task.started_at.astimezone():%m-%d %H:%M}"
        if canvas.text_cells >= _FILES_FROM_CELLS:
            when += f"  {align_right(count_files(task.files_changed), 8)}"
        room = canvas.text_cells - len(cursor) - cell_len(when)
        text = tr(
            "{marks} Task {id}: {summary}",
            marks=marks[task.status],
            id=task.id,
            summary=sanitize_line(task.summary),
        )
        text = fit(text, max(room - line_cells([(branches, style)]), 0), glyphs.more) + branches
        gap = " " * max(room - line_cells([(text, style)]), 0)
        if task.status in ("future", "aside") and not is_chosen:
            style = styles.muted
        return [(cursor, styles.accent), (text, style), (gap + when, styles.muted)]

    def _plan_lines(self, canvas: Canvas, view: PlanView) -> list[Line]:
        choices = [("b", tr("both")), ("c", tr("conversation")), ("f", tr("files"))]
        look = [] if view.shows_change or view.chosen is None else [("space", tr("lines"))]
        keys = key_lines([*choices, *look, ("left", tr("back")), ("esc", tr("close"))], canvas)
        if view.has_conflicts:
            keys += key_lines([("B, F", tr("overwrite what you changed; b, f keep it"))], canvas)
        return [*view.lines(canvas, self._most_lines - len(keys)), *keys]
