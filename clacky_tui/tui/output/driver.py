"""Textual's terminal driver with an output of its own: cells in, few bytes out, never a wait."""

from __future__ import annotations

from typing import Any, TypeGuard

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from clacky_tui.tui.output.frame import Frames, Terminal
from clacky_tui.tui.output.hook import LayeredApp
from clacky_tui.tui.output.line import TerminalLine, open_terminal
from clacky_tui.tui.terminal import over_ssh

_HAND_OVER_SECONDS = 2.0
"""How long leaving waits for a terminal that takes nothing."""
_RESET = "\x1b[r\x1b]8;;\x1b\\\x1b[m"


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

    def show(
        self, update: LayoutUpdate | ChopsUpdate, cursor: tuple[int, int], *, synchronized: bool
    ) -> None:
        """Show an update of the compositor, with the cursor at row and column `cursor`."""
        self._frames.show(update)
        self._cursor, self._synchronized = cursor, synchronized
        self._send_frame()

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
        if self._line is None or self._line.has_unsent:
            return
        if frame := self._frames.take(self._cursor, synchronized=self._synchronized):
            self._line.write(frame)

    # --- Textual's side --------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Send control sequences that draw nothing: modes, the bell, the clipboard."""
        if self._line is not None:
            self._line.write(data)

    def start_application_mode(self) -> None:
        self._line = TerminalLine(open_terminal(), self._loop, self._send_frame)
        self._take_typed_ahead()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is None:  # in the background: Textual waits to be continued
            return
        self._writer_thread.stop()  # Textual's own output, of no use here
        self._writer_thread = None
        self.redraw()

    def _take_typed_ahead(self) -> None:
        """Hand the app the keys that were read before this driver; before it reads more."""
        assert isinstance(self._app, LayeredApp)
        typed, self._app.typed_ahead = self._app.typed_ahead, b""
        if not typed:
            return
        parser = XTermParser()
        for text in (typed.decode("utf-8", "replace"), ""):  # the empty one ends a lone Escape
            for message in parser.feed(text):
                self.process_message(message)

    def stop_application_mode(self) -> None:
        if self._line is None:
            return
        self._line.drain(_HAND_OVER_SECONDS)  # before what must not be dropped
        self.write(_RESET)
        super().stop_application_mode()
        self._line.drain(_HAND_OVER_SECONDS)

    def close(self) -> None:
        if self._line is not None:
            self._line.drain(_HAND_OVER_SECONDS)
            self._line.close()
            self._line = None

    def _enable_mouse_support(self) -> None:
        if over_ssh():
            # Clicks, wheel and drags; without a report for every movement of the mouse.
            self.write("\x1b[?1000h\x1b[?1002h\x1b[?1006h" if self._mouse else "")
        else:
            super()._enable_mouse_support()

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
