"""A question of the model with options to choose from, above the composer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.text import Line, sanitize_line, wrap


class FeedbackCard(DockedPrompt):
    """A digit chooses, so do the arrow keys and Enter. Esc, or typing, goes on in the composer."""

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(clock=clock, id=id)
        self._options: list[str] = []
        self._chosen = 0

    def ask(self, request_id: str, options: Sequence[str]) -> None:
        """Show `options` under their question, which stands in the chat.

        Without any it is answered in the composer and nothing shows.
        """
        self._request_id = request_id
        self._options = list(options)
        self._chosen = 0
        if self._options:
            self._appear()
        else:
            self.dismiss()

    def _handle_key(self, key: str, character: str | None) -> bool:
        match key:
            case "up" | "down":
                step = 1 if key == "down" else -1
                self._chosen = (self._chosen + step) % len(self._options)
                self.refresh()
            case "enter":
                self._choose(self._chosen)
            case "escape":
                self._give_focus_back()
            case _ if character is not None:
                number = int(character) if character.isascii() and character.isdigit() else 0
                if 1 <= number <= len(self._options):
                    self._choose(number - 1)
                else:
                    self._type_in_composer(character)
            case _:
                return False
        return True

    def _choose(self, index: int) -> None:
        from clacky_tui.commands import AnswerFeedback

        self._close_with(AnswerFeedback(request_id=self._request_id, text=self._options[index]))

    def _type_in_composer(self, character: str) -> None:
        self._give_focus_back()
        if isinstance(self._return_to, Composer):
            self._return_to.insert(character)

    def draw_question(self, canvas: Canvas) -> list[Line]:
        styles, glyphs, cells = canvas.styles, canvas.glyphs, canvas.text_cells
        lines: list[Line] = []
        for index, option in enumerate(self._options):
            is_chosen = index == self._chosen
            mark = f"{glyphs.user if is_chosen else ' '} {index + 1} "
            style = styles.accent if is_chosen else styles.ground
            first, *rest = wrap([(sanitize_line(option), style)], cells - len(mark))
            lines.append([(mark, styles.accent), *first])
            lines += [[(" " * len(mark), styles.ground), *line] for line in rest]
        dot = glyphs.dot
        keys = tr("digit or arrows and enter choose {dot} esc to type an answer", dot=dot)
        return [*lines, *wrap([(keys, styles.muted)], cells)]
