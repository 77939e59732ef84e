"""A tool call in the transcript: one line that opens to its diff or output."""

from __future__ import annotations

from typing import Literal

from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.diff import DiffLine, draw_diff_line, number_cells_of, read_diff
from clacky_tui.tui.chat.entries import FoldingEntry, indented
from clacky_tui.tui.chat.text import (
    Line,
    chop,
    fit,
    line_cells,
    sanitize,
    sanitize_line,
    wrap,
)
from clacky_tui.tui.wording import format_duration

BODY_INDENT = GUTTER + "  "
TIME_CELLS = 7
BRIEF_DIFF_LINES = 20
FAILED_OUTPUT_LINES = 6
LIVE_OUTPUT_LINES = 3
LIVE_OUTPUT_CHARS = 4096
SHELL_VERB = "!"
"""A command of the person's own: they want to see what it printed."""
FULL_LINES = 2000
"""Most lines of a diff or output that are shown at once."""

Fold = Literal["closed", "brief", "full"]


class ToolEntry(FoldingEntry):
    """`state` goes from proposed to running to ok or failed; a refused call skips running."""

    def __init__(self, call_id: str, verb: str, subject: str) -> None:
        super().__init__()
        self.call_id = call_id
        self.state: Literal["proposed", "running", "ok", "failed"] = "proposed"
        self._fold: Fold = "closed"
        self._verb = sanitize_line(verb)
        self._subject = sanitize(subject).strip()
        self._summary = ""
        self._duration_seconds: float | None = None
        self._diff: list[DiffLine] = []
        self._diff_counts = (0, 0)
        self._is_new_file = False
        self._output = ""

    def set_running(self) -> None:
        self.state = "running"
        self.forget_rows()

    def set_preview(self, diff: str, added: int, removed: int, *, new_file: bool) -> None:
        """Show what the call would change, open."""
        self._diff = read_diff(diff)
        self._diff_counts = (added, removed)
        self._is_new_file = new_file
        self._fold = "brief"
        self.forget_rows()

    def append_output(self, text: str) -> None:
        """Add live output; only its end is kept."""
        self._output = (self._output + text)[-LIVE_OUTPUT_CHARS:]
        self.forget_rows()

    def finish(self, *, ok: bool, summary: str, duration_seconds: float, output: str) -> None:
        """The call is over. A failed one opens at the end of its output and drops its diff."""
        self.state = "ok" if ok else "failed"
        self._summary = sanitize_line(summary)
        self._duration_seconds = duration_seconds
        self._output = sanitize(output or self._output).strip("\n")
        if not ok:
            self._diff = []
            self._fold = "brief"
        elif not self._diff:
            self._fold = "brief" if self._verb == SHELL_VERB else "closed"
        self.forget_rows()

    @property
    def has_body(self) -> bool:
        """True when there is a diff or output to open."""
        return bool(self._diff or self._output)

    def toggle(self) -> None:
        """Open fully, or close when it is fully open."""
        is_open = self._fold == "full" or (self._fold == "brief" and not self._is_cut)
        self._fold = "closed" if is_open else "full"
        self.forget_rows()

    def open_whole(self) -> None:
        """Show everything there is."""
        self._fold = "full"
        self.forget_rows()

    @property
    def _is_cut(self) -> bool:
        """True when the brief form leaves something out."""
        if self._diff:
            return len(self._diff) > BRIEF_DIFF_LINES
        return self._output.count("\n") >= FAILED_OUTPUT_LINES

    # --- drawing -----------------------------------------------------------------------------

    def draw(self, canvas: Canvas) -> list[Line]:
        return [self._head(canvas), *self._body(canvas)]

    def _head(self, canvas: Canvas) -> Line:
        styles, glyphs = canvas.styles, canvas.glyphs
        is_open = self.has_body and self._fold != "closed"
        mark = f"{glyphs.opened if is_open else glyphs.closed} "
        result = self._result(canvas)
        time = "" if self._duration_seconds is None else format_duration(self._duration_seconds)
        room = canvas.text_cells - len(mark) - line_cells(result) - TIME_CELLS - 2
        subject = sanitize_line(self._subject)
        words = fit(f"{self._verb} {subject}".strip(), max(room, 8), glyphs.more)
        left: Line = [(GUTTER, styles.ground), (mark, styles.muted), (words, styles.ground)]
        gap = canvas.column - line_cells(left) - line_cells(result) - TIME_CELLS
        return [
            *left,
            (" " * max(gap, 1), styles.ground),
            *result,
            (f"{time:>{TIME_CELLS}}", styles.muted),
        ]

    def _result(self, canvas: Canvas) -> Line:
        """What stands in the right-hand column."""
        styles, glyphs = canvas.styles, canvas.glyphs
        if self.state == "failed":
            room = max(canvas.text_cells // 2, 8)
            words = fit(self._summary or "failed", room, glyphs.more)
            return [(f"{glyphs.failed} {words}", styles.error)]
        if self._diff:
            added, removed = self._diff_counts
            counts: Line = [(f"+{added}", styles.success)]
            if removed or not self._is_new_file:
                counts += [(f" {glyphs.minus}{removed}", styles.error)]
            return [("new ", styles.muted), *counts] if self._is_new_file else counts
        if self.state == "running":
            return [("running", styles.muted)]
        return [(fit(self._summary, max(canvas.text_cells // 3, 8), glyphs.more), styles.muted)]

    def _body(self, canvas: Canvas) -> list[Line]:
        if self.state == "running" and self._output and not self._diff:
            live = sanitize(self._output).strip("\n").split("\n")[-LIVE_OUTPUT_LINES:]
            return self._output_lines(live, canvas)
        if self._fold == "closed":
            return []
        lines: list[Line] = []
        if self._fold == "full" and len(self._subject) > canvas.text_cells // 2:
            style = canvas.styles.code
            lines = [
                line
                for part in self._subject.split("\n")
                for line in wrap([(part, style)], canvas.column - len(BODY_INDENT))
            ]
            lines = indented(lines, canvas, BODY_INDENT)
        if self._diff:
            return lines + self._diff_lines(canvas)
        if not self._output:
            return lines
        output = self._output.split("\n")
        if self._fold == "full":
            shown, hidden = output[:FULL_LINES], len(output) - FULL_LINES
            return lines + self._output_lines(shown, canvas) + self._more(hidden, canvas)
        hidden = len(output) - FAILED_OUTPUT_LINES
        return self._more(hidden, canvas) + self._output_lines(
            output[-FAILED_OUTPUT_LINES:], canvas
        )

    def _output_lines(self, output: list[str], canvas: Canvas) -> list[Line]:
        style = canvas.styles.muted
        cells = canvas.column - len(BODY_INDENT)
        lines = [line for text in output for line in chop([(text, style)], cells)]
        return indented(lines, canvas, BODY_INDENT)

    def _more(self, hidden: int, canvas: Canvas) -> list[Line]:
        if hidden <= 0:
            return []
        words = f"{canvas.glyphs.more} {hidden:,} more line{'s' if hidden != 1 else ''}"
        if self._fold == "brief":
            words += ", press o" if self.state == "proposed" else ", press ctrl+o"
        return indented([[(words, canvas.styles.muted)]], canvas, BODY_INDENT)

    def _diff_lines(self, canvas: Canvas) -> list[Line]:
        limit = FULL_LINES if self._fold == "full" else BRIEF_DIFF_LINES
        number_cells = number_cells_of(self._diff)
        cells = canvas.column - len(BODY_INDENT)
        lines: list[Line] = []
        for line in self._diff[:limit]:
            lines += draw_diff_line(line, number_cells, cells, canvas)
        return indented(lines, canvas, BODY_INDENT) + self._more(len(self._diff) - limit, canvas)

    def plain(self) -> str:
        head = " ".join(filter(None, [self._verb, self._subject, self._summary]))
        signs = {"added": "+", "removed": "-", "same": " "}
        diff = [signs.get(line.kind, "") + sanitize(line.text) for line in self._diff]
        return "\n".join([head, *diff, *filter(None, [sanitize(self._output)])])
