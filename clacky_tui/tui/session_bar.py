"""The row above the composer: what the agent does, where, with which model, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Literal, get_args

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.timer import Timer

from clacky_tui.i18n import tr, tr_count
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.styles import ChatStyles
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line
from clacky_tui.tui.countdown import (
    LAST_MINUTE_SECONDS,
    format_left,
    local_now,
    seconds_left,
    seconds_to_next_look,
)
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.output.hook import draw_rows
from clacky_tui.tui.profile import current_profile
from clacky_tui.tui.spots import Spot, spot_at

Status = Literal["idle", "working", "waiting", "error"]

HINT_SECONDS = 2.0
DIRECTORY_CELLS = 40
ACTIVITY_CELLS = 32
DROP_ORDER = (
    "session",
    "latency",
    "tasks",
    "cache",
    "directory",
    "background",
    "mode",
    "reasoning",
    "activity",
    "model",
)
"""Fields that leave a narrow bar, the first one first; status and cost stay."""
FIELD_CALLS = {
    "background": "show_tasks",
    "directory": "pick_directory",
    "mode": "pick_mode",
    "model": "pick_model",
    "reasoning": "pick_reasoning",
    "latency": "pick_model",
    "cache": "show_tab('context')",
    "tasks": "open_time_machine",
    "session": "show_tab('sessions')",
    "cost": "show_cost",
}
"""What a click on a field, or a jump to it, does."""
LATENCY_BARS = ((2.0, 4), (60.0, 3), (120.0, 2))
"""Seconds to the first token up to which so many bars are shown, of four (spec/tui-cli.md 6.2)."""


class SessionBar(CanvasWidget):
    """One row that never wraps: fields leave by priority when there is no room.

    The spinner is one cell while working, 4 Hz at most. While the provider's cache is warm the time
    left is brought up to date each minute, in its last minute each ten seconds. No other timer runs.

    Args:
        clock: the present, timezone-aware.
    """

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    SessionBar { height: 1; width: 100%; background: transparent; }
    """

    def __init__(self, *, clock: Callable[[], datetime] = local_now, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._status: Status = "idle"
        self._fields = dict.fromkeys(
            (
                "activity",
                "background",
                "directory",
                "mode",
                "model",
                "reasoning",
                "latency",
                "cache",
                "tasks",
                "session",
                "cost",
            ),
            "",
        )
        self._sayings: dict[str, Callable[[], str]] = {}
        """What gives the text of a field in the language spoken now."""
        self.working_dir = ""
        """Where the agent works, the home directory as ``~``."""
        self.reasoning_level = "off"
        self._latency_bars = 0
        self._spots: list[Spot] = []
        self._activities: dict[str, str] = {}
        self._cache_words = ""
        self._cache_expires_at: datetime | None = None
        self._cache_expires_soon = False
        self._countdown: Timer | None = None
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
        seconds = current_profile().spinner_seconds
        if status == "working" and self._spinner is None and seconds is not None:
            self._spinner = self.set_interval(seconds, self._turn)
        elif status != "working" and self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
            self._frame = 0
        self.refresh()

    def set_working_dir(self, path: str) -> None:
        """Where the agent works, the home directory as ``~``."""
        self.working_dir = path
        self._set("directory", _short_path(sanitize_line(path)))

    def set_mode(self, label: str) -> None:
        """The permission mode in a word."""
        self._set("mode", label)

    def set_model(self, model: str) -> None:
        """The model's name."""
        self._set("model", model)

    def set_reasoning_level(self, level: str) -> None:
        """How long the model thinks; nothing is shown while it is off."""
        self.reasoning_level = level
        self._say("reasoning", lambda: "" if level == "off" else tr("thinks {level}", level=level))

    def set_latency(self, seconds: float | None) -> None:
        """Time to the first token of the last reply; None while it is not known."""
        if seconds is None:
            self._set("latency", "")
            return
        self._latency_bars = next((n for limit, n in LATENCY_BARS if seconds <= limit), 1)
        words = f"{seconds * 1000:.0f}ms" if seconds < 1 else f"{seconds:.1f}s"
        self._set("latency", f"{current_glyphs().signal[self._latency_bars - 1]} {words}")

    def set_session_id(self, session_id: str) -> None:
        """Which session this is, shortened."""
        self._set("session", session_id)

    def set_activity(self, handle: str, text: str, *, done: bool = False) -> None:
        """Show a piece of work by its `handle`, the newest of several, until it is `done`."""
        self._activities.pop(handle, None)
        if not done:
            self._activities[handle] = text
        newest = next(reversed(self._activities.values()), "")
        self._set("activity", fit(sanitize_line(newest), ACTIVITY_CELLS, "..."))

    @property
    def is_active(self) -> bool:
        """True while it shows a piece of work that is under way."""
        return bool(self._activities)

    def clear_activities(self) -> None:
        """Nothing is under way any more."""
        self._activities.clear()
        self._set("activity", "")

    def set_cache(self, text: str, expires_at: datetime | None = None) -> None:
        """Words about the cache, e.g. ``"cache 97%"``, empty for none, and when it goes cold."""
        self._cache_words, self._cache_expires_at = text, expires_at
        self._show_cache()

    def set_tasks(self, count: int) -> None:
        """Tasks so far."""
        self._say("tasks", lambda: tr_count("{n} task", "{n} tasks", count))

    def set_background(self, count: int) -> None:
        """Commands that run in the background."""
        self._set("background", f"{current_glyphs().background} {count}" if count else "")

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

    def _show_cache(self) -> None:
        """Show the time left as it is now, and come back when it reads differently."""
        if self._countdown is not None:
            self._countdown.stop()
            self._countdown = None
        words, soon = self._cache_words, False
        if words and self._cache_expires_at is not None:
            left = seconds_left(self._cache_expires_at, self._clock())
            words = f"{words} {tr(format_left(left))}"
            wait = seconds_to_next_look(left)
            if wait is not None:
                soon = left < LAST_MINUTE_SECONDS
                self._countdown = self.set_timer(wait, self._show_cache)
        self._cache_expires_soon = soon
        self._set("cache", words)

    def speak_anew(self) -> None:
        """Say every field in the language spoken now."""
        for field, saying in self._sayings.items():
            self._set(field, saying())

    def _say(self, field: str, saying: Callable[[], str]) -> None:
        self._sayings[field] = saying
        self._set(field, saying())

    def _set(self, field: str, text: str) -> None:
        text = sanitize_line(text)
        if self._fields[field] != text:
            self._fields[field] = text
            if not self._hint:
                self.refresh()

    def _turn(self) -> None:
        self._frame += 1
        if not draw_rows(self, {0: self.render_line(0)}):
            self.refresh(Region(1, 0, 1, 1))

    def jump_spots(self) -> list[Spot]:
        """The fields that lead somewhere, as they were drawn last."""
        return self._spots

    def on_click(self, event: events.Click) -> None:
        if spot := spot_at(self._spots, event.x):
            self.call_later(self.app.run_action, spot.call)

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
        status = tr(self._status)
        line: Line = [(f" {mark}", style), (f" {status}", styles.ground)]
        separator = f" {glyphs.separator} "
        room = canvas.width - 1 - cell_len(f" {mark} {status}")
        if self._hint:
            words = fit(self._hint, max(room - len(separator), 0), glyphs.more)
            return [*line, (separator, styles.muted), (words, styles.warning)]
        self._spots = []
        for name, text in self._fields_that_fit(room, len(separator), glyphs.more).items():
            if name in FIELD_CALLS:
                x = line_cells(line) + len(separator)
                self._spots.append(Spot(x, cell_len(text), FIELD_CALLS[name]))
            line += [(separator, styles.muted), (text, self._style_of(name, styles))]
        return line

    def _style_of(self, field: str, styles: ChatStyles) -> Style:
        if field == "cache" and self._cache_expires_soon:
            return styles.warning
        if field == "latency":
            return {4: styles.muted, 3: styles.muted, 2: styles.warning}.get(
                self._latency_bars, styles.error
            )
        return (
            styles.ground if field in ("activity", "background", "mode", "cost") else styles.muted
        )

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
