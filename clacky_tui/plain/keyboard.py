"""Lines from the person, with readline's editing and history where there is a terminal."""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Literal

from clacky_tui.plain.writer import PROMPT

_PASTE_SECONDS = 0.02
"""Lines that follow each other faster than this were pasted."""


class Keyboard:
    """Standard input.

    Readline is told that the terminal is dumb: then its editing uses no escape sequence either.
    """

    def __init__(self) -> None:
        self.is_terminal = sys.stdin.isatty()
        self._readline: ModuleType | None = None
        if self.is_terminal and sys.stdout.isatty():
            with _dumb_terminal(), contextlib.suppress(ImportError):
                self._readline = _set_up(importlib.import_module("readline"))

    def remember(self, texts: Iterable[str]) -> None:
        """Let the arrow keys bring `texts` back, the last one first; those of several lines stay out."""
        if self._readline is not None:
            for text in texts:
                if "\n" not in text:
                    self._readline.add_history(text)

    @property
    def typed(self) -> str:
        """What stands on the line that is being asked for; empty where that cannot be known."""
        return self._readline.get_line_buffer() if self._readline is not None else ""

    def ask(self, prompt: str = PROMPT) -> str:
        """One line.

        Raises:
            EOFError: there will be no more.
            KeyboardInterrupt: the person pressed Ctrl+C.
        """
        return input(prompt)

    def pasted(self) -> str:
        """What came together with the line just read, further lines of it; empty when typed."""
        rest = ""
        while self.is_terminal and select.select([0], [], [], _PASTE_SECONDS)[0]:
            piece = self.take()
            if not piece:
                break
            rest += piece
        return rest.replace("\r\n", "\n").replace("\r", "\n")

    def wait(self, wake: int, seconds: float | None = None) -> Literal["line", "wake"] | None:
        """Wait until a line has been typed or `wake` can be read; None when neither came in time.

        Only a terminal is listened to: what comes through a pipe is read when it is asked for.
        """
        listened = [0, wake] if self.is_terminal else [wake]
        ready, _, _ = select.select(listened, [], [], seconds)
        if wake in ready:
            os.read(wake, 4096)
        if 0 in ready:
            return "line"
        return "wake" if ready else None

    def take(self) -> str:
        """What was typed without being asked for, whole lines as a rule; empty at the end of input."""
        return os.read(0, 65536).decode(sys.stdin.encoding or "utf-8", "replace")


@contextlib.contextmanager
def _dumb_terminal() -> Iterator[None]:
    kept = os.environ.get("TERM")
    os.environ["TERM"] = "dumb"
    try:
        yield
    finally:
        if kept is None:
            del os.environ["TERM"]
        else:
            os.environ["TERM"] = kept


def _set_up(readline: ModuleType) -> ModuleType:
    if "libedit" not in (readline.__doc__ or ""):
        readline.parse_and_bind("set enable-bracketed-paste off")
        readline.parse_and_bind("set bell-style none")
    readline.set_auto_history(False)
    return readline
