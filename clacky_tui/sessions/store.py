"""What a person can do with stored sessions. Everything here blocks: call it in a thread.

A session of OpenClacky is never written to. Whatever changes one imports it first, and the change
goes into the journal. What few of these need is imported in them: `clacky -c` asks for the list before
the first frame.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.errors import SessionError
from clacky_tui.i18n import tr
from clacky_tui.sessions.journal import append_meta
from clacky_tui.sessions.rows import SessionRow

if TYPE_CHECKING:
    from clacky_tui.sessions.search import SearchHit

NAME_CHARACTERS = 200


def list_sessions() -> tuple[SessionRow, ...]:
    """Every session, the newest first.

    Raises:
        OSError: the sessions folder cannot be listed.
    """
    from clacky_tui.sessions.index import SessionIndex  # with sqlite3, which a task does not need

    with SessionIndex() as index:
        return index.rows()


def search_sessions(query: str, limit: int = 50) -> tuple[SearchHit, ...]:
    """Sessions in which every word of `query` occurs, the newest first.

    Raises:
        OSError: the sessions folder cannot be listed.
    """
    from clacky_tui.sessions.index import SessionIndex
    from clacky_tui.sessions.search import search

    with SessionIndex() as index:
        return search(index, query, limit)


def rename(row: SessionRow, name: str) -> None:
    """Give a session a name, also while it is open.

    Raises:
        SessionError: the name is empty, or the session cannot be read.
        OSError: its journal cannot be written.
    """
    words = " ".join(name.split())[:NAME_CHARACTERS]
    if not words:
        raise SessionError(
            tr("A session's name cannot be empty."), hint=tr("Give it at least one word.")
        )
    append_meta(journal_of(row), name=words)


def set_pinned(row: SessionRow, pinned: bool) -> None:
    """Pin a session, which puts it first and keeps it for good, or take the pin off.

    Raises:
        SessionError: the session cannot be read.
        OSError: its journal cannot be written.
    """
    append_meta(journal_of(row), pinned=pinned)


def fork(row: SessionRow) -> Path:
    """Copy a session; returns the copy's journal.

    Raises:
        SessionError: the session cannot be read.
        OSError: a file cannot be read or written.
    """
    from clacky_tui.sessions.fork import fork as copied

    return copied(journal_of(row), datetime.now().astimezone())


def journal_of(row: SessionRow) -> Path:
    """The session's journal, to go on with it or to change it; OpenClacky's is imported first.

    Raises:
        SessionError: the session cannot be read.
        OSError: a file cannot be read or written.
    """
    if row.broken:
        raise SessionError(
            tr("{path} cannot be used: {broken}", path=row.path, broken=row.broken),
            hint=tr("Mend the file, or delete the session."),
        )
    if row.format == "journal":
        return row.path
    from clacky_tui.sessions.openclacky import import_session

    return import_session(row.path, row.path.parent)
