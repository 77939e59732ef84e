"""Noticing that the model makes the same calls over and over (spec/agent-core.md 1.11)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from clacky_tui.domain.messages import ToolCall
from clacky_tui.i18n import tr_noop

REMEMBERED_CALLS = 8

STOP: Final = "stop"
"""The model was told three times and goes on: end the task."""

STOPPED_TEXT = tr_noop(
    "The model repeats the same calls and gets the same results; the task was stopped."
)
STOPPED_HINT = tr_noop(
    "Say what it should do differently, or ask for its answer from what it has found."
)

_NOTICES = (
    "[SYSTEM] You have made this call before with the same arguments; its result is already in the "
    "conversation. Work with it, or call something else.",
    "[SYSTEM] Warning: you keep repeating calls whose results you have. Another repetition brings "
    "nothing new: change the approach, or answer from what you know.",
    "[SYSTEM] Critical: you are going in circles. Make no further tool call; answer now with what "
    "you "
    "have found, and say what is missing.",
)


class LoopGuard:
    """Watches the calls of one task, batch by batch. It never stops a call from running."""

    def __init__(self) -> None:
        self._seen: deque[str] = deque(maxlen=REMEMBERED_CALLS)
        self._streak = 0

    def observe(self, calls: Iterable[ToolCall]) -> str | None:
        """Take in one reply's calls.

        Returns:
            A notice to put after their results, `STOP`, or None while nothing is repeated.
        """
        signatures = [signature(call) for call in calls]
        repeated = any(known in self._seen for known in signatures)
        self._streak = self._streak + 1 if repeated else 0
        self._seen.extend(signatures)
        if not self._streak:
            return None
        return _NOTICES[self._streak - 1] if self._streak <= len(_NOTICES) else STOP


def signature(call: ToolCall) -> str:
    """Equal for calls that ask for the same: key order and spacing of the arguments do not count."""
    try:
        arguments = json.dumps(_canonical(json.loads(call.arguments)), sort_keys=True)
    except (ValueError, RecursionError):
        arguments = call.arguments
    return f"{call.name}:{arguments}"


def _canonical(value: Any) -> Any:
    """`value` with its scalars as text: models write 5 and "5" for the same thing."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return str(value)
