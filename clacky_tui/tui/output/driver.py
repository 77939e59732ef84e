"""Textual's terminal driver with an output of its own: cells in, few bytes out, never a wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, TypeGuard

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.strip import Strip

from clacky_tui.tui.first_frame.frame import FirstFrame
from clacky_tui.tui.first_frame.picture import Picture
from clacky_tui.tui.output.attributes import NO_LINK, Look
from clacky_tui.tui.output.frame import Frames, Terminal
from clacky_tui.tui.output.hook import LayeredApp
from clacky_tui.tui.output.keyboard import Keyboard
from clacky_tui.tui.output.line import TerminalLine, open_terminal
from clacky_tui.tui.output.recording import picture_of
from clacky_tui.tui.terminal import over_ssh, takes_commands

_HAND_OVER_SECONDS = 2.0
"""How long leaving waits for a terminal that takes nothing."""
_ALTERNATE_SCREEN = "\x1b[?1049h"
_HELD_SECONDS = 0.5
"""How long the first frame stays at most after the app could draw, until early keys are in."""


class OutputDriver(LinuxDriver):
    """Shows compositor updates through `Frames`; reads input as Textual does.

    While the terminal is behind, updates only change what it should show; when it has caught up it
    gets the difference, so never more than one frame waits.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert isinstance(app, LayeredApp)
        app.output = self
        colors = COLOR_SYSTEMS.get(app.console.color_system or "", ColorSystem.TRUECOLOR)
        self._frames = Frames(Terminal.of_environment(colors))
        self._line: TerminalLine | None = None
        self._cursor = (0, 0)
        self._synchronized = False
        self._takes_commands = takes_commands()
        self._first_frame: FirstFrame | None = app.first_frame
        self._withheld: list[str] = []
        """Control sequences that wait for the end of the first frame."""
        self.is_live = asyncio.Event()
        """Set once frames reach the terminal: from the start, or when early keys are in."""
        if self._first_frame is None:
            self.is_live.set()
        self._may_read = threading.Event()
        self._early_keys = b""
        self._keyboard: Keyboard | None = None

    def take_over(self, cursor: tuple[int, int]) -> Picture | None:
        """Let the app have keys and screen, now that it can draw and has its focus.

        Args:
            cursor: row and column where typed text begins.

        Returns:
            What it shows, before any key, as a first frame to come; None when there was none now.
        """
        first = self._first_frame
        if first is None or self._line is None:
            return None
        self._first_frame = None
        self._early_keys = first.hand_over()
        self._cursor = cursor
        self._line.write("".join(self._withheld))
        if first.size == self._frames.size:
            rows = [[(Look.read(look), text) for look, text in runs] for runs in first.rows]
            self._frames.adopt(rows, Look.read(first.ground), first.prompt_row)
        picture = picture_of(self._frames, cursor, first.directory)
        self._may_read.set()
        self._loop.call_later(_HELD_SECONDS, self._release_frames)
        return picture

    def _release_frames(self) -> None:
        if not self.is_live.is_set():
            self.is_live.set()
            self._send_frame()

    def show(
        self, update: LayoutUpdate | ChopsUpdate, cursor: tuple[int, int], *, synchronized: bool
    ) -> None:
        """Show an update of the compositor, with the cursor at row and column `cursor`."""
        self._frames.show(update)
        self._cursor, self._synchronized = cursor, synchronized
        self._send_frame()

    def show_rows(
        self, rows: Mapping[int, Strip], cursor: tuple[int, int], *, synchronized: bool
    ) -> bool:
        """Show whole rows of the screen; False when its layout is not known yet."""
        if not self._frames.show_rows(rows):
            return False
        self._cursor, self._synchronized = cursor, synchronized
        self._send_frame()
        return True

    def takes(self, renderable: object) -> TypeGuard[LayoutUpdate | ChopsUpdate]:
        """True for what `show` can show."""
        return isinstance(renderable, LayoutUpdate | ChopsUpdate)

    def redraw(self) -> None:
        """Draw the whole screen again; something else may have written to it."""
        self._frames.forget_shown()
        self._send_frame()

    def resized(self, columns: int, rows: int) -> None:
        """The terminal has another size, or had for a moment; a new layout draws by itself."""
        if self._frames.size == (columns, rows):
            self.redraw()

    def _send_frame(self) -> None:
        """Bring the terminal up to date if it can take it now."""
        if self._line is None or self._line.has_unsent or not self.is_live.is_set():
            return
        if frame := self._frames.take(self._cursor, synchronized=self._synchronized):
            self._line.write(frame)

    # --- Textual's side --------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Send control sequences that draw nothing: modes, the bell, the clipboard."""
        if data.startswith("\x1b]") and not self._takes_commands:
            return
        if self._first_frame is not None:
            # The first frame is on the alternate screen; told again, some terminals empty it.
            if data != _ALTERNATE_SCREEN:
                self._withheld.append(data)
        elif self._line is not None:
            self._line.write(data)

    def start_application_mode(self) -> None:
        self._line = TerminalLine(open_terminal(), self._loop, self._send_frame)
        self._keyboard = Keyboard(self.fileno, self.process_message, debug=self._debug)
        if self._first_frame is None:
            self._may_read.set()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._first_frame is not None:  # it had changed what Textual has found
            self.attrs_before = self._first_frame.settings_before
        if self._writer_thread is None:  # in the background: Textual waits to be continued
            return
        self._writer_thread.stop()  # Textual's own output, of no use here
        self._writer_thread = None
        self.redraw()

    def stop_application_mode(self) -> None:
        if self._line is None:
            return
        self.take_over(self._cursor)
        self.is_live.set()
        self._line.drain(_HAND_OVER_SECONDS)  # before what must not be dropped
        self.write(f"\x1b[r{NO_LINK if self._takes_commands else ''}\x1b[m")
        super().stop_application_mode()
        self._line.drain(_HAND_OVER_SECONDS)

    def resume_application_mode(self) -> None:
        """Take the terminal again, unless the app was told to end while it was away."""
        if not self._app._exit:  # nobody would stop the keyboard's new thread
            super().resume_application_mode()

    def close(self) -> None:
        if self._line is not None:
            self._line.drain(_HAND_OVER_SECONDS)
            self._line.close()
            self._line = None

    def run_input_thread(self) -> None:
        """Read keys, the early ones first, once the app can take them; on Textual's thread for it."""
        self._may_read.wait()
        keyboard = self._keyboard
        assert keyboard is not None
        early_keys, self._early_keys = self._early_keys, b""
        keyboard.feed(early_keys)
        if not self.is_live.is_set():
            # Behind the keys: through the app to where it sent them, then to the screen.
            self.send_message(events.Callback(callback=self._early_keys_arrived))
        keyboard.run()

    def _early_keys_arrived(self) -> None:
        target = self._app.focused or self._app
        target.call_later(self._loop.call_soon, self._early_keys_taken)

    def _early_keys_taken(self) -> None:
        """The widget that got the keys is through with them, and has told its screen."""
        self._app.screen.call_after_refresh(self._release_frames)

    def disable_input(self) -> None:
        keyboard = self._keyboard
        if keyboard is not None:
            keyboard.stop()
        super().disable_input()
        if keyboard is not None:
            keyboard.close()
            self._keyboard = None

    def report_mouse(self, wanted: bool) -> None:
        """Have the mouse reported from now on, or leave it to the terminal."""
        self.write("\x1b[?1002l")  # which Textual never asks for, and so never takes back
        self._disable_mouse_support()
        self._mouse = wanted
        self._enable_mouse_support()

    def _enable_mouse_support(self) -> None:
        if over_ssh():
            # Clicks, wheel and drags; without a report for every movement of the mouse.
            self.write("\x1b[?1000h\x1b[?1002h\x1b[?1006h" if self._mouse else "")
        else:
            super()._enable_mouse_support()

    def switch_mouse(self) -> bool:
        """Take the mouse, or leave it to the terminal; True when it is taken now."""
        if self._mouse:
            self._disable_mouse_support()
        self._mouse = not self._mouse
        self._enable_mouse_support()
        return self._mouse

    # Textual stops and starts within the signal handler, where the line's lock may be held.

    def _sigtstp_application(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(super()._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._continue)

    def _continue(self) -> None:
        """Take the terminal again, also after a SIGSTOP, which gave no chance to leave it."""
        if not self._auto_restart:
            return
        if self._line is not None:
            self.suspend_application_mode()
        self.resume_application_mode()
