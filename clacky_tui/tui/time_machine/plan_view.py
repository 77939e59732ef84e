"""What going to a task would change, file by file, and line by line in the file that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.diff import DiffLine, draw_diff_line, number_cells_of, read_diff
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line, wrap
from clacky_tui.tui.layout import align_left
from clacky_tui.tui.time_machine.wording import count_files, place

if TYPE_CHECKING:
    from clacky_tui.events import ChangeShown, PlannedFile, SwitchPlanned

FEWEST_ROWS = 3
"""For the files or the lines, however little room there is."""
MAX_SENTENCES = 3
_VERBS = {
    "undo": tr_noop("Undo: back to"),
    "redo": tr_noop("Redo: forward to"),
    "branch": tr_noop("Other branch: over to"),
}
_ACTION_CELLS = 8


class PlanView:
    """Shows one plan: the list of its files with a cursor, or the lines of one of them.

    Args:
        plan: what the worker found out.
    """

    def __init__(self, plan: SwitchPlanned) -> None:
        self.plan = plan
        # Conflicts first: nobody should have to look for them.
        self._files = sorted(plan.files, key=lambda file: not file.conflict)
        self._chosen = 0
        self._change: ChangeShown | None = None
        self._diff: list[DiffLine] = []
        self._number_cells = 0
        self._top = 0
        """First row of the diff, or first file of the list, on screen."""
        self._page = 1
        self._most = 0
        """Furthest first row of the diff at its last drawing."""

    @property
    def chosen(self) -> PlannedFile | None:
        """The file under the cursor; None when no file would change."""
        return self._files[self._chosen] if self._files else None

    @property
    def shows_change(self) -> bool:
        """True while the lines of one file are on show."""
        return self._change is not None

    @property
    def has_conflicts(self) -> bool:
        """True when the person's own changes stand against it."""
        return any(file.conflict for file in self._files)

    def show_change(self, change: ChangeShown) -> None:
        """Show the lines of the chosen file; what came too late is for another one."""
        if self.chosen is not None and change.path == self.chosen.path:
            self._change, self._diff, self._top = change, read_diff(change.diff), 0
            self._number_cells = number_cells_of(self._diff)

    def leave_change(self) -> bool:
        """Go back to the list of files; False when it is on show."""
        if self._change is None:
            return False
        self._change, self._diff, self._top = None, [], 0
        return True

    def move(self, step: int) -> None:
        """Move the cursor, or the lines of the file, by `step` rows."""
        if self._change is not None:
            self._top = min(max(self._top + step, 0), self._most)
        else:
            self._chosen = min(max(self._chosen + step, 0), max(len(self._files) - 1, 0))

    def move_page(self, pages: int) -> None:
        """Move by as many rows as are on screen."""
        self.move(pages * self._page)

    def move_to_end(self, *, last: bool) -> None:
        """Move to the last row, or to the first."""
        self.move((1 if last else -1) * (self._most + len(self._files)))

    # --- drawing -----------------------------------------------------------------------------

    def lines(self, canvas: Canvas, rows: int) -> list[Line]:
        """What is shown, on at most `rows` rows unless there is not even one for a file."""
        if self._change is not None:
            return self._change_lines(canvas, rows, self._change)
        styles, cells, glyphs = canvas.styles, canvas.text_cells, canvas.glyphs
        plan = self.plan
        head: Line = [(f"{tr(_VERBS[plan.direction])} {place(plan.to_task)}", styles.strong)]
        if conflicts := sum(bool(file.conflict) for file in self._files):
            words = (
                tr("1 conflict")
                if conflicts == 1
                else tr("{conflicts} conflicts", conflicts=conflicts)
            )
            head.append((f" {glyphs.dot} {words}", styles.error))
        above = wrap(head, cells)
        below: list[Line] = []
        for sentence in plan.not_covered[:MAX_SENTENCES]:
            below += wrap([(sanitize_line(sentence), styles.warning)], cells)
        if len(plan.not_covered) > MAX_SENTENCES:
            count = len(plan.not_covered) - MAX_SENTENCES
            below.append(
                [
                    (
                        tr("{more} {count} more not covered", more=glyphs.more, count=count),
                        styles.warning,
                    )
                ]
            )
        room = max(rows - len(above), 1)
        fewest = min(FEWEST_ROWS, room)
        listed = self._file_lines(canvas, max(room - len(below), fewest))
        left = room - len(listed)
        if len(below) > left:
            more = tr("{more} {count} more lines", more=glyphs.more, count=len(below) - left + 1)
            below = [*below[: max(left - 1, 0)], [(more, styles.warning)]][:left]
        return [*above, *listed, *below]

    def _file_lines(self, canvas: Canvas, rows: int) -> list[Line]:
        """A window of the list around the cursor, and how many files are outside of it."""
        styles, glyphs = canvas.styles, canvas.glyphs
        if not self._files:
            return [[(tr("No file would change."), styles.muted)]]
        drawn = [self._file(canvas, index) for index in range(len(self._files))]
        if sum(map(len, drawn)) > rows:
            rows -= 1
        first = last = self._chosen
        used = len(drawn[first])
        while True:
            if last + 1 < len(drawn) and used + len(drawn[last + 1]) <= rows:
                last += 1
                used += len(drawn[last])
            elif first > 0 and used + len(drawn[first - 1]) <= rows:
                first -= 1
                used += len(drawn[first])
            else:
                break
        self._page = max(last - first, 1)
        lines = [line for file in drawn[first : last + 1] for line in file][: max(rows, 1)]
        if hidden := len(drawn) - (last - first + 1):
            lines.append(
                [
                    (
                        tr("{more} {hidden} more", more=glyphs.more, hidden=count_files(hidden)),
                        styles.muted,
                    )
                ]
            )
        return lines

    def _file(self, canvas: Canvas, index: int) -> list[Line]:
        styles, glyphs, file = canvas.styles, canvas.glyphs, self._files[index]
        is_chosen = index == self._chosen
        cursor = f"{glyphs.user} " if is_chosen else "  "
        room = canvas.text_cells - _ACTION_CELLS - len(cursor)
        name = fit(sanitize_line(file.path), room, glyphs.more)
        lines: list[Line] = [
            [
                (cursor, styles.accent),
                (align_left(tr(file.action), _ACTION_CELLS), styles.muted),
                (name, styles.accent if is_chosen else styles.ground),
            ]
        ]
        if file.conflict:
            words = [
                (tr("conflict: {conflict}", conflict=sanitize_line(file.conflict)), styles.error)
            ]
            indent = (" " * (_ACTION_CELLS + len(cursor)), styles.ground)
            lines += [[indent, *line] for line in wrap(words, room)]
        return lines

    def _change_lines(self, canvas: Canvas, rows: int, change: ChangeShown) -> list[Line]:
        styles, cells, glyphs = canvas.styles, canvas.text_cells, canvas.glyphs
        name = sanitize_line(change.path)
        if change.note:
            head: Line = [(fit(name, cells, glyphs.more), styles.strong)]
            return [head, *wrap([(sanitize_line(change.note), styles.muted)], cells)]
        body = max(rows - 1, 1)
        self._most = self._start_of_last_page(canvas, body)
        self._top = min(self._top, self._most)
        lines: list[Line] = []
        end = self._top
        while end < len(self._diff) and len(lines) < body:
            lines += self._diff_line(canvas, end)
            end += 1
        self._page = max(end - self._top - 1, 1)
        hidden = len(self._diff) - end
        counts: Line = [
            (f"  +{change.added_lines}", styles.success),
            (f" {glyphs.minus}{change.removed_lines}", styles.error),
            (
                f" {glyphs.dot} {tr_count('{n} more line', '{n} more lines', hidden)}"
                if hidden
                else "",
                styles.muted,
            ),
        ]
        room = max(cells - line_cells(counts), 1)
        return [[(fit(name, room, glyphs.more), styles.strong), *counts], *lines[:body]]

    def _start_of_last_page(self, canvas: Canvas, rows: int) -> int:
        """The diff line from which the rest fits; long lines take several rows."""
        used = 0
        for index in reversed(range(len(self._diff))):
            used += len(self._diff_line(canvas, index))
            if used > rows:
                return min(index + 1, len(self._diff) - 1)
        return 0

    def _diff_line(self, canvas: Canvas, index: int) -> list[Line]:
        line = self._diff[index]
        return draw_diff_line(line, self._number_cells, canvas.text_cells, canvas)
