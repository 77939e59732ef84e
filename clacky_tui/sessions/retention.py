"""Keeping the sessions folder small: the newest stay, pinned ones always, the rest goes to the bin."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from clacky_tui import paths
from clacky_tui.errors import SessionError
from clacky_tui.sessions.folder import scan
from clacky_tui.sessions.index import SessionIndex
from clacky_tui.sessions.recycle_bin import delete, purge_old
from clacky_tui.sessions.rows import SessionRow

MAX_SESSIONS = 200


def tidy(now: datetime, max_sessions: int | None = MAX_SESSIONS) -> tuple[SessionRow, ...]:
    """Move surplus sessions to the bin and purge what lay there for long; returns what was moved.

    Sessions that are pinned, open or unreadable stay. So do OpenClacky's, which it keeps itself. A
    failure leaves a session where it is: it never stands in the way of saving one. Blocking.

    Args:
        now: aware time.
        max_sessions: None keeps all.
    """
    moved: list[SessionRow] = []
    with suppress(OSError):
        for row in _surplus(max_sessions):
            with suppress(OSError, SessionError):
                delete(row)
                moved.append(row)
        purge_old(now)
    return tuple(moved)


def _surplus(max_sessions: int | None) -> list[SessionRow]:
    # Counting files is cheap; the index is only brought up to date where one may have to go.
    if max_sessions is None or len(scan(paths.sessions_dir())) <= max_sessions:
        return []
    with SessionIndex() as index:
        return surplus_of(index.rows(), max_sessions)


def surplus_of(rows: Sequence[SessionRow], max_sessions: int | None) -> list[SessionRow]:
    """The sessions that are too many.

    Args:
        rows: the newest first.
        max_sessions: how many that are not pinned stay; None keeps all.
    """
    if max_sessions is None:
        return []
    own = [row for row in rows if row.format == "journal" and not row.pinned and not row.broken]
    return own[max_sessions:]
