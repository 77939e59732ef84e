"""Server-sent events: bytes in as they arrive, whole frames out.

Framing after the WHATWG HTML standard, section "Server-sent events": lines end with LF, CRLF or CR,
a blank line ends a frame, several `data` lines join with a newline, a line that starts with a colon
is a comment. A frame that the end of the stream cuts off is never handed out.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_LINE_END = re.compile("\r\n|\n|\r")
"""Not `str.splitlines`, which also splits at characters that JSON text may hold as they are."""


class SseFrame(NamedTuple):
    """One event: its name (``"message"`` when the server names none) and its data."""

    event: str
    data: str


class SseParser:
    """Turns any chunking of the same bytes into the same frames.

    Bytes that are not UTF-8 become U+FFFD; one byte order mark at the start is dropped.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._line_pieces: list[str] = []
        self._event = ""
        self._data_lines: list[str] = []
        self._skip_line_feed = False

    def feed(self, chunk: bytes) -> list[SseFrame]:
        """Take the next bytes; returns the frames they complete, oldest first."""
        text = self._decoder.decode(chunk)
        if not text:
            return []
        if self._skip_line_feed and text[0] == "\n":
            text = text[1:]
        # A CR ends its line at once, so a frame never waits for the LF that may follow.
        self._skip_line_feed = text.endswith("\r") if text else False
        *ended, rest = _LINE_END.split(text)
        frames = []
        for line in ended:
            self._line_pieces.append(line)
            frame = self._take_line("".join(self._line_pieces))
            self._line_pieces.clear()
            if frame is not None:
                frames.append(frame)
        self._line_pieces.append(rest)
        return frames

    def _take_line(self, line: str) -> SseFrame | None:
        if not line:
            return self._end_frame()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data_lines.append(value)
        elif field == "event":
            self._event = value
        return None

    def _end_frame(self) -> SseFrame | None:
        event, lines = self._event or "message", self._data_lines
        self._event, self._data_lines = "", []
        return SseFrame(event, "\n".join(lines)) if lines else None
