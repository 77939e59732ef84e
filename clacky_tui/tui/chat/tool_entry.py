"""A tool call in the transcript: one line that opens to its diff or output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from clacky_tui.i18n import tr, tr_count
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.cards import card_text
from clacky_tui.tui.chat.diff import DiffLine, draw_diff_line, number_cells_of, read_diff
from clacky_tui.tui.chat.entries import FoldingEntry, indented
from clacky_tui.tui.chat.output_tail import OutputTail
from clacky_tui.tui.chat.text import (
    Line,
    chop,
    cut,
    fit,
    line_cells,
    sanitize,
    sanitize_line,
    wrap,
)
from clacky_tui.tui.glyphs import UNICODE, current_glyphs
from clacky_tui.wording import format_duration

BODY_INDENT = GUTTER + "  "
TIME_CELLS = 7
BRIEF_DIFF_LINES = 20
FAILED_OUTPUT_LINES = 6
LIVE_OUTPUT_LINES = 3
LIVE_OUTPUT_CHARS = 4096
"""Enough of the newest output for its lines on the widest column."""
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
        self.duration_seconds: float | None = None
        self.diff: list[DiffLine] = []
        self._diff_counts = (0, 0)
        self._is_new_file = False
        self._output = ""
        self._card: Mapping[str, Any] | None = None
        self.live = OutputTail()
        """What has come of a running tool."""
        self._indent = GUTTER
        self._run: ReadRun | None = None

    def join(self, run: ReadRun) -> None:
        """Be shown as part of `run` from now on, when that is open."""
        self._run, self._indent = run, GUTTER + GUTTER
        self.gap_before = False
        self.forget_rows()

    def forget_rows(self) -> None:
        super().forget_rows()
        if self._run is not None:
            self._run.forget_rows()

    def set_running(self) -> None:
        self.state = "running"
        self.forget_rows()

    def set_preview(self, diff: str, added: int, removed: int, *, new_file: bool) -> None:
        """Show what the call would change, open."""
        self.diff = read_diff(diff)
        self._diff_counts = (added, removed)
        self._is_new_file = new_file
        self._fold = "brief"
        self.forget_rows()

    def append_output(self, text: str) -> None:
        """Add live output; only its end is kept."""
        self.live.append(text)
        self.forget_rows()

    def finish(
        self,
        *,
        ok: bool,
        summary: str,
        duration_seconds: float,
        output: str,
        card: Mapping[str, Any] | None = None,
    ) -> None:
        """The call is over. A failed one opens at the end of its output and drops its diff."""
        self.state = "ok" if ok else "failed"
        self._summary = sanitize_line(summary)
        self.duration_seconds = duration_seconds
        self._output = (output or self.live.last(self.live.total_chars)).strip("\n")
        self.live.clear()
        if not ok:
            self.diff = []
            self._fold = "brief"
        elif not self.diff:
            self._card = card if card_text(card, UNICODE) else None
            self._fold = "brief" if self._verb == SHELL_VERB else "closed"
        self.forget_rows()

    @property
    def title(self) -> str:
        """What runs, on one line."""
        return f"{tr(self._verb)} {sanitize_line(self._subject)}".strip()

    @property
    def subject(self) -> str:
        """What it works on: a path, a command."""
        return self._subject

    @property
    def output(self) -> str:
        """All there is of the output, as the tool wrote it; without any, what its card says."""
        return (
            self._output
            or self.live.last(self.live.total_chars)
            or card_text(self._card, current_glyphs())
        )

    @property
    def has_body(self) -> bool:
        """True when there is a diff or output to open."""
        return bool(self.diff or self._output or self._card) or self.live.total_chars > 0

    @property
    def is_open(self) -> bool:
        return self._fold == "full" or (self._fold == "brief" and not self._is_cut)

    def toggle(self) -> None:
        """Open fully, or close when it is fully open."""
        self._fold = "closed" if self.is_open else "full"
        self.forget_rows()

    def open_whole(self) -> None:
        if self._run is not None:
            self._run.open_whole()
        self._fold = "full"
        self.forget_rows()

    @property
    def _is_cut(self) -> bool:
        """True when the brief form leaves something out."""
        if self.diff:
            return len(self.diff) > BRIEF_DIFF_LINES
        return self._output.count("\n") >= FAILED_OUTPUT_LINES

    # --- drawing -----------------------------------------------------------------------------

    def draw(self, canvas: Canvas) -> list[Line]:
        if self._run is not None and not self._run.is_open and self.state != "failed":
            return []
        return [self._head(canvas), *self._body(canvas)]

    def _head(self, canvas: Canvas) -> Line:
        styles, glyphs = canvas.styles, canvas.glyphs
        is_open = self.has_body and self._fold != "closed"
        mark = f"{glyphs.opened if is_open else glyphs.closed} "
        result = self._result(canvas)
        time = "" if self.duration_seconds is None else format_duration(self.duration_seconds)
        room = canvas.column - len(self._indent) - len(mark) - line_cells(result) - TIME_CELLS - 2
        subject = sanitize_line(self._subject)
        words = fit(f"{tr(self._verb)} {subject}".strip(), max(room, 8), glyphs.more)
        left: Line = [(self._indent, styles.ground), (mark, styles.muted), (words, styles.ground)]
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
            words = fit(self._summary or tr("failed"), room, glyphs.more)
            return [(f"{glyphs.failed} {words}", styles.error)]
        if self.diff:
            added, removed = self._diff_counts
            counts: Line = [(f"+{added}", styles.success)]
            if removed or not self._is_new_file:
                counts += [(f" {glyphs.minus}{removed}", styles.error)]
            return [(tr("new "), styles.muted), *counts] if self._is_new_file else counts
        if self.state == "running":
            return [(tr("running"), styles.muted)]
        return [(fit(self._summary, max(canvas.text_cells // 3, 8), glyphs.more), styles.muted)]

    def _body(self, canvas: Canvas) -> list[Line]:
        if self.state == "running" and not self.diff:
            chars = FULL_LINES * 80 if self._fold == "full" else LIVE_OUTPUT_CHARS
            live = sanitize(self.live.last(chars)).strip("\n").split("\n")
            shown = live if self._fold == "full" else live[-LIVE_OUTPUT_LINES:]
            return self._output_lines(shown, canvas) if self.live.total_chars else []
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
        if self.diff:
            return lines + self._lines_of_diff(canvas)
        text = card_text(self._card, canvas.glyphs) or self._output
        if not text:
            return lines
        output = sanitize(text).split("\n")
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
        words = f"{canvas.glyphs.more} " + tr_count("{n} more line", "{n} more lines", hidden)
        if self._fold == "brief":
            words += tr(", press o") if self.state == "proposed" else tr(", press ctrl+o")
        return indented([[(words, canvas.styles.muted)]], canvas, BODY_INDENT)

    def _lines_of_diff(self, canvas: Canvas) -> list[Line]:
        limit = FULL_LINES if self._fold == "full" else BRIEF_DIFF_LINES
        number_cells = number_cells_of(self.diff)
        cells = canvas.column - len(BODY_INDENT)
        lines: list[Line] = []
        for line in self.diff[:limit]:
            lines += draw_diff_line(line, number_cells, cells, canvas)
        return indented(lines, canvas, BODY_INDENT) + self._more(len(self.diff) - limit, canvas)

    def plain(self) -> str:
        head = " ".join(filter(None, [tr(self._verb), self._subject, self._summary]))
        signs = {"added": "+", "removed": "-", "same": " "}
        diff = [signs.get(line.kind, "") + sanitize(line.text) for line in self.diff]
        return "\n".join([head, *diff, *filter(None, [sanitize(self.output)])])


class ReadRun(FoldingEntry):
    """Reads one after the other, told on one line above them; they are only shown when it is open.

    One that failed is shown all the same.
    """

    def __init__(self, calls: list[ToolEntry]) -> None:
        super().__init__()
        self._calls: list[ToolEntry] = []
        self._is_open = False
        self.gap_before = calls[0].gap_before
        for call in calls:
            self.add(call)

    def add(self, call: ToolEntry) -> None:
        """One more read."""
        self._calls.append(call)
        call.join(self)

    @property
    def has_body(self) -> bool:
        return True

    @property
    def output(self) -> str:
        """What each call gave, under its title."""
        return "\n\n".join(f"{call.title}\n{call.output}".strip() for call in self._calls)

    @property
    def is_open(self) -> bool:
        return self._is_open

    def toggle(self) -> None:
        self._is_open = not self._is_open
        for call in self._calls:
            call.forget_rows()

    def draw(self, canvas: Canvas) -> list[Line]:
        glyphs, styles = canvas.glyphs, canvas.styles
        mark = glyphs.opened if self._is_open else glyphs.closed
        failed = sum(call.state == "failed" for call in self._calls)
        result: Line = []
        if failed:
            result = [(f"{glyphs.failed} " + tr("{count} failed", count=failed), styles.error)]
        elif any(call.state == "running" for call in self._calls):
            result = [(tr("running"), styles.muted)]
        times = [call.duration_seconds for call in self._calls]
        time = "" if None in times else format_duration(sum(filter(None, times)))
        left: Line = [
            (GUTTER, styles.ground),
            (f"{mark} ", styles.muted),
            (self.plain(), styles.ground),
        ]
        gap = canvas.column - line_cells(left) - line_cells(result) - TIME_CELLS
        if gap < 1:
            return [cut(left, canvas.column, (glyphs.more, styles.muted))]
        return [
            [*left, (" " * gap, styles.ground), *result, (f"{time:>{TIME_CELLS}}", styles.muted)]
        ]

    def plain(self) -> str:
        return tr("Read {count} files", count=len(self._calls))
