"""Choosing a theme: moving the cursor shows it, Enter keeps it, Esc goes back to the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.message import Message
from textual.timer import Timer

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.key_line import key_lines
from clacky_tui.tui.chat.text import Line, fit

MAX_ROWS = 10
LOOK_SECONDS = 1.0
OTHER_ROWS = 7
"""Tabs, a row of chat, the bar, the composer, and the air between them."""
_STEPS = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -MAX_ROWS, "pagedown": MAX_ROWS}


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """One theme to choose from."""

    name: str
    dark: bool
    is_own: bool
    """Its file is the person's."""


class ThemePicker(DockedPrompt):
    """Opens with `show_themes`. While it is open it asks once a second to look at the files again."""

    class Previewed(Message):
        """The cursor stands on the theme called `name`."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Chosen(Previewed):
        """The theme called `name` is to be kept."""

    class Left(Previewed):
        """Nothing was chosen; the theme before was `name`."""

    class LookWanted(Message):
        """Somebody may have edited a theme's file."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[ThemeRow] = ()
        self._chosen = 0
        self._before = ""
        self._look_clock: Timer | None = None

    def show_themes(self, rows: Sequence[ThemeRow], current: str) -> None:
        """Open with at least one theme, the cursor on the `current` one."""
        self._rows, self._before = rows, current
        self._chosen = next((i for i, row in enumerate(rows) if row.name == current), 0)
        if self._look_clock is None:
            self._look_clock = self.set_interval(
                LOOK_SECONDS, lambda: self.post_message(self.LookWanted())
            )
        self._appear(wanted=True)

    def dismiss(self) -> None:
        if self._look_clock is not None:
            self._look_clock.stop()
            self._look_clock = None
        super().dismiss()

    def cancel(self) -> None:
        """Close and go back to the theme before."""
        self.dismiss()
        self.post_message(self.Left(self._before))

    def _handle_key(self, key: str, character: str | None) -> bool:
        if key in ("escape", "ctrl+c", "q"):
            self.cancel()
        elif key == "enter":
            self.dismiss()
            self.post_message(self.Chosen(self._rows[self._chosen].name))
        elif key in _STEPS:
            self._choose(self._chosen + _STEPS[key])
        elif key in ("home", "end"):
            self._choose(0 if key == "home" else len(self._rows))
        else:
            return character is not None
        return True

    def _choose(self, row: int) -> None:
        row = min(max(row, 0), len(self._rows) - 1)
        if row != self._chosen:
            self._chosen = row
            self.refresh()
            self.post_message(self.Previewed(self._rows[row].name))

    def draw_question(self, canvas: Canvas) -> list[Line]:
        styles, glyphs = canvas.styles, canvas.glyphs
        keys = [("enter", tr("keep")), ("esc", tr("as before"))]
        foot = key_lines(keys, canvas)
        height = self.app.size.height
        room = min(height * 3 // 5, height - OTHER_ROWS) - len(foot) - 2
        count = max(min(MAX_ROWS, room, len(self._rows)), 1)
        first = min(max(self._chosen - count + 1, 0), max(len(self._rows) - count, 0))
        name_cells = max((cell_len(row.name) for row in self._rows), default=0)
        lines: list[Line] = [[(tr("Which theme?"), styles.strong)]]
        for index, row in enumerate(self._rows[first : first + count], first):
            is_chosen = index == self._chosen
            words = ", ".join(
                word
                for word, applies in (
                    (tr("dark") if row.dark else tr("light"), True),
                    (tr("your own"), row.is_own),
                    (tr("in use"), row.name == self._before),
                )
                if applies
            )
            mark = glyphs.user if is_chosen else " "
            padded = row.name + " " * (name_cells - cell_len(row.name))
            room_cells = max(canvas.text_cells - name_cells - 4, 0)
            lines.append(
                [
                    (f"{mark} ", styles.accent),
                    (padded, styles.accent if is_chosen else styles.ground),
                    (f"  {fit(words, room_cells, glyphs.more)}", styles.muted),
                ]
            )
        hidden = len(self._rows) - count
        if hidden and room > 0:
            lines.append(
                [(tr("  {more} {hidden} more", more=glyphs.more, hidden=hidden), styles.muted)]
            )
        return [*lines, *foot]
