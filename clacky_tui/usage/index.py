"""The index: what was read of every history, which copies count, and sums by the hour.

One SQLite file in the cache folder. Reports read it and nothing else; it can be deleted at any time,
and loses then only what agents have deleted themselves since it was read.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import repeat
from pathlib import Path

import msgspec

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir
from clacky_tui.paths import cache_dir
from clacky_tui.usage.reader import Carry, Found
from clacky_tui.usage.rows import LABEL_COLUMNS, Label, Packed
from clacky_tui.usage.schema import HOURS, NAMES, SCHEMA_VERSION, TABLES
from clacky_tui.usage.settling import Settling
from clacky_tui.usage.zones import local_zone, offset_sql

BUSY_SECONDS = 10.0
CACHE_KB = 4_000
CHECKPOINT_PAGES = 8_000
_LABEL_COLUMNS = ", ".join(LABEL_COLUMNS)
_LABEL_MARKS = ", ".join("?" * len(LABEL_COLUMNS))
_HOUR_MS = 3_600_000
_MOST_OFFSET_HOURS = 26
"""No zone is further from another."""


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A file as it was when it was last read."""

    id: int
    agent: str
    path: str
    kind: str
    stamp: str
    inode: str
    size: int
    offset: int
    head: bytes
    version: int
    state: str
    """ "read", "unreadable", or "gone": no longer on disk, its entries kept."""
    carry: Carry


class ReadSource(msgspec.Struct, frozen=True):
    """What came of reading a file, as a worker hands it over."""

    agent: str
    path: str
    kind: str
    stamp: str
    inode: str
    size: int
    offset: int
    head: bytes
    carry: Carry
    version: int
    rows: Packed
    whole: bool
    """Whether `rows` are all of the file's, or only those behind its last offset."""
    caveats: dict[str, int]
    facts: dict[str, int]
    bytes_read: int = 0
    error: str = ""
    """Why it could not be read; then what was known of it stays."""


def default_index_path() -> Path:
    """Where this user's index lies."""
    return cache_dir() / "usage.sqlite"


