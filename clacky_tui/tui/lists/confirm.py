"""Asks whether something that cannot be taken back, or not easily, is to be done."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.widget import Widget

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.text import Line, sanitize_line, wrap

_QUESTION_LINES = 3


class ConfirmPrompt(DockedPrompt):
    """Only y does it; n and Esc do not; Enter, the key pressed without reading, does nothing."""

    DEFAULT_CSS = """
    ConfirmPrompt { margin: 0; }
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(clock=clock, id=id)
        self._question = ""
        self._yes = ""
        self._then: Callable[[], None] | None = None

    def ask(self, question: str, yes: str, then: Callable[[], None]) -> None:
        """Show the question.

        Args:
            question: names what it is about.
            yes: what y does, in a word or two.
            then: called for y.
        """
        self._question, self._yes, self._then = sanitize_line(question), yes, then
        self._appear()

    def _is_typing(self, focused: Widget | None) -> bool:
        """Never: it appears because of a key, so the next one is meant for it."""
        return False

    def _handle_key(self, key: str, character: str | None) -> bool:
        match (character or key).lower():
            case "y" if self._then is not None:
                self.dismiss()
                self._then()
            case "n" | "escape" | "ctrl+c":
                self.dismiss()
            case _:
                return character is not None or key == "enter"
        return True

    def draw_question(self, canvas: Canvas) -> list[Line]:
        styles, cells = canvas.styles, canvas.text_cells
        lines = wrap([(self._question, styles.strong)], cells)[:_QUESTION_LINES]
        keys: Line = [
            ("y", styles.accent),
            (f" {self._yes} {canvas.glyphs.dot} ", styles.muted),
            ("n", styles.accent),
            (tr(" leave it"), styles.muted),
        ]
        return [*lines, *wrap(keys, cells)]
