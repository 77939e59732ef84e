"""Reading other programs' live databases: read-only, with patience, never a copy."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

BUSY_SECONDS = 2.0


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write; rows answer to column names.

    Raises:
        sqlite3.Error: it is no database, or stays locked.
    """
    address = f"file:{quote(str(path))}?mode=ro"
    db = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        db.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # a passing I/O error
        yield db
    finally:
        db.close()


def columns_of(db: sqlite3.Connection, table: str) -> frozenset[str]:
    """The columns of `table`; empty when there is none."""
    return frozenset(row["name"] for row in db.execute(f'PRAGMA table_info("{table}")'))


def beside(path: Path) -> tuple[Path, ...]:
    """The files that change a database's content without touching it."""
    return (path.with_name(path.name + "-wal"),)
