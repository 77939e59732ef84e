"""Pieces of a reply that are read in one turn of the loop go out as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from clacky_tui import events

_Delta = type[events.TextDelta] | type[events.ReasoningDelta]


class JoinedPieces:
    """Joins neighbouring pieces of a kind and emits them before anything else in the loop has its turn.

    A server that is faster than its reader has hundreds of pieces ready; an event for each took the
    agent, and the screen beside it, most of their time. Nothing waits: a piece that comes alone is
    emitted alone.

    Args:
        emit: takes the events.
    """

    def __init__(self, emit: Callable[[events.Event], None]) -> None:
        self._emit = emit
        self._kind: _Delta = events.TextDelta
        self._pieces: list[str] = []
        self._is_due = False

    def add(self, kind: _Delta, text: str) -> None:
        """One more piece; what another kind left is emitted first."""
        if kind is not self._kind:
            self.flush()
            self._kind = kind
        self._pieces.append(text)
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._take_turn)

    def flush(self) -> None:
        """Emit what is there, before the event that follows it."""
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            self._emit(self._kind(text=text))

    def _take_turn(self) -> None:
        self._is_due = False
        self.flush()
