"""The row above the composer: what the agent does, where, with which model, and what it cost."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from rich.cells import cell_len
from textual.geometry import Region
from textual.timer import Timer

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit, sanitize_line

Status = Literal["idle", "working", "waiting", "error"]

SPINNER_SECONDS = 0.25
HINT_SECONDS = 2.0
DIRECTORY_CELLS = 40
DROP_ORDER = ("tasks", "queued", "cache", "directory", "mode", "model")
"""Fields that leave a narrow bar, the first one first; status and cost stay."""


class SessionBar(CanvasWidget):
    """One row that never wraps: fields leave by priority when there is no room.

    The spinner is one cell at 4 Hz while working; otherwise no timer runs.
    """

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    SessionBar { height: 1; width: 100%; background: transparent; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._status: Status = "idle"
        self._fields = dict.fromkeys(
            ("directory", "mode", "model", "cache", "tasks", "queued", "cost"), ""
        )
        self._hint = ""
        self._hint_timer: Timer | None = None
        self._spinner: Timer | None = None
        self._frame = 0

    def set_status(self, status: Status) -> None:
        """What the agent does; the spinner turns while it is working."""
        if status not in get_args(Status):
            raise ValueError(f"no such status: {status}")
        if status == self._status:
            return
        self._status = status
        if status == "working" and self._spinner is None:
            self._spinner = self.set_interval(SPINNER_SECONDS, self._turn)
        elif status != "working" and self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
            self._frame = 0
        self.refresh()

    def set_working_dir(self, path: str) -> None:
        """Where the agent works, the home directory as ``~``."""
        self._set("directory", _short_path(sanitize_line(path)))

    def set_mode(self, label: str) -> None:
        """The permission mode in a word."""
        self._set("mode", label)

    def set_model(self, model: str) -> None:
        """The model's name."""
        self._set("model", model)

    def set_cache(self, text: str) -> None:
        """Words about the cache, e.g. ``"cache 97%"``; empty for none."""
        self._set("cache", text)

    def set_tasks(self, count: int) -> None:
        """Tasks so far."""
        self._set("tasks", f"{count} task{'s' if count != 1 else ''}")

    def set_queued(self, count: int) -> None:
        """Messages that wait for the agent."""
        self._set("queued", f"{count} queued" if count else "")

    def set_cost(self, text: str) -> None:
        """What the session has cost, with its unit."""
        self._set("cost", text)

    def set_hint(self, text: str, seconds: float = HINT_SECONDS) -> None:
        """Show `text` instead of the fields for `seconds`; empty takes it back."""
        if self._hint_timer is not None:
            self._hint_timer.stop()
            self._hint_timer = None
        self._hint = sanitize_line(text)
        if text:
            self._hint_timer = self.set_timer(seconds, lambda: self.set_hint(""))
        self.refresh()

    def _set(self, field: str, text: str) -> None:
        text = sanitize_line(text)
        if self._fields[field] != text:
            self._fields[field] = text
            if not self._hint:
                self.refresh()

    def _turn(self) -> None:
        self._frame += 1
        self.refresh(Region(1, 0, 1, 1))

    def draw(self, canvas: Canvas) -> list[Line]:
        return [self._row(canvas)]

    def _row(self, canvas: Canvas) -> Line:
        glyphs, styles = canvas.glyphs, canvas.styles
        mark, style = {
            "idle": (glyphs.idle, styles.accent),
            "working": (glyphs.working[self._frame % len(glyphs.working)], styles.warning),
            "waiting": (glyphs.waiting, styles.warning),
            "error": (glyphs.failed, styles.error),
        }[self._status]
        line: Line = [(f" {mark}", style), (f" {self._status}", styles.ground)]
        separator = f" {glyphs.separator} "
        room = canvas.width - 1 - cell_len(f" {mark} {self._status}")
        if self._hint:
            words = fit(self._hint, max(room - len(separator), 0), glyphs.more)
            return [*line, (separator, styles.muted), (words, styles.warning)]
        for name, text in self._fields_that_fit(room, len(separator), glyphs.more).items():
            style = styles.ground if name in ("mode", "cost") else styles.muted
            line += [(separator, styles.muted), (text, style)]
        return line

    def _fields_that_fit(self, room: int, separator_cells: int, ellipsis: str) -> dict[str, str]:
        """The fields with text that fit into `room` cells, in order of display."""
        fields = {name: text for name, text in self._fields.items() if text}
        for name in DROP_ORDER:
            missing = sum(separator_cells + cell_len(text) for text in fields.values()) - room
            if missing <= 0:
                return fields
            if name == "directory" and "directory" in fields:
                last = fields[name].rsplit("/", 1)[-1] or fields[name]
                spared = cell_len(fields[name]) - cell_len(last) - 2
                if spared >= missing:
                    fields[name] = f"{ellipsis}/{last}"
                    return fields
            fields.pop(name, None)
        if (left := room - separator_cells) > 0 and "cost" in fields:
            fields["cost"] = fit(fields["cost"], left, ellipsis)
        return fields


def _short_path(path: str) -> str:
    """`path` in at most about 40 cells: its last three parts, or its beginning."""
    if cell_len(path) <= DIRECTORY_CELLS:
        return path
    parts = path.split("/")
    if len(parts) > 3:
        path = ".../" + "/".join(parts[-3:])
    return fit(path, DIRECTORY_CELLS + 4, "...")
