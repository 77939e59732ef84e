"""Asks whether a project's own configuration is used, and shows what would run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Literal

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.text import Line, sanitize_line, wrap

MAX_ITEM_LINES = 10


class TrustPrompt(DockedPrompt):
    """Only y trusts; Enter, the key pressed without reading, does nothing."""

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(clock=clock, id=id)
        self._folder = ""
        self._items: list[str] = []

    def ask(self, request_id: str, folder: str, items: Sequence[str]) -> None:
        """Show the question; an `Answered` follows, unless it is withdrawn.

        Args:
            request_id: comes back with the answer.
            folder: the project, the home directory as ``~``.
            items: what would run or be used, a line each.
        """
        self._request_id = request_id
        self._folder = sanitize_line(folder)
        self._items = [sanitize_line(item) for item in items]
        self._appear()

    def cancel(self) -> None:
        """Leave it for another time, as Esc does; nothing happens when closed."""
        if self.is_open:
            self._answer("later")

    def _handle_key(self, key: str, character: str | None) -> bool:
        match (character or key).lower():
            case "y":
                self._answer("trusted")
            case "n":
                self._answer("declined")
            case "escape" | "ctrl+c":
                self._answer("later")
            case _:
                return character is not None or key == "enter"
        return True

    def _answer(self, answer: Literal["trusted", "declined", "later"]) -> None:
        from clacky_tui.commands import AnswerTrust

        self._close_with(AnswerTrust(request_id=self._request_id, answer=answer))

    def draw_question(self, canvas: Canvas) -> list[Line]:
        styles, cells, glyphs = canvas.styles, canvas.text_cells, canvas.glyphs
        question = tr("{folder} brings commands of its own. Trust them?", folder=self._folder)
        lines = wrap([(question, styles.strong)], cells)
        items = [
            [("  ", styles.ground), *line]
            for item in self._items
            for line in wrap([(item, styles.code)], cells - 2)
        ]
        if len(items) > MAX_ITEM_LINES:
            hidden = len(items) - MAX_ITEM_LINES + 1
            more = tr(
                "  {more} {hidden} more lines in .clacky/ of the project: read them first",
                more=glyphs.more,
                hidden=hidden,
            )
            items = [*items[: MAX_ITEM_LINES - 1], [(more, styles.warning)]]
        keys: Line = []
        for key, meaning in (
            ("y", tr("trust")),
            ("n", tr("never use them")),
            ("esc", tr("not now")),
        ):
            separator = f" {glyphs.dot} " if keys else ""
            keys += [
                (separator, styles.muted),
                (key, styles.accent),
                (f" {meaning}", styles.muted),
            ]
        return [*lines, *items, *wrap(keys, cells)]