class UsageIndex:
    """Blocks on the disk: call it from a thread. One writer at a time; readers are never kept waiting.

    Args:
        path: the file; its folder is made.
        zone: whose hours the sums are kept in; None is the machine's.

    Raises:
        OSError: the folder cannot be made.
        sqlite3.Error: the file cannot be opened, and is no damaged index that can be made anew.
    """

    def __init__(self, path: Path, zone: tzinfo | None = None) -> None:
        make_private_dir(path.parent)
        self.path = path
        self.zone = zone or local_zone()
        self._texts: dict[str, int] = {}
        try:
            self._db = self._opened()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.replace(path.with_name(path.name + ".damaged"))
            for companion in ("-wal", "-shm"):
                path.with_name(path.name + companion).unlink(missing_ok=True)
            self._db = self._opened()
        self._settling = Settling(self._db, lambda *ends: self.offset_sql(self.zone, *ends))

    def _opened(self) -> sqlite3.Connection:
        self.path.touch(mode=PRIVATE_FILE_MODE)
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
            # The keys of a first index come in no order: their tree should stay in memory.
            f"PRAGMA cache_size=-{CACHE_KB}; PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES};"
        )
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            with _transaction(db):
                _empty(db)
                for statement in TABLES.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        return db

    def close(self) -> None:
        self._db.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """For the report engine, which only reads."""
        return self._db

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; what it has added is settled at its end, so readers never see halves."""
        with _transaction(self._db):
            self._texts.clear()
            self._settling.forget()
            yield
            self._settling.settle()

    @contextlib.contextmanager
    def loading(self) -> Iterator[None]:
        """Around many `writing`: in a first index, copies in other files count until its end."""
        if self._settling.is_empty():
            with _transaction(self._db):
                self._settling.postpone_copies()
        try:
            yield
        finally:
            if self._settling.is_postponed():
                with _transaction(self._db):
                    self._settling.settle_copies()

    # --- what is known -----------------------------------------------------------------------

    def sources(self, agent: str | None = None) -> dict[tuple[str, str], KnownSource]:
        """Every known file by agent and path."""
        rows = self._db.execute(
            "SELECT id, agent, path, kind, stamp, inode, size, offset, head, version, state, carry"
            " FROM source WHERE ?1 IS NULL OR agent = ?1",
            (agent,),
        )
        found: dict[tuple[str, str], KnownSource] = {}
        for row in rows:
            fields = (*row[:-1], json.loads(row[-1]))
            known = KnownSource(*fields)
            found[known.agent, known.path] = known
        return found

    def found(self, agent: str) -> Found:
        """What there is of `agent`, for its reader's verdict."""
        kinds: dict[str, int] = {}
        facts: dict[str, int] = {}
        sources = unreadable = 0
        rows = self._db.execute("SELECT kind, state, facts FROM source WHERE agent = ?", (agent,))
        for kind, state, counted in rows:
            sources += 1
            unreadable += state == "unreadable"
            kinds[kind] = kinds.get(kind, 0) + 1
            for name, times in json.loads(counted).items():
                facts[name] = facts.get(name, 0) + times
        entries, lower_bounds, first_at = self._db.execute(
            "SELECT coalesce(sum(entries), 0),"
            " coalesce(sum(iif(confidence = 'lower-bound', entries, 0)), 0), min(first_at)"
            " FROM hourly JOIN source ON source.id = hourly.source WHERE agent = ?",
            (agent,),
        ).fetchone()
        return Found(sources, unreadable, entries, lower_bounds, first_at, facts, kinds)

    def caveats(self, agent: str) -> dict[str, int]:
        """What was wrong in the agent's files, each with how often; unreadable files by reason."""
        total: dict[str, int] = {}
        rows = self._db.execute("SELECT caveats, error FROM source WHERE agent = ?", (agent,))
        for noted, error in rows:
            for name, times in json.loads(noted).items():
                total[name] = total.get(name, 0) + times
            if error:
                total[error] = total.get(error, 0) + 1
        return total

    def refreshed_at(self) -> float | None:
        """When a refresh last came to its end, in seconds since the epoch; None when none did."""
        row = self._db.execute("SELECT value FROM meta WHERE name = 'refreshed'").fetchone()
        return float(row[0]) if row else None

    def note_refreshed(self) -> None:
        """Remember that everything there is now has been read."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('refreshed', ?)", (str(time.time()),))

    # --- writing, inside of `writing` -----------------------------------------------------------

    def put(self, read: ReadSource) -> None:
        """Take over what was read of a file; its older entries go where `whole`."""
        source = self._db.execute(
            "INSERT INTO source(agent, path, kind, stamp, inode, size, offset, head, carry, version,"
            " state, error, caveats, facts) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT(agent, path) DO UPDATE SET kind=excluded.kind, stamp=excluded.stamp,"
            " inode=excluded.inode, size=excluded.size, offset=excluded.offset, head=excluded.head,"
            " carry=excluded.carry, version=excluded.version, state=excluded.state,"
            " error=excluded.error, caveats=excluded.caveats, facts=excluded.facts RETURNING id",
            (
                read.agent,
                read.path,
                read.kind,
                read.stamp,
                read.inode,
                read.size,
                read.offset,
                read.head,
                json.dumps(read.carry),
                read.version,
                "unreadable" if read.error else "read",
                read.error,
                json.dumps(self._added(read, "caveats", read.caveats)),
                json.dumps(self._added(read, "facts", read.facts)),
            ),
        ).fetchone()[0]
        if read.error:
            return
        if read.whole:
            self._take_out(source)
        self._add_rows(source, self._labelled(source, read), read.rows)
        self._settling.sources.add(source)

    def moved(self, source: KnownSource, path: str) -> None:
        """The file is now called `path`, and is otherwise the same."""
        self._db.execute(
            "UPDATE source SET path = ?, state = 'read' WHERE id = ?", (path, source.id)
        )

    def gone(self, sources: Iterable[KnownSource]) -> None:
        """These files are no longer on disk. What was read of them stays."""
        self._db.executemany(
            "UPDATE source SET state = 'gone' WHERE id = ?", ((each.id,) for each in sources)
        )

    def forget(self, agent: str) -> None:
        """Take out everything of `agent`, what its deleted files held too."""
        rows = self._db.execute("SELECT id FROM source WHERE agent = ?", (agent,)).fetchall()
        for (source,) in rows:
            self._take_out(source)
            self._db.execute("DELETE FROM hourly WHERE source = ?", (source,))
            self._db.execute("DELETE FROM source WHERE id = ?", (source,))
            self._settling.sources.discard(source)

    def _added(self, read: ReadSource, column: str, new: Mapping[str, int]) -> dict[str, int]:
        """`new` on top of what was noted of the part of a file that was not read again."""
        if read.whole and not read.error:
            return dict(new)
        row = self._db.execute(
            f"SELECT {column} FROM source WHERE agent = ? AND path = ?", (read.agent, read.path)
        ).fetchone()
        total: dict[str, int] = json.loads(row[0]) if row else {}
        for name, times in new.items():
            total[name] = total.get(name, 0) + times
        return total

    def _take_out(self, source: int) -> None:
        rows = self._db.execute("SELECT key, grp FROM entry WHERE source = ?", (source,))
        for key, group in rows:
            self._settling.keys.add(key)
            if group is not None:
                self._settling.groups.add(group)
        self._db.execute("DELETE FROM entry WHERE source = ?", (source,))
        self._db.execute("DELETE FROM label WHERE source = ?", (source,))

    def _labelled(self, source: int, read: ReadSource) -> list[int]:
        """The ids of the labels of what was read; those that the file has already stay."""
        known: dict[Label, int] = {}
        if not read.whole:
            for row in self._db.execute(
                f"SELECT id, {_LABEL_COLUMNS} FROM label WHERE source = ?", (source,)
            ):
                known[row[1:]] = row[0]
        ids = []
        for label in read.rows.labels:
            numbered = (*map(self._number, label[: len(NAMES)]), *label[len(NAMES) :])
            if numbered not in known:
                cursor = self._db.execute(
                    f"INSERT INTO label(source, {_LABEL_COLUMNS}) VALUES (?, {_LABEL_MARKS})",
                    (source, *numbered),
                )
                assert cursor.lastrowid is not None
                known[numbered] = cursor.lastrowid
            ids.append(known[numbered])
        return ids

    def _add_rows(self, source: int, labels: Sequence[int], rows: Packed) -> None:
        """What all rows have in common is said in the statement: every value bound costs time."""
        names = ("source", "label", "counts", *rows.fixed, *rows.varying)
        fixed = ("NULL" if value is None else str(value) for value in rows.fixed.values())
        values = ("?", "?", "1", *fixed, *("?" * len(rows.varying)))
        self._db.executemany(
            f"INSERT INTO entry({', '.join(names)}) VALUES ({', '.join(values)})",
            zip(repeat(source), map(labels.__getitem__, rows.places), *rows.varying.values()),
        )
        groups = {rows.fixed.get("grp"), *rows.varying.get("grp", ())}
        self._settling.groups.update(groups - {None})

    def _number(self, text: str | None) -> int | None:
        if text is None:
            return None
        number = self._texts.get(text)
        if number is None:
            row = self._db.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
            if row is None:
                insert = "INSERT INTO name(text) VALUES (?) RETURNING id"
                row = self._db.execute(insert, (text,)).fetchone()
            number = self._texts[text] = int(row[0])
        return number

    # --- hours ---------------------------------------------------------------------------------

    def offset_sql(self, zone: tzinfo, first: int | None = None, last: int | None = None) -> str:
        """How far `zone` is ahead of UTC at the column `at`, from `first` to `last` and over all that
        is summed up; in milliseconds."""
        hours = self._db.execute(
            "SELECT (SELECT min(hour) FROM hourly), (SELECT max(hour) FROM hourly)"
        ).fetchone()
        ends = [hour * _HOUR_MS for hour in hours if hour is not None]
        if ends:
            ends = [
                ends[0] - _MOST_OFFSET_HOURS * _HOUR_MS,
                ends[1] + _MOST_OFFSET_HOURS * _HOUR_MS,
            ]
        ends += [at for at in (first, last) if at is not None]
        ends = ends or [round(time.time() * 1000)]
        return offset_sql(min(ends), max(ends), zone)

    def hourly_sql(self, zone: tzinfo) -> str:
        """What selects the rows of `hourly` as they would be in another zone."""
        return HOURS.format(offset=self.offset_sql(zone), where="1")

    def keep_sums_in(self, zone: tzinfo, name: str) -> None:
        """Sum everything up anew when the hours were those of another zone than `name`."""
        row = self._db.execute("SELECT value FROM meta WHERE name = 'zone'").fetchone()
        if row is not None and row[0] == name:
            return
        self.zone = zone
        with self.writing():
            self._settling.sources.update(
                row[0] for row in self._db.execute("SELECT id FROM source")
            )
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('zone', ?)", (name,))


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _empty(db: sqlite3.Connection) -> None:
    """Drop what an index of another version consists of."""
    made = "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')"
    for kind, name in db.execute(f"{made} AND name NOT LIKE 'sqlite_%'").fetchall():
        db.execute(f"DROP {kind} {name}")
