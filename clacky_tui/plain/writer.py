"""The one way plain mode writes: line after line, and never a byte a terminal would obey."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from typing import TextIO

from clacky_tui.domain.safe_text import sanitize
from clacky_tui.i18n import tr

PROMPT = "> "
_LONGEST_HELD = 80
"""Characters of a word that is still growing; a longer one is written in pieces."""
_WHOLE = re.compile(r".*[\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]", re.S)
"""Up to where a piece ends with a word: at blank space, or a character of a script without it."""


class LineWriter:
    """Writes to `out`; what a model, tool or file said is made safe here and nowhere else.

    Once `out` is gone (a closed pipe, a lost terminal) everything is dropped and `lost` is called.
    """

    def __init__(self, out: TextIO, lost: Callable[[], object]) -> None:
        self._out = out
        self._lost = lost
        self._lock = threading.RLock()
        self._held = ""
        self._is_open = False
        self._is_gone = False

    def line(self, text: str, label: str = "") -> None:
        """One line, `label: ` in front of it; further lines of `text` are indented under a label."""
        label = tr(label)
        first, *rest = sanitize(text).rstrip("\n").split("\n")
        lines = [f"{label}: {first}".rstrip() if label else first]
        lines += [f"  {line}".rstrip() if label else line for line in rest]
        with self._lock:
            self.end_text()
            self._write("\n".join(lines) + "\n")

    def text(self, piece: str) -> None:
        """A piece of running text; a word is written once the whole of it has come."""
        with self._lock:
            self._held += piece
            whole = _WHOLE.match(self._held)
            end = whole.end() if whole else 0
            if len(self._held) - end > _LONGEST_HELD:
                end = len(self._held)
            self._pass_on(self._held[:end])
            self._held = self._held[end:]

    @property
    def holds_back(self) -> bool:
        """Whether a word is not written yet because more of it may come."""
        return bool(self._held)

    def let_go(self) -> None:
        """Write the word that is held back: nothing more has come for a while."""
        with self._lock:
            self._pass_on(self._held)
            self._held = ""

    def end_text(self) -> None:
        """The running text is over: what is held back is written, and the line ends."""
        with self._lock:
            self.let_go()
            if self._is_open:
                self._write("\n")

    @contextlib.contextmanager
    def over_prompt(self, prompting: bool, again: Callable[[], bool]) -> Iterator[None]:
        """Write from a line of its own while the prompt stands, and put that back if it fits still.

        Args:
            prompting: whether the prompt stands.
            again: asked afterwards, whether it is wanted still.
        """
        with self._lock:
            if prompting:
                self._write("\n")
            yield
            if prompting and again():
                self.end_text()
                self._write(PROMPT)
                self._is_open = False

    def _pass_on(self, text: str) -> None:
        if text:
            self._write(sanitize(text))

    def _write(self, safe: str) -> None:
        if self._is_gone or not safe:
            return
        try:
            self._out.write(safe)
            self._out.flush()
        except (OSError, ValueError):
            self._is_gone = True
            with contextlib.suppress(
                OSError, ValueError
            ):  # or the interpreter complains at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            self._lost()
        self._is_open = not safe.endswith("\n")
