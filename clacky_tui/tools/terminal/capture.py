"""A running command's output: shown live as it comes, and kept to be read by the model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.tools.terminal.clean import clean_output
from clacky_tui.tools.terminal.spool import OutputSpool
from clacky_tui.tools.terminal.text_stream import TextStream

EXCERPT_BYTES = 48 * 1024
"""Of a longer output, this much of the start and of the end is read back into memory."""
LIVE_LIMIT_CHARACTERS = 64 * 1024
LIVE_LINE_LIMIT_CHARACTERS = 2000
LAST_LINE_CHARACTERS = 2000
"""From the end, in which the last line is looked for."""
LIVE_PAUSED = "… more output is kept and shown when the command ends\n"

_REWRITES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters after which the rest of a line may still change what stands before."""


class LiveOutput:
    """Safe pieces of text for the person; the pieces joined read like the cleaned output.

    An open line is shown as it grows while it is plain text; once it holds an escape or overwrites
    itself, it waits for its end.
    """

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self._shown = ""
        """What of the open line is on the screen."""
        self._left_characters = LIVE_LIMIT_CHARACTERS

    def show(self, finished: str, open_line: str) -> None:
        """Cleaned whole lines, and the raw line that follows them."""
        if self._left_characters <= 0:
            return
        text = self._finished(finished) if finished else ""
        text += self._growing(open_line)
        if len(text) > self._left_characters:
            text = text[: self._left_characters] + "\n" + LIVE_PAUSED
            self._left_characters = 0
        self._left_characters -= len(text)
        if text:
            self._emit(text)

    def _finished(self, finished: str) -> str:
        shown, self._shown = self._shown, ""
        text = "\n".join(_cut(line) for line in finished[: self._left_characters + 1].split("\n"))
        return text[len(shown) :] if text.startswith(shown) else f"\n{text}"

    def _growing(self, open_line: str) -> str:
        """What an open line adds to the screen right now."""
        if len(open_line) > LIVE_LINE_LIMIT_CHARACTERS or _REWRITES.search(open_line):
            return ""
        text = clean_output(open_line)
        if not text.startswith(self._shown):
            return ""
        added, self._shown = text[len(self._shown) :], text
        return added


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Output for the model: all of it, or its start and end with the gap named between them."""

    text: str
    size_bytes: int


class OutputCapture:
    """One command's output. `feed` on the event loop; `unread` and `save` block on the disk."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._stream = TextStream()
        self._live: LiveOutput | None = LiveOutput(emit)
        self._spool = OutputSpool()
        self._last_line = ""
        self._read_bytes = 0
        self._read_open = ""
        """What of the open line `unread` has given already."""

    @property
    def is_drawing(self) -> bool:
        """True while a full-screen program has the terminal; what it draws is left out."""
        return self._stream.is_drawing

    @property
    def needs_saving(self) -> bool:
        """Memory is full: call `save` before the next `feed`."""
        return self._spool.is_full

    @property
    def last_line(self) -> str:
        """The last line of output that is not blank."""
        return clean_output(self._stream.open_line).strip() or self._last_line

    def feed(self, piece: bytes) -> None:
        """Take the next bytes as they were read; at most 64 KB, so that it takes about 1 ms."""
        self._take(self._stream.feed(piece))

    def finish(self) -> None:
        """No more bytes will come."""
        self._take(self._stream.finish())

    def stop_showing(self) -> None:
        """The call is over; the command goes on unseen."""
        self._live = None

    def save(self) -> Path | None:
        """Bring the file up to date; None when there can be none. Blocking."""
        return self._spool.save()

    def unread(self) -> Excerpt:
        """What came since the last time. Blocking."""
        start, end = self._read_bytes, self._spool.size_bytes
        open_line = clean_output(self._stream.open_line)
        size = end - start + len(open_line.encode())
        if size <= 2 * EXCERPT_BYTES:
            text = self._text(start, end)
        else:
            gap = f"\n… [{end - start - 2 * EXCERPT_BYTES:,} bytes left out]\n"
            text = self._text(start, start + EXCERPT_BYTES)
            text += gap + self._text(end - EXCERPT_BYTES, end)
        text = (text + open_line).removeprefix(self._read_open)
        self._read_bytes, self._read_open = end, open_line
        return Excerpt(text, size)

    def _take(self, finished: str) -> None:
        if finished:
            self._spool.append(finished.encode())
            lines = finished[-LAST_LINE_CHARACTERS:].rstrip().rpartition("\n")
            self._last_line = lines[2].strip() or self._last_line
        if self._live is not None:
            self._live.show(finished, self._stream.open_line)

    def _text(self, start: int, end: int) -> str:
        return self._spool.read(start, end).decode("utf-8", "ignore")


def _cut(line: str) -> str:
    if len(line) <= LIVE_LINE_LIMIT_CHARACTERS:
        return line
    return line[:LIVE_LINE_LIMIT_CHARACTERS] + "…"
