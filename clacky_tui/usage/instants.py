"""Times as histories write them, as seconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_MILLISECONDS_FROM = 10**11
"""A greater number counts milliseconds; as seconds it would be the year 5138."""


def instant(value: object) -> float | None:
    """ISO 8601 text (UTC where it names no zone), or a number of seconds or milliseconds.

    None for what is none of these or lies outside 2000 to 2099.
    """
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return None
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else float(value)
    else:
        return None
    return seconds if EARLIEST <= seconds < LATEST else None
