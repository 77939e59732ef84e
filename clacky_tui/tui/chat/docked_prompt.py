"""What asks the person something above the composer, and never takes a key meant for it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from textual.timer import Timer
from textual.widget import Widget

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.text import Line

TYPING_SECONDS = 1.0
"""Who typed this recently is typing still."""
GUARD_SECONDS = 0.4
"""A typing person keeps the keyboard at least this long, and until a pause of this length."""


class DockedPrompt(CanvasWidget, can_focus=True):
    """Hidden until it appears; then it takes the focus and gives it back when it closes.

    Args:
        clock: monotonic seconds, the composer's own.
    """

    DEFAULT_CSS: ClassVar[str] = """
    DockedPrompt {
        height: auto; max-height: 60vh; width: 100%; margin: 1 0;
        background: transparent; display: none;
    }
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = clock
        self._return_to: Widget | None = None
        self._guard: Timer | None = None

    @property
    def is_open(self) -> bool:
        """True while it waits for an answer."""
        return bool(self.display)

    def dismiss(self) -> None:
        """Close without an answer; nothing happens when closed."""
        if not self.display:
            return
        self._stop_guard()
        had_focus = self.has_focus
        self.display = False
        if had_focus:
            self._give_focus_back()

    def draw(self, canvas: Canvas) -> list[Line]:
        bar = (f"{canvas.glyphs.waiting} ", canvas.styles.warning)
        return [[bar, *line] for line in self.draw_question(canvas)]

    def draw_question(self, canvas: Canvas) -> list[Line]:
        """What is asked, with the keys that answer; at most `canvas.text_cells` wide."""
        raise NotImplementedError

    def _appear(self) -> None:
        focused = self.screen.focused
        if focused is not self:
            self._return_to = focused
        self.display = True
        self.refresh(layout=True)
        self._stop_guard()
        if self._typed_within(TYPING_SECONDS):
            self._guard = self.set_timer(GUARD_SECONDS, self._take_focus)
        else:
            self.focus()

    def _take_focus(self) -> None:
        self._guard = None
        if self._typed_within(GUARD_SECONDS):
            self._guard = self.set_timer(GUARD_SECONDS, self._take_focus)
        else:
            self.focus()

    def _give_focus_back(self) -> None:
        if self._return_to is not None and self._return_to.is_attached:
            self._return_to.focus()

    def _stop_guard(self) -> None:
        if self._guard is not None:
            self._guard.stop()
            self._guard = None

    def _typed_within(self, seconds: float) -> bool:
        focused = self.screen.focused
        if not isinstance(focused, Composer) or focused.last_typed_at is None:
            return False
        return self._now() - focused.last_typed_at < seconds

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
