"""The index of all sessions: what a list shows and a full-text search needs, in one SQLite file.

It only repeats what the sessions' files say, so it may be deleted at any time. A file is known by inode,
size and time of change; one that grew is read on from where it ended, one that changed otherwise
is read anew. Where the cache folder cannot be written, the index lives in memory while it is open.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, TypeVar

from clacky_tui import paths
from clacky_tui.errors import SessionError
from clacky_tui.i18n import phrase
from clacky_tui.sessions.facts import Facts
from clacky_tui.sessions.folder import SessionFile, scan
from clacky_tui.sessions.index_database import open_database, replace_database, writing
from clacky_tui.sessions.reader import fallback_id, fallback_time
from clacky_tui.sessions.records import Record, event_of, moment, read_lines, word
from clacky_tui.sessions.rows import SessionRow

BATCH_FILES = 50
"""Read within one transaction, so that another process waits a moment only."""
GUARD_BYTES = 64

_SAID = {
    "task.started": "user",
    "steer.accepted": "user",
    "feedback.answered": "user",
    "text.done": "assistant",
    "feedback.asked": "assistant",
}
"""Events with words of the person or the model, and whose they are."""

_ROWS = """
SELECT path, created, updated, cost, id, name, working_dir, model, tasks, requests, unpriced, pinned,
    simulated, source, branches, broken
