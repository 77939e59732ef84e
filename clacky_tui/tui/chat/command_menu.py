"""The list of commands under what is typed after a slash. The composer hands it its keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len

from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line

MAX_ROWS = 5
WIDEST_CELLS = 60
FULL_WIDTH_SLASHES = "／、"
"""What Chinese input methods produce on the slash key."""


def slash_prefix(text: str) -> str | None:
    """What follows the slash when `text` is the beginning of one command, else None."""
    if text[:1] not in ("/", *FULL_WIDTH_SLASHES) or "\n" in text or " " in text.rstrip():
        return None
    return text[1:].rstrip()


class CommandMenu(CanvasWidget):
    """At most five commands, the first of them chosen. Hidden until `show_matches` finds some.

    Never takes focus.

    Args:
        commands: (name with or without its slash, perhaps an argument after it; description), in
            order of display.
    """

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    CommandMenu { height: auto; width: 100%; background: transparent; display: none; }
    """

    def __init__(self, commands: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        usages = [(usage.removeprefix("/"), text) for usage, text in commands]
        self._commands = [(usage.partition(" ")[0], text) for usage, text in usages]
        self._usages = {usage.partition(" ")[0]: (usage, text) for usage, text in usages}
        self._usage: tuple[str, str] | None = None
        self._matches: list[tuple[str, str]] = []
        self._chosen = 0

    @property
    def is_open(self) -> bool:
        """True while it shows something to choose from."""
        return bool(self._matches)

    @property
    def chosen(self) -> str | None:
        """The name of the chosen command without its slash; None while closed."""
        return self._matches[self._chosen][0] if self._matches else None

    def show_matches(self, prefix: str) -> None:
        """Show the command named `prefix`, then those that begin with it, then those that contain it."""
        typed = prefix.lower()
        first = [command for command in self._commands if command[0].lower().startswith(typed)]
        first.sort(key=lambda command: command[0].lower() != typed)
        rest = [c for c in self._commands if typed in c[0].lower() and c not in first]
        if [*first, *rest] != self._matches:
            self._set_matches([*first, *rest])

    def close(self) -> None:
        """Hide it."""
        if self._matches or self._usage:
            self._set_matches([])

    def show_usage(self, text: str) -> None:
        """Say what may follow the command that `text` consists of up to its first blank; it takes no
        keys then. Hidden when `text` is anything else."""
        name, blank, rest = text.partition(" ")
        usage = self._usages.get(name[1:].lower()) if name[:1] == "/" and blank else None
        if usage is None or " " not in usage[0] or "\n" in rest:
            self.close()
        elif usage != self._usage:
            self._set_matches([], usage)

    def move(self, step: int) -> None:
        """Choose the next command, the one before with -1; wraps around."""
        if self._matches:
            self._chosen = (self._chosen + step) % len(self._matches)
            self.refresh()

    def _set_matches(
        self, matches: list[tuple[str, str]], usage: tuple[str, str] | None = None
    ) -> None:
        self._matches = matches
        self._usage = usage
        self._chosen = 0
        self.display = bool(matches) or usage is not None
        self.refresh(layout=True)

    def draw(self, canvas: Canvas) -> list[Line]:
        styles, glyphs = canvas.styles, canvas.glyphs
        width = min(canvas.width - 4, WIDEST_CELLS)
        if self._usage is not None:
            usage, text = self._usage
            return [
                [
                    (f"{GUTTER}/{usage}", styles.accent),
                    (
                        fit(f"  {text}", max(width - cell_len(usage) - 3, 0), glyphs.more),
                        styles.muted,
                    ),
                ]
            ]
        first = min(max(self._chosen - MAX_ROWS + 1, 0), max(len(self._matches) - MAX_ROWS, 0))
        shown = self._matches[first : first + MAX_ROWS]
        name_cells = max((cell_len(name) for name, _ in self._matches), default=0)
        lines: list[Line] = []
        for number, (name, description) in enumerate(shown, first):
            is_chosen = number == self._chosen
            mark = f"{glyphs.user} " if is_chosen else GUTTER
            style = styles.accent if is_chosen else styles.ground
            padded = f"/{name}" + " " * (name_cells - cell_len(name))
            line: Line = [(mark, styles.accent), (padded, style)]
            room = width - line_cells(line) - 2
            text = fit(sanitize_line(description), max(room, 0), glyphs.more)
            lines.append([*line, (f"  {text}", styles.muted)])
        hidden = len(self._matches) - len(shown)
        if hidden:
            lines.append([(f"{GUTTER}{glyphs.more} {hidden} more", styles.muted)])
        return lines
