"""The time left until the provider's cache expires: how it reads, and when to look again."""

from __future__ import annotations

from datetime import datetime

LAST_MINUTE_SECONDS = 60
_LAST_MINUTE_STEP_SECONDS = 10
_SHORTEST_WAIT_SECONDS = 0.5
"""A timer that fires a moment early would otherwise be set again for that moment."""

COLD = "cold"


def local_now() -> datetime:
    """The present moment in the local zone. A wall clock: caches expire while a machine sleeps."""
    return datetime.now().astimezone()


def seconds_left(expires_at: datetime, now: datetime) -> float:
    """Seconds until `expires_at`, 0 once it has passed."""
    return max(0.0, (expires_at - now).total_seconds())


def format_left(seconds: float) -> str:
    """``4:12``, ``59:03``, or ``cold`` when nothing is left."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}" if whole else COLD


def seconds_to_next_look(left_seconds: float) -> float | None:
    """How long the words stay true enough: to the next full minute, in the last one to the next ten
    seconds; None when the cache is cold and nothing changes any more."""
    if not round(left_seconds):
        return None
    step = (
        _LAST_MINUTE_STEP_SECONDS
        if left_seconds <= LAST_MINUTE_SECONDS + _SHORTEST_WAIT_SECONDS
        else LAST_MINUTE_SECONDS
    )
    return max(_SHORTEST_WAIT_SECONDS, left_seconds % step or step)
