"""The list of commands under what is typed after a slash."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.choice_list import ChoiceList
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line

FULL_WIDTH_SLASHES = "／、"
"""What Chinese input methods produce on the slash key."""


def slash_prefix(text: str) -> str | None:
    """What follows the slash when `text` is the beginning of one command, else None."""
    if text[:1] not in ("/", *FULL_WIDTH_SLASHES) or "\n" in text or " " in text.rstrip():
        return None
    return text[1:].rstrip()


class CommandMenu(ChoiceList[tuple[str, str]]):
    """Opens with `show_matches`.

    Args:
        commands: (name with or without its slash, description), in order of display.
    """

    def __init__(self, commands: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._commands = [(name.removeprefix("/"), text) for name, text in commands]

    @property
    def chosen(self) -> str | None:
        """The name of the chosen command without its slash; None while closed."""
        return self.choice[0] if self.choice else None

    def show_matches(self, prefix: str) -> None:
        """Show the commands that begin with `prefix`, then those that contain it."""
        typed = prefix.lower()
        first = [command for command in self._commands if command[0].lower().startswith(typed)]
        rest = [c for c in self._commands if typed in c[0].lower() and c not in first]
        self.show([*first, *rest])

    def draw_row(self, choice: tuple[str, str], is_chosen: bool, canvas: Canvas) -> Line:
        styles = canvas.styles
        name, description = choice
        name_cells = max(cell_len(each) for each, _ in self._choices)
        padded = f"/{name}" + " " * (name_cells - cell_len(name))
        line: Line = [(padded, styles.accent if is_chosen else styles.ground)]
        room = canvas.text_cells - line_cells(line) - 2
        text = fit(sanitize_line(description), max(room, 0), canvas.glyphs.more)
        return [*line, (f"  {text}", styles.muted)]
