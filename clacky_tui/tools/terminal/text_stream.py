"""Raw terminal output made into text as it comes, without what full-screen programs draw."""

from __future__ import annotations

import codecs
import re

from clacky_tui.tools.terminal.clean import clean_output

OPEN_LINE_CHARACTERS = 64 * 1024
"""A line that is longer without an end in sight is taken as finished piece by piece."""
LONGEST_ESCAPE = 256
KEPT_DRAWING_BYTES = 16 * 1024

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_CUT_MODE = re.compile(rb"\x1b(?:\[(?:\?[0-9;]{0,12})?)?\Z")
_DRAWING_MODES = frozenset({b"1", b"47", b"1047", b"1049"})
"""Application cursor keys and the three alternate screens (xterm control sequences, DECSET)."""


class ScreenFilter:
    """Takes out what is drawn between the switch to a full screen and the switch back."""

    def __init__(self) -> None:
        self._modes: set[bytes] = set()
        self._held = b""
        self._drawing = b""

    @property
    def is_drawing(self) -> bool:
        """True while a full-screen program has the terminal."""
        return bool(self._modes)

    def feed(self, piece: bytes) -> bytes:
        """What of `piece` is ordinary output."""
        piece = self._held + piece
        self._held = b""
        if cut := _CUT_MODE.search(piece, max(len(piece) - 16, 0)):
            piece, self._held = piece[: cut.start()], piece[cut.start() :]
        ordinary: list[bytes] = []
        start = 0
        for switch in _MODE.finditer(piece):
            modes = _DRAWING_MODES.intersection(switch[1].split(b";"))
            if not modes:
                continue
            self._sort(piece[start : switch.start()], ordinary)
            start = switch.end()
            if switch[2] == b"h":
                self._modes |= modes
            else:
                self._modes -= modes
        self._sort(piece[start:], ordinary)
        return b"".join(ordinary)

    def finish(self) -> bytes:
        """The rest. A program that never switched back may have hidden ordinary output: it is
        given up to `KEPT_DRAWING_BYTES` late."""
        rest = self._held
        if self._modes:
            rest = self._drawing + rest
        self._held = self._drawing = b""
        self._modes.clear()
        return rest

    def _sort(self, part: bytes, ordinary: list[bytes]) -> None:
        if self._modes:
            self._drawing = (self._drawing + part)[-KEPT_DRAWING_BYTES:]
        else:
            ordinary.append(part)


class TextStream:
    """Bytes in, cleaned text out, whole lines at a time; `open_line` is the raw rest."""

    def __init__(self) -> None:
        self._screen = ScreenFilter()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.open_line = ""

    @property
    def is_drawing(self) -> bool:
        return self._screen.is_drawing

    def feed(self, piece: bytes) -> str:
        """The lines that `piece` finished, cleaned."""
        text = self.open_line + self._decoder.decode(self._screen.feed(piece))
        finished, newline, self.open_line = text.rpartition("\n")
        output = clean_output(finished + newline)
        if len(self.open_line) > OPEN_LINE_CHARACTERS:
            output += self._shorten()
        return output

    def finish(self) -> str:
        """What is left, cleaned."""
        text = self.open_line + self._decoder.decode(self._screen.finish(), True)
        self.open_line = ""
        return clean_output(text)

    def _shorten(self) -> str:
        """Drop what the open line has overwritten; when that is not enough, give its start."""
        kept = self.open_line.rfind("\r", 0, -1) + 1
        self.open_line = self.open_line[kept:]
        if len(self.open_line) <= OPEN_LINE_CHARACTERS:
            return ""
        cut = len(self.open_line)
        escape = self.open_line.rfind("\x1b", cut - LONGEST_ESCAPE)
        cut = escape if escape >= 0 else cut - 1  # a last CR may belong to a line break
        start, self.open_line = self.open_line[:cut], self.open_line[cut:]
        return clean_output(start)
