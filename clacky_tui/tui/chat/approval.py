"""Asks whether a tool may run: two lines above the composer, the diff stays in view behind it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Literal

from rich.style import Style
from textual import events
from textual.message import Message

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.text import Line, line_cells, sanitize, sanitize_line, wrap, wrap_text

Answer = Literal["yes", "yes_session", "no", "feedback", "cancel"]

MAX_QUESTION_LINES = 12


class ApprovalPrompt(DockedPrompt):
    """Enter or y, n, a, o answer while nothing is typed; any other text becomes feedback."""

    class Answered(Message):
        """The person decided. `feedback` is only set for the answer of that name."""

        def __init__(self, request_id: str, answer: Answer, feedback: str = "") -> None:
            super().__init__()
            self.request_id = request_id
            self.answer = answer
            self.feedback = feedback

    class DiffAsked(Message):
        """The person wants to see the whole diff; the question stays."""

        def __init__(self, request_id: str) -> None:
            super().__init__()
            self.request_id = request_id

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(clock=clock, id=id)
        self._request_id = ""
        self._question = ""
        self._reason = ""
        self._session_rule = ""
        self._has_diff = False
        self._feedback = ""

    def ask(
        self,
        request_id: str,
        question: str,
        reason: str,
        session_rule: str = "",
        has_diff: bool = False,
    ) -> None:
        """Show the question; an `Answered` with this id follows, unless it is withdrawn.

        Args:
            request_id: comes back with the answer.
            question: what would run, e.g. ``"Edit shop/orders.py?"``.
            reason: why it asks.
            session_rule: what `a` would allow, in words; empty when it is not on offer.
            has_diff: offers `o`, which posts `DiffAsked`.
        """
        self._request_id = request_id
        self._question = sanitize(question).strip()
        self._reason = sanitize_line(reason)
        self._session_rule = sanitize_line(session_rule)
        self._has_diff = has_diff
        self._feedback = ""
        self._appear()

    def withdraw(self, request_id: str) -> None:
        """Close if it asks for `request_id`: the question is settled elsewhere."""
        if request_id == self._request_id:
            self.dismiss()

    def cancel(self) -> None:
        """Answer ``cancel``, as Esc does; nothing happens when closed."""
        if self.is_open:
            self._answer("cancel")

    def on_key(self, event: events.Key) -> None:
        if self._handle_key(event.key, event.character if event.is_printable else None):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._set_feedback(self._feedback + sanitize_line(event.text))

    def _handle_key(self, key: str, character: str | None) -> bool:
        match key:
            case "enter":
                feedback = self._feedback.strip()
                self._answer("feedback" if feedback else "yes", feedback)
            case "escape" | "ctrl+c":
                self._answer("cancel")
            case "backspace":
                self._set_feedback(self._feedback[:-1])
            case "ctrl+u":
                self._set_feedback("")
            case "ctrl+w":
                self._set_feedback(" ".join(self._feedback.split()[:-1]))
            case _ if character is not None:
                if self._feedback or not self._handle_letter(character.lower()):
                    self._set_feedback(self._feedback + sanitize(character))
            case _:
                return False
        return True

    def _handle_letter(self, letter: str) -> bool:
        """Do what a single letter means; False when it begins a text."""
        match letter:
            case "y":
                self._answer("yes")
            case "n":
                self._answer("no")
            case "a" if self._session_rule:
                self._answer("yes_session")
            case "o" if self._has_diff:
                self.post_message(self.DiffAsked(self._request_id))
            case _:
                return False
        return True

    def _answer(self, answer: Answer, feedback: str = "") -> None:
        self.dismiss()
        self.post_message(self.Answered(self._request_id, answer, feedback))

    def _set_feedback(self, text: str) -> None:
        self._feedback = text
        self.refresh(layout=True)

    def draw_question(self, canvas: Canvas) -> list[Line]:
        styles, cells = canvas.styles, canvas.text_cells
        lines = wrap_text(self._question, cells, styles.strong)
        if len(lines) > MAX_QUESTION_LINES:
            more = f"{canvas.glyphs.more} {len(lines) - MAX_QUESTION_LINES + 1} more lines"
            lines = [*lines[: MAX_QUESTION_LINES - 1], [(more, styles.warning)]]
        if self._reason:
            reason = f"asks: {self._reason}"
            free = cells - line_cells(lines[-1]) - len(reason)
            if len(lines) == 1 and free >= 2:
                lines[0] = [*lines[0], (" " * free, styles.ground), (reason, styles.muted)]
            else:
                lines += wrap_text(reason, cells, styles.muted)
        return lines + (self._feedback_lines(canvas) if self._feedback else self._key_lines(canvas))

    def _feedback_lines(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        mark = f"{canvas.glyphs.user} "
        typed = wrap([(self._feedback, styles.ground)], canvas.text_cells - len(mark) - 1)
        cursor = styles.ground + Style(reverse=True) if self.has_focus else styles.ground
        typed[-1] = [*typed[-1], (" ", cursor)]
        dot = canvas.glyphs.dot
        keys = f"enter sends this instead of a yes {dot} esc cancels"
        return [
            *(
                [(mark if first else "  ", styles.accent), *line]
                for first, line in _numbered(typed)
            ),
            [(keys, styles.muted)],
        ]

    def _key_lines(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        keys = [("enter", "yes"), ("n", "no")]
        if self._session_rule:
            keys.append(("a", self._session_rule))
        if self._has_diff:
            keys.append(("o", "open diff"))
        line: Line = []
        for key, meaning in keys:
            line += [
                (key, styles.accent),
                (f" {meaning} {canvas.glyphs.dot} ", styles.muted),
            ]
        return wrap([*line, ("or type feedback", styles.muted)], canvas.text_cells)


def _numbered(lines: list[Line]) -> list[tuple[bool, Line]]:
    return [(number == 0, line) for number, line in enumerate(lines)]
