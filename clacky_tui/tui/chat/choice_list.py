"""Some rows above the composer, one of them chosen. The composer keeps the focus and hands over keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line

MAX_ROWS = 5

Choice = TypeVar("Choice")


class ChoiceList(CanvasWidget, Generic[Choice]):
    """At most five choices, the first of them chosen. Hidden while there are none."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    ChoiceList { height: auto; width: 100%; background: transparent; display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices: Sequence[Choice] = ()
        self._at = 0

    @property
    def is_open(self) -> bool:
        """True while it shows something to choose from."""
        return bool(self._choices)

    @property
    def choice(self) -> Choice | None:
        """What is chosen; None while closed."""
        return self._choices[self._at] if self._choices else None

    def show(self, choices: Sequence[Choice]) -> None:
        """Show `choices` with the first of them chosen; nothing changes when they are shown already."""
        if choices == self._choices:
            return
        self._choices = choices
        self._at = 0
        self.display = bool(choices)
        self.refresh(layout=True)

    def close(self) -> None:
        """Hide it."""
        self.show(())

    def move(self, step: int) -> None:
        """Choose the next one, the one before with -1; wraps around."""
        if self._choices:
            self._at = (self._at + step) % len(self._choices)
            self.refresh()

    def draw(self, canvas: Canvas) -> list[Line]:
        styles, glyphs = canvas.styles, canvas.glyphs
        first = min(max(self._at - MAX_ROWS + 1, 0), max(len(self._choices) - MAX_ROWS, 0))
        shown = self._choices[first : first + MAX_ROWS]
        lines: list[Line] = []
        for number, choice in enumerate(shown, first):
            is_chosen = number == self._at
            mark = f"{glyphs.user} " if is_chosen else GUTTER
            lines.append([(mark, styles.accent), *self.draw_row(choice, is_chosen, canvas)])
        if hidden := len(self._choices) - len(shown):
            lines.append(
                [
                    (
                        GUTTER + tr("{more} {hidden} more", more=glyphs.more, hidden=hidden),
                        styles.muted,
                    )
                ]
            )
        return lines

    def draw_row(self, choice: Choice, is_chosen: bool, canvas: Canvas) -> Line:
        """One choice, at most `canvas.text_cells` wide."""
        raise NotImplementedError
