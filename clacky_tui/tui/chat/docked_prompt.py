"""What asks the person something above the composer, and never takes a key meant for it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.text import Line

if TYPE_CHECKING:
    from clacky_tui.commands import Command

TYPING_SECONDS = 1.0
"""Who typed this recently is typing still."""
GUARD_SECONDS = 0.4
"""A typing person keeps the keyboard at least this long, and until a pause of this length."""
DEAF_SECONDS = 0.3
"""Keys this soon after it appeared were meant for something else, unless nothing was being typed."""
CANCEL_KEYS = frozenset({"escape", "ctrl+c"})


class DockedPrompt(CanvasWidget, can_focus=True):
    """Hidden until it appears; then it takes the focus and gives it back when it closes.

    Args:
        clock: monotonic seconds, the composer's own.
    """

    class Answered(Message):
        """The person decided; `command` tells the worker."""

        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    DEFAULT_CSS: ClassVar[str] = """
    DockedPrompt {
        height: auto; max-height: 60vh; width: 100%; margin: 1 0;
        background: transparent; display: none;
    }
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = clock
        self._request_id = ""
        self._is_wanted = False
        self._deaf_until = 0.0
        self._last_key_at: float | None = None
        self._return_to: Widget | None = None
        self._guard: Timer | None = None

    @property
    def is_open(self) -> bool:
        """True while it waits for an answer."""
        return bool(self.display)

    @property
    def takes_keys(self) -> bool:
        """True while a key pressed now is meant as an answer."""
        return self.is_open and self.has_focus and not self._is_deaf

    def dismiss(self) -> None:
        """Close without an answer; nothing happens when closed."""
        if not self.display:
            return
        self._stop_guard()
        had_focus = self.has_focus
        self.display = False
        if had_focus:
            self._give_focus_back()

    def cancel(self) -> None:
        """Close as Esc does; what it asked for is settled by that where it has to be."""
        self.dismiss()

    def withdraw(self, request_id: str) -> None:
        """Close if it asks for `request_id`: the question is settled elsewhere."""
        if request_id == self._request_id:
            self.dismiss()

    def on_key(self, event: events.Key) -> None:
        character = event.character if event.is_printable else None
        self._last_key_at = self._now()
        if self._is_deaf and event.key not in CANCEL_KEYS:
            taken = self._pass_on(event)
        else:
            taken = self._handle_key(event.key, character)
        if taken:
            event.stop()
            event.prevent_default()

    def _handle_key(self, key: str, character: str | None) -> bool:
        """Do what the key means; False when it means nothing here."""
        raise NotImplementedError

    @property
    def _is_deaf(self) -> bool:
        """True for a key in flight: too soon after the prompt came, or behind one to the composer."""
        if self._now() < self._deaf_until:
            return True
        composer = self._return_to
        if self._is_wanted or not isinstance(composer, Composer) or composer.is_empty:
            return False
        typed_at = composer.last_typed_at
        return typed_at is not None and self._now() - typed_at < DEAF_SECONDS

    def _pass_on(self, event: events.Key) -> bool:
        """A key on its way when the prompt took the keyboard: it goes on into the draft, in its order.

        While a person types on, the next key is the draft's too.
        """
        composer = self._return_to
        if isinstance(composer, Composer) and not composer.is_empty:
            self._deaf_until = self._now() + DEAF_SECONDS
            composer.post_message(events.Key(event.key, event.character))
            return True
        return event.is_printable or event.key == "enter"

    def _close_with(self, command: Command) -> None:
        self.dismiss()
        self.post_message(DockedPrompt.Answered(command))

    def draw(self, canvas: Canvas) -> list[Line]:
        bar = (f"{canvas.glyphs.waiting} ", canvas.styles.warning)
        return [[bar, *line] for line in self.draw_question(canvas)]

    def draw_question(self, canvas: Canvas) -> list[Line]:
        """What is asked, with the keys that answer; at most `canvas.text_cells` wide."""
        raise NotImplementedError

    def _appear(self, *, wanted: bool = False) -> None:
        """Show it; `wanted` by the person just now, it takes the keyboard at once."""
        focused = self.screen.focused
        if focused is not self:
            self._return_to = focused
        self.display = True
        self.refresh(layout=True)
        self._stop_guard()
        self._is_wanted = wanted
        if wanted:
            self._deaf_until = 0.0
            self.focus()
        elif isinstance(focused, Composer):  # it first sees the keys that wait in the queues
            self.app.call_later(focused.call_later, self._take_turn)
        else:
            self._take_turn()

    def _take_turn(self) -> None:
        """Take the focus, now or when the person pauses."""
        if not self.display:
            return
        self._stop_guard()
        focused = self.screen.focused
        self._deaf_until = self._now() + (DEAF_SECONDS if self._is_typing(focused) else 0)
        if self._typed_within(TYPING_SECONDS):
            self._guard = self.set_timer(GUARD_SECONDS, self._take_focus)
        else:
            self.focus()

    def _take_focus(self) -> None:
        self._guard = None
        if self._typed_within(GUARD_SECONDS):
            self._guard = self.set_timer(GUARD_SECONDS, self._take_focus)
        else:
            focused = self.screen.focused
            if isinstance(focused, Composer) and not focused.is_empty:
                self._deaf_until = self._now() + DEAF_SECONDS
            self.focus()

    def _give_focus_back(self) -> None:
        if self._return_to is not None and self._return_to.is_attached:
            self.screen.set_focus(self._return_to)

    def _stop_guard(self) -> None:
        if self._guard is not None:
            self._guard.stop()
            self._guard = None

    def _is_typing(self, focused: Widget | None) -> bool:
        """True while a draft is open, or keys came a moment ago: in the composer, or twice here."""
        if isinstance(focused, Composer) and focused.text:
            return True
        pressed_here = self._last_key_at is not None and (
            self._now() - self._last_key_at < DEAF_SECONDS
        )
        return pressed_here or self._typed_within(TYPING_SECONDS)

    def _typed_within(self, seconds: float) -> bool:
        focused = self.screen.focused
        if not isinstance(focused, Composer) or focused.last_typed_at is None:
            return False
        return self._now() - focused.last_typed_at < seconds

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
