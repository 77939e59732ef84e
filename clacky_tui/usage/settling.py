"""Which copies of a request count, and the sums of those: kept true after every change of the index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from clacky_tui.usage.schema import HOURS, KEY_INDEX

OffsetSql = Callable[[int | None, int | None], str]
"""How far local time is ahead at the column `at`, between two instants; in milliseconds."""


class Settling:
    """What was touched since it was last settled.

    Args:
        db: the index's; every method runs in its transaction.
        offset_sql: of the zone whose hours are kept.
    """

    def __init__(self, db: sqlite3.Connection, offset_sql: OffsetSql) -> None:
        self._db = db
        self._offset_sql = offset_sql
        self.keys: set[int] = set()
        self.groups: set[int] = set()
        self.sources: set[int] = set()

    def is_empty(self) -> bool:
        """Whether nothing is kept yet."""
        return self._db.execute("SELECT 1 FROM entry LIMIT 1").fetchone() is None

    def is_postponed(self) -> bool:
        """Whether copies count until `settle_copies`; an index that was killed meanwhile stays so."""
        made = "SELECT 1 FROM sqlite_master WHERE name = 'entry_key'"
        return self._db.execute(made).fetchone() is None

    def postpone_copies(self) -> None:
        """Let copies count until `settle_copies`, while there is none.

        To look every key of a first index up, in a tree that is made meanwhile of keys that come in
        no order, would take as long as keeping the rows.
        """
        if self.is_empty():
            self._db.execute("DROP INDEX IF EXISTS entry_key")

    def settle_copies(self) -> None:
        """The end of `postpone_copies`, whichever process began it."""
        if self.is_postponed():
            self._db.execute(KEY_INDEX)
            rows = self._db.execute("SELECT key FROM entry GROUP BY key HAVING count(*) > 1")
            self.keys.update(row[0] for row in rows)
            rows = self._db.execute("SELECT DISTINCT grp FROM entry WHERE grp IS NOT NULL")
            self.groups.update(row[0] for row in rows)
            self.settle()

    def settle(self) -> None:
        """Decide which copies count among what was touched, and sum its sources up anew."""
        if not self.is_postponed():
            self._find_copies()
            self._decide_keys()
            self._decide_groups()
        self._sum_up()
        self.forget()

    def forget(self) -> None:
        """Nothing is touched: what was is settled, or has been taken back."""
        for touched in (self.keys, self.groups, self.sources):
            touched.clear()

    def _find_copies(self) -> None:
        self._list_numbers(self.sources)
        rows = self._db.execute(
            "SELECT key FROM entry WHERE source IN (SELECT n FROM temp.touched) AND EXISTS"
            " (SELECT 1 FROM entry copy WHERE copy.key = entry.key AND copy.id != entry.id)"
        )
        self.keys.update(row[0] for row in rows)
        self._list_numbers(self.groups)
        rows = self._db.execute("SELECT key FROM entry WHERE grp IN (SELECT n FROM temp.touched)")
        self.keys.update(row[0] for row in rows)

    def _decide_keys(self) -> None:
        """Of every key the highest rank counts; among equals the first by path and place."""
        self._list_numbers(self.keys)
        rows = self._db.execute(
            "SELECT entry.id, entry.source, entry.key, counts, grp FROM entry"
            " JOIN source ON source.id = entry.source WHERE key IN ("
            "  SELECT key FROM entry WHERE key IN (SELECT n FROM temp.touched)"
            "  GROUP BY key HAVING count(*) > 1 OR min(counts) = 0)"
            " ORDER BY key, rank DESC, path, entry.id"
        )
        flips: list[tuple[int, int]] = []
        last = None
        for row, source, key, counts, group in rows.fetchall():
            first = key != last
            last = key
            if group is not None:
                self.groups.add(group)
            if first != bool(counts):
                flips.append((int(first), row))
                self.sources.add(source)
        self._db.executemany("UPDATE entry SET counts = ? WHERE id = ?", flips)

    def _decide_groups(self) -> None:
        """Of every group only the highest `grp_rank` counts."""
        if not self.groups:
            return
        self._list_numbers(self.groups)
        rows = self._db.execute(
            "SELECT id, source FROM entry WHERE counts AND grp IN (SELECT n FROM temp.touched)"
            " AND grp_rank < (SELECT max(grp_rank) FROM entry best WHERE best.grp = entry.grp)"
        ).fetchall()
        self._db.executemany(
            "UPDATE entry SET counts = 0 WHERE id = ?", ((row[0],) for row in rows)
        )
        self.sources.update(row[1] for row in rows)

    def _sum_up(self) -> None:
        self._list_numbers(self.sources)
        self._db.execute("DELETE FROM hourly WHERE source IN (SELECT n FROM temp.touched)")
        where = "source IN (SELECT n FROM temp.touched)"
        new = self._db.execute(f"SELECT min(at), max(at) FROM entry WHERE {where}").fetchone()
        offset = self._offset_sql(*new)
        self._db.execute("INSERT INTO hourly" + HOURS.format(offset=offset, where=where))

    def _list_numbers(self, numbers: Iterable[int]) -> None:
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS touched(n INTEGER PRIMARY KEY)")
        self._db.execute("DELETE FROM temp.touched")
        # In order they are appended to the tree, which is several times faster.
        self._db.executemany(
            "INSERT OR IGNORE INTO temp.touched VALUES (?)", zip(sorted(numbers), strict=True)
        )
