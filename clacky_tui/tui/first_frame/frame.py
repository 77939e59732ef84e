"""The first frame on the terminal: drawn at once, its prompt alive, until the app takes over."""

from __future__ import annotations

import _thread
import fcntl
import os
import select
import signal
import sys
import termios

from clacky_tui.tui.first_frame.echo import Echo
from clacky_tui.tui.first_frame.picture import (
    SMALLEST_COLUMNS,
    SMALLEST_ROWS,
    Picture,
    cell_count,
    cut_start,
    sgr,
    standard_picture,
)
from clacky_tui.tui.first_frame.recording import Recording
from clacky_tui.tui.first_frame.replies import Replies

TYPE_CHECKING = False  # importing typing takes longer than the frame
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

    from clacky_tui.tui.first_frame.picture import Runs

SWITCH_SECONDS = 0.0005
"""How long another thread may hold up the keyboard while it computes; Python's own is 5 ms."""

_INPUT, _OUTPUT = 0, 1
_ENTER = "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"
"""Alternate screen, bracketed paste, cursor hidden, no wrapping, an empty screen."""
_LEAVE = "\x1b[m\x1b[?7h\x1b[?25h\x1b[?2004l\x1b[?1049l"
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_INPUT_MODES = termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR
_LOCAL_MODES = termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG


class FirstFrame:
    """A context: inside, the terminal is raw and shows `picture`; after it, it is as it was found.

    What is typed is kept, and echoed by a thread, until `hand_over`. Ctrl+C ends the process with
    130, SIGTERM and SIGHUP with 143 and 129, the terminal restored.

    Args:
        picture: what to draw.
        directory: the working directory, home as ``~``.
        size: columns and rows of the terminal.
        recording: where the picture of the next start is kept.
    """

    def __init__(
        self, picture: Picture, directory: str, size: tuple[int, int], recording: Recording
    ) -> None:
        self.directory = directory
        self._recording = recording
        self.size = size
        """Columns and rows it was drawn for."""
        self._picture = picture
        self._echo = Echo()
        self._replies = Replies()
        self._has_reply = _thread.allocate_lock()
        self._has_reply.acquire()
        self._typed = b""
        self._is_up = False
        self._is_ending = False
        self._wake = (-1, -1)
        self._reader_runs = _thread.allocate_lock()

    @property
    def is_up(self) -> bool:
        """True until the app has taken over."""
        return self._is_up

    @property
    def settings_before(self) -> list[Any]:
        """The terminal's settings (termios) as they were found."""
        return self._settings

    @property
    def rows(self) -> list[Runs]:
        """What it draws, from the top, without what was typed."""
        return self._picture.on_screen(*self.size, self.directory)

    @property
    def prompt_row(self) -> int:
        """The row that shows what is typed, from the top."""
        return self._picture.prompt[0] % self.size[1]

    @property
    def ground(self) -> str:
        """The look of blanks."""
        return self._picture.ground

    @property
    def text(self) -> str:
        """What was typed and not sent, as far as it is followed."""
        return self._echo.text

    def hand_over(self) -> bytes:
        """End the echo; returns every byte that was typed so far. Later ones are still in the terminal."""
        self._stop_reading()
        self._is_up = False
        return self._typed + self._replies.held

    def ask(self, question: str) -> None:
        """Send the terminal a question it answers with an operating system command (OSC)."""
        _write(question)

    def reply(self, timeout_seconds: float) -> bytes:
        """What the terminal answered; waits for it so long, and returns nothing if it did not come."""
        self._has_reply.acquire(timeout=timeout_seconds)
        return self._replies.received

    def record(self, picture: Picture | None) -> None:
        """Keep `picture` for the next start if it is another one. Blocks on the disk."""
        if picture is not None and picture.dumped() != self._picture.dumped():
            self._recording.save(picture)

    # --- as a context ------------------------------------------------------------------------

    def __enter__(self) -> FirstFrame:
        self._settings = termios.tcgetattr(_INPUT)
        self._handlers = {number: signal.signal(number, self._end) for number in _SIGNALS}
        raw = termios.tcgetattr(_INPUT)
        raw[0] &= ~_INPUT_MODES
        raw[3] &= ~_LOCAL_MODES
        raw[6][termios.VMIN] = 1
        termios.tcsetattr(_INPUT, termios.TCSANOW, raw)
        self._is_up = True
        _write(_ENTER + self._drawn())
        self._take_early_keys()
        self._wake = os.pipe()
        self._reader_runs.acquire()
        sys.setswitchinterval(SWITCH_SECONDS)
        _thread.start_new_thread(self._read, ())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        was_up = self._is_up
        self.hand_over()
        for fd in self._wake:
            os.close(fd)
        self._restore(was_up)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _end(self, number: int, _: FrameType | None) -> None:
        """Leave on a signal, whatever is being imported; nothing is there yet to be saved."""
        self._is_ending = True
        self._restore(self._is_up)
        os._exit(128 + number)

    def _restore(self, is_up: bool) -> None:
        try:
            if is_up:
                _write(_LEAVE)
            termios.tcsetattr(_INPUT, termios.TCSANOW, self._settings)
        except (OSError, termios.error):  # the terminal is gone
            return

    # --- keys --------------------------------------------------------------------------------

    def _take_early_keys(self) -> None:
        """Take what was typed before the terminal was raw: it made line feeds of Enter then."""
        waiting = int.from_bytes(fcntl.ioctl(_INPUT, termios.FIONREAD, bytes(4)), sys.byteorder)
        if waiting:
            self._take(os.read(_INPUT, waiting).replace(b"\n", b"\r"))

    def _read(self) -> None:
        """Take keys until woken; on a thread of its own."""
        try:
            while True:
                ready, _, _ = select.select([_INPUT, self._wake[0]], [], [])
                if self._wake[0] in ready or not (typed := os.read(_INPUT, 1 << 16)):
                    return
                self._take(typed)
                if self._echo.is_interrupted:
                    return
        except OSError:  # hung up; SIGHUP ends the process
            return
        finally:
            self._reader_runs.release()

    def _take(self, typed: bytes) -> None:
        typed = self._replies.keys_of(typed)
        if self._replies.received and self._has_reply.locked():
            self._has_reply.release()
        before = self._echo.line
        self._typed += typed
        self._echo.feed(typed)
        if self._echo.is_interrupted:
            _thread.interrupt_main(signal.SIGINT)
        elif self._echo.line != before and not self._is_ending:
            self._show_typed()

    def _stop_reading(self) -> None:
        if self._is_up:
            os.write(self._wake[1], b"\0")
            self._reader_runs.acquire()

    # --- drawing -----------------------------------------------------------------------------

    def _show_typed(self) -> None:
        """Draw what is typed, the whole screen when its size is another; skipped when it is stuck."""
        if not select.select([], [_OUTPUT], [], 0)[1]:
            return
        size = terminal_size()
        if size != self.size:
            self.size = size
            _write("\x1b[m\x1b[2J" + self._drawn())
        else:
            _write(self._drawn_prompt())

    def _drawn(self) -> str:
        columns = self.size[0]
        ground = self.ground
        fills = any(ground.split("/"))
        parts = []
        for y, runs in enumerate(self.rows):
            texts = [sgr(look) + text for look, text in runs if text]
            missing = columns - sum(cell_count(text) for _, text in runs)
            if fills and missing:
                texts.append(sgr(ground) + " " * missing)
            if texts:
                parts.append(f"\x1b[{y + 1}H" + "".join(texts))
        return "".join(parts) + self._drawn_prompt()

    def _drawn_prompt(self) -> str:
        columns, start = self.size[0], self._picture.prompt[1]
        line = cut_start(self._echo.line, columns - start - 1)
        missing = " " * (columns - start - 1 - cell_count(line))
        return (
            f"\x1b[{self.prompt_row + 1};{start + 1}H{sgr(self.ground)}{line}"
            f"{sgr(self._picture.cursor)} {sgr(self.ground)}{missing}\x1b[m"
        )


