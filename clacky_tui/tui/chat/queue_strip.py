"""What the person sent while the agent works, at most three rows above the composer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line

if TYPE_CHECKING:
    from clacky_tui.events import QueuedMessage

MAX_ROWS = 3
HINT_FROM_CELLS = 60
"""Narrower strips do not name their keys."""

_QUEUED = tr_noop("queued {number}: ")
_STEERING = tr_noop("joins this task {number}: ")
_FILES = tr_noop(" ({count} attached)")
_MORE = tr_noop("+{count} more")
_KEYS = tr_noop("alt+up edit {dot} alt+down remove")


class QueueStrip(CanvasWidget):
    """One row a message, the oldest first; no row at all while nothing waits."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    QueueStrip { height: auto; width: 100%; background: transparent; display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._waiting: tuple[QueuedMessage, ...] = ()

    @property
    def newest(self) -> QueuedMessage | None:
        """The message that was sent last and still waits; None without one."""
        return self._waiting[-1] if self._waiting else None

    def set_waiting(self, waiting: Sequence[QueuedMessage]) -> None:
        """Replace what is shown."""
        if tuple(waiting) != self._waiting:
            self._waiting = tuple(waiting)
            self.display = bool(waiting)
            self.refresh(layout=True)

    def draw(self, canvas: Canvas) -> list[Line]:
        styles, glyphs = canvas.styles, canvas.glyphs
        hint = tr(_KEYS, dot=glyphs.dot) if canvas.column >= HINT_FROM_CELLS else ""
        lines: list[Line] = []
        for number, message in enumerate(self._waiting[:MAX_ROWS], start=1):
            joins = message.when == "safe_point" and not message.is_shell
            label = tr(_STEERING if joins else _QUEUED, number=number)
            text = sanitize_line(f"! {message.text}" if message.is_shell else message.text)
            files = tr(_FILES, count=len(message.attachments)) if message.attachments else ""
            room = canvas.text_cells - cell_len(label) - cell_len(files)
            room -= cell_len(hint) + 2 if hint else 0
            label_style = styles.accent if joins else styles.muted
            shown = fit(text, max(room, 4), glyphs.more) + files
            line: Line = [(GUTTER + label, label_style), (shown, styles.ground)]
            if hint:
                gap = canvas.column - line_cells(line) - cell_len(hint)
                line.append((" " * max(gap, 1) + hint, styles.muted))
                hint = ""
            lines.append(line)
        if hidden := len(self._waiting) - len(lines):
            lines.append([(GUTTER + tr(_MORE, count=hidden), styles.muted)])
        return lines
