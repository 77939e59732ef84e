"""The SQLite file under the session index: its tables, and what to do when it cannot be used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir

VERSION = 2
"""Goes up with any change of the tables or of what is read; an index of another version is remade."""
BUSY_SECONDS = 30.0

_TABLES = (
    """CREATE TABLE session (
        path TEXT PRIMARY KEY, inode INTEGER, size INTEGER, mtime_ns INTEGER,
        read_to INTEGER, guard BLOB, facts TEXT,
        id TEXT, name TEXT, created REAL, updated REAL, working_dir TEXT, model TEXT,
        tasks INTEGER, cost TEXT, requests INTEGER, unpriced INTEGER,
        pinned INTEGER, simulated INTEGER, source TEXT, branches INTEGER, broken TEXT)""",
    """CREATE TABLE said (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL, byte INTEGER, role TEXT, text TEXT NOT NULL)""",
    "CREATE INDEX said_path ON said (path)",
)
_TEXT_SEARCH = (
    """CREATE VIRTUAL TABLE said_text USING fts5 (
        text, content='said', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER said_added AFTER INSERT ON said BEGIN
        INSERT INTO said_text (rowid, text) VALUES (new.id, new.text); END""",
    """CREATE TRIGGER said_removed AFTER DELETE ON said BEGIN
        INSERT INTO said_text (said_text, rowid, text) VALUES ('delete', old.id, old.text); END""",
)
_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
"""Errors that say nothing against what the file holds."""


def open_database(file: Path) -> sqlite3.Connection:
    """The index at `file`, made or remade where needed; in memory where `file` cannot be used."""
    try:
        make_private_dir(file.parent)
        return _connected(str(file))
    except sqlite3.DatabaseError as error:
        return replace_database(file, error)
    except OSError:
        return _connected(":memory:")


def replace_database(file: Path, error: sqlite3.DatabaseError) -> sqlite3.Connection:
    """An empty index after `error`: in place of `file` when that is damaged, else in memory."""
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOTADB) & 0xFF in _UNUSABLE:
        return _connected(":memory:")
    try:
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        return _connected(str(file))
    except (OSError, sqlite3.DatabaseError):
        return _connected(":memory:")


def has_text_search(db: sqlite3.Connection) -> bool:
    """Whether this SQLite could make the table of trigrams."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'said_removed'"
    return db.execute(query).fetchone() is not None


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction that no other process can get between."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _connected(file: str) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        if file != ":memory:":
            Path(file).chmod(PRIVATE_FILE_MODE)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if _version(db) != VERSION:
            _make_tables(db)
    except BaseException:
        db.close()
        raise
    return db


def _make_tables(db: sqlite3.Connection) -> None:
    with writing(db):
        if _version(db) == VERSION:
            return  # another process was faster
        for name in ("said_text", "said", "session"):
            db.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _TABLES:
            db.execute(statement)
        with suppress(sqlite3.OperationalError):
            # SQLite before 3.34 has no trigrams; a search then reads all text.
            for statement in _TEXT_SEARCH:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
