"""The list of commands under what is typed after a slash."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.choice_list import ChoiceList
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line

WIDEST_CELLS = 60
FULL_WIDTH_SLASHES = "／、"
"""What Chinese input methods produce on the slash key."""


def slash_prefix(text: str) -> str | None:
    """What follows the slash when `text` is the beginning of one command, else None."""
    if text[:1] not in ("/", *FULL_WIDTH_SLASHES) or "\n" in text or " " in text.rstrip():
        return None
    return text[1:].rstrip()


class CommandMenu(ChoiceList[tuple[str, str]]):
    """Follows what is typed with `offer`: the commands that fit, then what may follow one.

    Args:
        commands: (name with or without its slash, perhaps an argument after it; description), in
            order of display.
    """

    def __init__(self, commands: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        usages = [(usage.removeprefix("/"), text) for usage, text in commands]
        self._commands = [(usage.partition(" ")[0], text) for usage, text in usages]
        self._usages = {usage.partition(" ")[0]: (usage, text) for usage, text in usages}
        self._usage: tuple[str, str] | None = None

    @property
    def chosen(self) -> str | None:
        """The name of the chosen command without its slash; None while closed."""
        return self.choice[0] if self.choice else None

    def chosen_for(self, text: str) -> str | None:
        """The same for `text`, whose last letters may have come together with the key that takes it."""
        if self.is_open:
            self.offer(text)
        return self.chosen

    def offer(self, text: str) -> None:
        """Show what fits `text`, typed so far."""
        prefix = slash_prefix(text)
        if prefix is not None and not text.endswith(" "):
            self._show_matches(prefix)
        else:
            self._show_usage(text)

    def _show_matches(self, prefix: str) -> None:
        """Show the command named `prefix`, then those that begin with it, then those that contain it."""
        typed = prefix.lower()
        first = [command for command in self._commands if command[0].lower().startswith(typed)]
        first.sort(key=lambda command: command[0].lower() != typed)
        rest = [c for c in self._commands if typed in c[0].lower() and c not in first]
        self._say(None)
        self.show([*first, *rest])

    def _show_usage(self, text: str) -> None:
        """Say what may follow the command that `text` consists of up to its first blank; it takes no
        keys then. Hidden when `text` is anything else."""
        name, blank, rest = text.partition(" ")
        usage = self._usages.get(name[1:].lower()) if name[:1] == "/" and blank else None
        if usage is None or " " not in usage[0] or "\n" in rest:
            self.close()
        else:
            self.show(())
            self._say(usage)

    def close(self) -> None:
        self._say(None)
        super().close()

    def _say(self, usage: tuple[str, str] | None) -> None:
        if usage != self._usage:
            self._usage = usage
            self.display = usage is not None
            self.refresh(layout=True)

    def draw(self, canvas: Canvas) -> list[Line]:
        if self._usage is None:
            return super().draw(canvas)
        usage, text = self._usage
        room = max(_width(canvas) - cell_len(usage) - 3, 0)
        explained = fit(f"  {text}", room, canvas.glyphs.more)
        line = [(f"{GUTTER}/{usage}", canvas.styles.accent), (explained, canvas.styles.muted)]
        return [line]

    def draw_row(self, choice: tuple[str, str], is_chosen: bool, canvas: Canvas) -> Line:
        styles = canvas.styles
        name, description = choice
        name_cells = max(cell_len(each) for each, _ in self._choices)
        padded = f"/{name}" + " " * (name_cells - cell_len(name))
        line: Line = [(padded, styles.accent if is_chosen else styles.ground)]
        room = _width(canvas) - len(GUTTER) - line_cells(line) - 2
        text = fit(sanitize_line(tr(description)), max(room, 0), canvas.glyphs.more)
        return [*line, (f"  {text}", styles.muted)]


def _width(canvas: Canvas) -> int:
    return min(canvas.width - 4, WIDEST_CELLS)
