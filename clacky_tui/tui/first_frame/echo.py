"""What the prompt shows of keys that wait for the composer."""

from __future__ import annotations

import codecs

_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_UNSEEN = ("\x1b[I", "\x1b[O")
"""The terminal gained and lost the focus."""
_SEQUENCES = (_PASTE_BEGINS, *_UNSEEN)
_ENTER, _NEW_LINE, _BACKSPACE, _INTERRUPT, _ERASE_LINE = "\r", "\n", "\x7f", "\x03", "\x15"


class Echo:
    """Follows typed bytes as the composer will, as far as that is plain: text, pastes, Enter, erasing.

    At the first other key it stands still: what comes then is for the composer alone.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unread = ""
        self.text = ""
        """What the composer will hold."""
        self._stands_still = False
        self.is_interrupted = False
        """Ctrl+C was pressed."""

    @property
    def line(self) -> str:
        """The last line of the text."""
        return self.text.rpartition("\n")[2]

    def feed(self, typed: bytes) -> None:
        """Take what was typed next; a character or sequence may be cut anywhere."""
        self._unread += self._decoder.decode(typed)
        while self._unread:
            taken = self._taken()
            if not taken:
                return
            self._unread = self._unread[taken:]

    def _taken(self) -> int:
        """Follow the next key or paste; how long it is, 0 when its end is still to come."""
        unread = self._unread
        if unread[0] != "\x1b":
            self._follow(unread[0])
            return 1
        if unread.startswith(_PASTE_BEGINS):
            text, ends, _ = unread[len(_PASTE_BEGINS) :].partition(_PASTE_ENDS)
            if not ends:
                return 0
            self._follow_paste(text)
            return len(_PASTE_BEGINS) + len(text) + len(_PASTE_ENDS)
        for sequence in _SEQUENCES:
            if unread.startswith(sequence):
                return len(sequence)
            if sequence.startswith(unread):
                return 0
        self._stands_still = True
        return 1

    def _follow_paste(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        if not text.replace("\n", "").isprintable():
            self._stands_still = True
        elif not self._stands_still:
            self.text += text

    def _follow(self, key: str) -> None:
        if key == _INTERRUPT:
            self.is_interrupted = True
        elif self._stands_still:
            return
        elif key == _ENTER:
            if self.text.strip():
                self.text = ""
        elif key == _NEW_LINE:
            self.text += key
        elif key == _BACKSPACE:
            self.text = self.text[:-1]
        elif key == _ERASE_LINE and self.line:
            self.text = self.text.removesuffix(self.line)
        elif key.isprintable():
            self.text += key
        else:
            self._stands_still = True
