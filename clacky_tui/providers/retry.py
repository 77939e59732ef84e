"""How long to wait before a failed request is sent again; the loop that waits is the agent's."""

from __future__ import annotations

from collections.abc import Callable

MAX_ATTEMPTS = 10
"""How often one request is sent at most, the first time included (spec/agent-core.md 2.9)."""

BASE_WAIT_SECONDS = 1.0
MAX_WAIT_SECONDS = 30.0
MAX_RETRY_AFTER_SECONDS = 120.0


def retry_wait_seconds(
    attempt: int, retry_after_seconds: float | None, jitter: Callable[[], float]
) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1).

    What the server asked for wins, up to two minutes. Otherwise the wait doubles from one second to
    thirty, and `jitter` (0 to 1, e.g. `random.random`) takes up to half of it off, so that clients
    which failed together do not come back together.
    """
    if retry_after_seconds is not None and retry_after_seconds > 0:
        return min(retry_after_seconds, MAX_RETRY_AFTER_SECONDS)
    # The exponent is bounded before it is used: two to a large power is a very long integer.
    doublings = min(max(attempt, 1) - 1, 10)
    wait_seconds = min(BASE_WAIT_SECONDS * 2.0**doublings, MAX_WAIT_SECONDS)
    return wait_seconds * (1 - jitter() / 2)