FROM session ORDER BY updated DESC, created DESC"""

_T = TypeVar("_T")


class SessionIndex:
    """Opened for one question or a few. Blocking; use it within one thread.

    Args:
        folder: the sessions; the user's by default.
        file: the database; in the user's cache folder by default.
    """

    def __init__(self, folder: Path | None = None, file: Path | None = None) -> None:
        self.folder = folder or paths.sessions_dir()
        self._file = file or paths.cache_dir() / "sessions.sqlite3"
        self._db = open_database(self._file)

    def __enter__(self) -> SessionIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def rows(self) -> tuple[SessionRow, ...]:
        """Every session as its file is now, the newest first; only changed files are read.

        Raises:
            OSError: the sessions folder cannot be listed.
        """
        files = scan(self.folder)
        self.ask(lambda db: self._update(db, files))
        stored = self.ask(lambda db: db.execute(_ROWS).fetchall())
        by_path = {file.key: file for file in files}
        return tuple(_row(by_path[path], *rest) for path, *rest in stored if path in by_path)

    def ask(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        """The answer of the database; of a new one when this one turns out to be damaged."""
        try:
            return question(self._db)
        except sqlite3.DatabaseError as error:
            self._db.close()
            self._db = replace_database(self._file, error)
            self._update(self._db, scan(self.folder))
            return question(self._db)

    def _update(self, db: sqlite3.Connection, files: Sequence[SessionFile]) -> None:
        cursor = db.execute("SELECT path, inode, size, mtime_ns FROM session")
        known = {path: tuple(print_) for path, *print_ in cursor}
        stale = [file for file in files if known.get(file.key) != _fingerprint(file)]
        gone = known.keys() - {file.key for file in files}
        for start in range(0, len(stale), BATCH_FILES):
            with writing(db):
                for file in stale[start : start + BATCH_FILES]:
                    _read(db, file)
        if gone:
            with writing(db):
                for path in gone:
                    _forget(db, path)


def _fingerprint(file: SessionFile) -> tuple[int, int, int]:
    return file.inode, file.size, file.mtime_ns


def _read(db: sqlite3.Connection, file: SessionFile) -> None:
    """Take in what is new in `file`, unless another process has done so meanwhile."""
    path = file.key
    try:
        if file.path.suffix == ".json":
            _read_document(db, file)
        else:
            _read_journal(db, file)
    except FileNotFoundError:
        _forget(db, path)
    except SessionError as error:
        _forget(db, path)
        _store(db, file, Facts(), broken=error.message)
    except OSError as error:
        _forget(db, path)
        # Without a size, so that it is tried again: permissions change no fingerprint.
        _store(
            db,
            file,
            Facts(),
            broken=phrase("cannot be read: {strerror}", strerror=error.strerror),
            size=-1,
        )


def _read_journal(db: sqlite3.Connection, file: SessionFile) -> None:
    path = file.key
    query = "SELECT inode, size, mtime_ns, read_to, guard, facts FROM session WHERE path = ?"
    row = db.execute(query, (path,)).fetchone()
    if row and row[:3] == _fingerprint(file):
        return
    with file.path.open("rb") as journal:
        facts, read_to = Facts(), 0
        grown = row and row[0] == file.inode and row[1] < file.size
        if grown and row[4] == _guard(journal, row[3]):
            facts, read_to = Facts.from_json(json.loads(row[5])), row[3]
        else:
            _forget(db, path)
        for line in read_lines(journal, read_to):
            if not line.whole:
                break
            if line.record is not None:
                facts.take(line.record)
                _note(db, path, line.offset, line.record)
            read_to = line.end
        broken = "" if facts.id else phrase("no event of a session can be read in it")
        _store(db, file, facts, broken=broken, read_to=read_to, guard=_guard(journal, read_to))


def _read_document(db: sqlite3.Connection, file: SessionFile) -> None:
    from clacky_tui.sessions.openclacky import openclacky_records

    _forget(db, file.key)
    facts = Facts()
    for record in openclacky_records(file.path):
        facts.take(record)
        _note(db, file.key, 0, record)
    _store(db, file, facts)


def _guard(journal: IO[bytes], read_to: int) -> bytes:
    """The bytes before `read_to`: as long as they are the same, a longer file has only grown."""
    start = max(0, read_to - GUARD_BYTES)
    journal.seek(start)
    return journal.read(read_to - start)


def _note(db: sqlite3.Connection, path: str, byte: int, record: Record) -> None:
    event = event_of(record)
    role = _SAID.get(word(event.get("kind")))
    text = word(event.get("text")) or word(event.get("question"))
    if role and text:
        db.execute(
            "INSERT INTO said (path, byte, role, text) VALUES (?, ?, ?, ?)",
            (path, byte, role, storable(text)),
        )


def _store(
    db: sqlite3.Connection,
    file: SessionFile,
    facts: Facts,
    *,
    broken: str = "",
    size: int | None = None,
    read_to: int = 0,
    guard: bytes = b"",
) -> None:
    created_at = moment(facts.created_at) or fallback_time(file.path)
    updated_at = moment(facts.updated_at) or created_at
    totals = facts.totals
    cost = None if broken else totals.known_cost
    columns = {
        "path": file.key,
        "inode": file.inode,
        "size": file.size if size is None else size,
        "mtime_ns": file.mtime_ns,
        "read_to": read_to,
        "guard": guard,
        "facts": json.dumps(facts.to_json()),
        "id": facts.id or fallback_id(file.path),
        "name": facts.name,
        "created": created_at.timestamp(),
        "updated": updated_at.timestamp(),
        "working_dir": facts.working_dir,
        "model": facts.model,
        "tasks": facts.tasks,
        "cost": None if cost is None else format(cost, "f"),
        "requests": totals.requests,
        "unpriced": totals.unpriced,
        "pinned": facts.pinned,
        "simulated": facts.only_pretended,
        "source": facts.source,
        "branches": facts.branches,
        "broken": broken,
    }
    values = [storable(v) if isinstance(v, str) else v for v in columns.values()]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    db.execute(f"INSERT OR REPLACE INTO session ({names}) VALUES ({marks})", values)


def _forget(db: sqlite3.Connection, path: str) -> None:
    db.execute("DELETE FROM said WHERE path = ?", (path,))
    db.execute("DELETE FROM session WHERE path = ?", (path,))


def storable(text: str) -> str:
    """`text` without lone surrogates and NUL, at which SQLite would fail or stop."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def _row(
    file: SessionFile, created: float, updated: float, cost: str | None, *stored: Any
) -> SessionRow:
    id_, name, working_dir, model, tasks, requests, unpriced, pinned, *more = stored
    simulated, source, branches, broken = more
    return SessionRow(
        path=file.path,
        format="openclacky" if file.path.suffix == ".json" else "journal",
        id=id_,
        name=name,
        created_at=datetime.fromtimestamp(created, UTC).astimezone(),
        updated_at=datetime.fromtimestamp(updated, UTC).astimezone(),
        working_dir=working_dir,
        model=model,
        tasks=tasks,
        cost=None if cost is None else Decimal(cost),
        requests=requests,
        unpriced=unpriced,
        size_bytes=file.total_bytes,
        pinned=bool(pinned),
        simulated=bool(simulated),
        source=source,
        branches=branches,
        broken=broken,
    )
