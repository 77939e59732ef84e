"""A running command's output: shown live as it comes, kept in bounded memory for the result."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Callable

from clacky_tui.tools.output_clean import clean_output

KEPT_HEAD_BYTES = 2 * 1024 * 1024
KEPT_TAIL_BYTES = 2 * 1024 * 1024
LIVE_LIMIT_CHARACTERS = 64 * 1024
LIVE_LINE_LIMIT_CHARACTERS = 2000
LIVE_PAUSED = "… more output is kept and shown when the command ends\n"

_REWRITES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters after which the rest of a line may still change what stands before."""


class LiveLines:
    """Raw output in, safe pieces of text out; the pieces joined read like the cleaned output.

    Finished lines are cleaned whole. An open line is shown as it grows while it is plain text; once
    it holds an escape or overwrites itself, it waits for its end.
    """

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open_line = ""
        self._shown = ""
        self._left_characters = LIVE_LIMIT_CHARACTERS

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        """Take the next bytes; `final` shows what is left of an unfinished line."""
        if self._left_characters <= 0:
            return
        *finished, self._open_line = (self._open_line + self._decoder.decode(piece, final)).split(
            "\n"
        )
        output = [self._finished(line) for line in finished]
        if final:
            output.append(self._finished(self._open_line).removesuffix("\n"))
        else:
            output.append(self._growing())
        text = "".join(output)
        if len(text) > self._left_characters:
            text = text[: self._left_characters] + "\n" + LIVE_PAUSED
            self._left_characters = 0
        self._left_characters -= len(text)
        if text:
            self._emit(text)

    def _finished(self, line: str) -> str:
        final = clean_output(line)
        shown, self._shown = self._shown, ""
        if final.startswith(shown):
            return _cut(final)[len(shown) :] + "\n"
        return f"\n{_cut(final)}\n"

    def _growing(self) -> str:
        """What an open line adds to the screen right now."""
        if len(self._open_line) > LIVE_LINE_LIMIT_CHARACTERS:
            self._open_line = self._open_line[-KEPT_TAIL_BYTES:]
            return ""
        if _REWRITES.search(self._open_line):
            return ""
        text = clean_output(self._open_line)
        if not text.startswith(self._shown):
            return ""
        added, self._shown = text[len(self._shown) :], text
        return added


class OutputCapture:
    """The first and last megabytes of a command's output, fed to a `LiveLines` on the way."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._live = LiveLines(emit)
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._dropped_bytes = 0

    def feed(self, piece: bytes) -> None:
        """Take the next bytes as they were read."""
        self._live.feed(piece)
        room = KEPT_HEAD_BYTES - len(self._head)
        self._head += piece[:room]
        rest = piece[room:]
        if not rest:
            return
        self._tail.append(rest)
        self._tail_bytes += len(rest)
        while self._tail_bytes - len(self._tail[0]) >= KEPT_TAIL_BYTES:
            dropped = len(self._tail.popleft())
            self._tail_bytes -= dropped
            self._dropped_bytes += dropped

    def finish(self) -> None:
        """No more bytes will come."""
        self._live.feed(b"", final=True)

    def text(self) -> str:
        """Everything kept, cleaned; a gap in the middle is named. Heavy: call it in a thread."""
        tail = b"".join(self._tail)
        if not self._dropped_bytes:
            return clean_output((bytes(self._head) + tail).decode("utf-8", "replace"))
        gap = f"\n… [{self._dropped_bytes:,} bytes left out]\n"
        parts = (bytes(self._head).decode("utf-8", "replace"), tail.decode("utf-8", "replace"))
        return clean_output(parts[0]) + gap + clean_output(parts[1])


def _cut(line: str) -> str:
    if len(line) <= LIVE_LINE_LIMIT_CHARACTERS:
        return line
    return line[:LIVE_LINE_LIMIT_CHARACTERS] + "…"
