"""Asks whether a tool may run: some lines above the composer, the diff stays in view behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Literal

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.key_line import key_line, key_lines
from clacky_tui.tui.chat.styles import ChatStyles
from clacky_tui.tui.chat.text import (
    Line,
    line_cells,
    sanitize,
    sanitize_line,
    wrap,
    wrap_lines,
    wrap_text,
)

Answer = Literal["yes", "yes_session", "yes_always", "no", "feedback", "cancel"]

MAX_QUESTION_LINES = 12
MAX_DANGER_LINES = 4
"""Lines with a dangerous piece that are shown of what is left out."""


class ApprovalPrompt(DockedPrompt):
    """Enter or y, n, a, A, o answer while the feedback field is closed.

    Tab opens the field, so that feedback may begin with any letter; a letter that answers nothing
    opens it too.
    """

    class DiffAsked(Message):
        """The person wants to see the whole diff; the question stays."""

        def __init__(self, request_id: str) -> None:
            super().__init__()
            self.request_id = request_id

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(clock=clock, id=id)
        self._question = ""
        self._reason = ""
        self._rule = ""
        self._danger: Sequence[tuple[int, int]] = ()
        self._has_diff = False
        self._writing = False
        self._feedback = ""

    def ask(
        self,
        request_id: str,
        question: str,
        reason: str,
        rule: str = "",
        has_diff: bool = False,
        danger: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Show the question; an `Answered` follows, unless it is withdrawn.

        Args:
            request_id: comes back with the answer.
            question: what would run, e.g. ``"Edit shop/orders.py?"``.
            reason: why it asks.
            rule: what `a` would allow for the session and `A` for good; empty when not on offer.
            has_diff: offers `o`, which posts `DiffAsked`.
            danger: the pieces of `question` that made it ask: start and end in characters.
        """
        self._request_id = request_id
        self._question = sanitize(question).strip()
        self._danger = sorted(danger) if self._question == question else ()
        self._reason = sanitize_line(reason)
        self._rule = sanitize_line(rule)
        self._has_diff = has_diff
        self._writing = False
        self._feedback = ""
        self._appear()

    def approve(self) -> None:
        """Answer ``yes``, as Enter does."""
        self._answer("yes")

    def cancel(self) -> None:
        """Answer ``cancel``, as Esc does; nothing happens when closed."""
        if self.is_open:
            self._answer("cancel")

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._write(sanitize_line(event.text))

    def _handle_key(self, key: str, character: str | None) -> bool:
        match key:
            case "escape" | "ctrl+c":
                self._answer("cancel")
            case "enter" if not self._writing:
                self._answer("yes")
            case "enter":
                if feedback := self._feedback.strip():
                    self._answer("feedback", feedback)
            case "tab":
                self._set_feedback(
                    self._feedback, writing=bool(self._feedback) or not self._writing
                )
            case "backspace" if self._writing:
                self._set_feedback(self._feedback[:-1], writing=bool(self._feedback))
            case "ctrl+u" if self._writing:
                self._set_feedback("")
            case "ctrl+w" if self._writing:
                self._set_feedback(" ".join(self._feedback.split()[:-1]))
            case _ if character is not None:
                if self._writing or not self._handle_letter(character):
                    self._write(sanitize(character))
            case _:
                return False
        return True

    def _handle_letter(self, letter: str) -> bool:
        """Do what a single letter means; False when it begins a text."""
        match letter:
            case "y" | "Y":
                self._answer("yes")
            case "n" | "N":
                self._answer("no")
            case "a" if self._rule:
                self._answer("yes_session")
            case "A" if self._rule:
                self._answer("yes_always")
            case "o" | "O" if self._has_diff:
                self.post_message(self.DiffAsked(self._request_id))
            case _:
                return False
        return True

    def _answer(self, answer: Answer, feedback: str = "") -> None:
        from clacky_tui.commands import Approve

        self._close_with(Approve(request_id=self._request_id, answer=answer, feedback=feedback))

    def _write(self, text: str) -> None:
        self._set_feedback(self._feedback + text)

    def _set_feedback(self, text: str, *, writing: bool = True) -> None:
        self._feedback, self._writing = text, writing
        self.refresh(layout=True)

    def draw_question(self, canvas: Canvas) -> list[Line]:
        styles, cells = canvas.styles, canvas.text_cells
        lines = self._question_lines(canvas)
        if len(lines) > MAX_QUESTION_LINES:
            rest = lines[MAX_QUESTION_LINES - 1 :]
            more = tr("{more} {count} more lines", more=canvas.glyphs.more, count=len(rest))
            told = [line for line in rest if any(run[1] == _marked(styles) for run in line)]
            lines = [*lines[: MAX_QUESTION_LINES - 1], [(more, styles.warning)]]
            lines += told[:MAX_DANGER_LINES]
        if self._reason:
            reason = tr("asks: {reason}", reason=self._reason)
            free = cells - line_cells(lines[-1]) - cell_len(reason)
            if len(lines) == 1 and free >= 2:
                lines[0] = [*lines[0], (" " * free, styles.ground), (reason, styles.muted)]
            else:
                lines += wrap_text(reason, cells, styles.muted)
        return lines + (self._feedback_lines(canvas) if self._writing else self._key_lines(canvas))

    def _question_lines(self, canvas: Canvas) -> list[Line]:
        """The question with its dangerous pieces marked, by underline for those without colour."""
        styles = canvas.styles
        marked = _marked(styles)
        line: Line = []
        at = 0
        for start, end in self._danger:
            start = max(start, at)
            line += [(self._question[at:start], styles.strong), (self._question[start:end], marked)]
            at = max(end, at)
        line.append((self._question[at:], styles.strong))
        return wrap_lines([run for run in line if run[0]], canvas.text_cells)

    def _feedback_lines(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        mark = f"{canvas.glyphs.user} "
        typed = wrap([(self._feedback, styles.ground)], canvas.text_cells - len(mark) - 1)
        cursor = styles.ground + Style(reverse=True) if self.has_focus else styles.ground
        typed[-1] = [*typed[-1], (" ", cursor)]
        dot = canvas.glyphs.dot
        keys = tr(
            "enter sends this instead of a yes {dot} tab goes back while empty {dot} esc cancels",
            dot=dot,
        )
        return [
            *(
                [(mark if first else "  ", styles.accent), *line]
                for first, line in _numbered(typed)
            ),
            *wrap([(keys, styles.muted)], canvas.text_cells),
        ]

    def _key_lines(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        keys = [("enter", tr("yes")), ("n", tr("no"))]
        if self._has_diff:
            keys.append(("o", tr("open diff")))
        first = key_lines([*keys, ("tab", tr("or text for feedback"))], canvas)
        if not self._rule:
            return first
        rule: Line = [
            *key_line([("a", tr("this session")), ("A", tr("always"))], canvas),
            (f": {self._rule}", styles.muted),
        ]
        return [*first, *wrap(rule, canvas.text_cells)]


def _marked(styles: ChatStyles) -> Style:
    return styles.error + Style(bold=True, underline=True)


def _numbered(lines: list[Line]) -> list[tuple[bool, Line]]:
    return [(number == 0, line) for number, line in enumerate(lines)]