def first_frame(directory: str, recording: Recording) -> FirstFrame | None:
    """The first frame for this terminal; None where there is none to be.

    That is a terminal not on both ends, dumb or small, and an output the layer does not draw.

    Args:
        directory: the working directory, home as ``~``.
        recording: of the last start's first frame.
    """
    environment = os.environ
    if environment.get("TERM", "dumb") == "dumb" or not (os.isatty(_INPUT) and os.isatty(_OUTPUT)):
        return None
    if environment.get("CLACKY_OUTPUT") == "plain" or environment.get("TEXTUAL_DRIVER"):
        return None
    size = terminal_size()
    if size[0] < SMALLEST_COLUMNS or size[1] < SMALLEST_ROWS:
        return None
    picture = recording.load()
    if picture is None:
        is_ascii = environment.get("CLACKY_ASCII") == "1" or sys.stdout.encoding != "utf-8"
        picture = standard_picture(has_colours="NO_COLOR" not in environment, is_ascii=is_ascii)
    return FirstFrame(picture, directory, size, recording)


def terminal_size() -> tuple[int, int]:
    """Columns and rows; zeros when nobody knows."""
    try:
        return os.get_terminal_size(_OUTPUT)
    except OSError:
        return (0, 0)


def _write(text: str) -> None:
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(_OUTPUT, data) :]
