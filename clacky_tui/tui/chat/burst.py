"""Tells a paste from typing where the terminal does not mark pastes: by how fast the keys come."""

from __future__ import annotations

from enum import Enum, auto

BURST_SECONDS = 0.010
"""Nobody types faster (spec/tui-cli.md 6.4)."""


class HeldEnter(Enum):
    """What an Enter that was held back meant."""

    LINE_BREAK = auto()
    SEND = auto()
    NOTHING = auto()
    """It ended a paste, or there was none."""


class BurstWatch:
    """Holds an Enter that came right after another key, until it is clear what it meant.

    Another key right behind makes it a line break of a paste; silence makes it what a person
    pressed, unless lines came before it in the same burst: then it is the end of a paste.
    """

    def __init__(self) -> None:
        self._last_at = float("-inf")
        self._in_burst = False
        self._had_lines = False
        self._holds = False

    def note_key(self, at: float) -> HeldEnter:
        """A key came at `at`, monotonic seconds; what that says of an Enter held before it."""
        self._in_burst = at - self._last_at < BURST_SECONDS
        self._last_at = at
        if self._in_burst and self._holds:
            self._holds = False
            self._had_lines = True
            return HeldEnter.LINE_BREAK
        held = self.settle()
        self._had_lines = self._had_lines and self._in_burst
        return held

    def hold_enter(self) -> bool:
        """True when the key just noted, an Enter, must wait: for the next key, or for `settle`."""
        self._holds = self._in_burst
        return self._holds

    def settle(self) -> HeldEnter:
        """Nothing came right after the Enter held; what it meant."""
        if not self._holds:
            return HeldEnter.NOTHING
        self._holds = False
        return HeldEnter.NOTHING if self._had_lines else HeldEnter.SEND
