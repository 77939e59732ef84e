"""The ledger: one append-only file of records per month, ``YYYY-MM.jsonl`` (spec/agent-core.md 6.3)."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import BinaryIO

from clacky_tui.billing.record import NotARecordError, UsageRecord, from_line, to_line
from clacky_tui.domain.money import exact_sum
from clacky_tui.files import append_line
from clacky_tui.paths import billing_dir

_MONTH_FILE = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])\.jsonl")

_MISFILED = timedelta(days=2)
"""How far a record's time may lie outside its file's month: OpenClacky files by the time of writing,
and the person may have travelled to another time zone since."""


@dataclass(frozen=True, slots=True)
class LedgerRead:
    """What a query found: records oldest first, and what could not be read."""

    records: tuple[UsageRecord, ...]
    skipped_lines: int = 0
    """Lines in the files looked at that are torn or corrupt; blank ones are not counted."""
    unreadable: tuple[Path, ...] = ()


_TAIL_BYTES = 256
"""Enough of a line to tell an appended file from a rewritten one."""


@dataclass(frozen=True, slots=True)
class _Lines:
    records: tuple[UsageRecord, ...] = ()
    skipped: int = 0

    def __add__(self, later: _Lines) -> _Lines:
        return _Lines(self.records + later.records, self.skipped + later.skipped)


@dataclass(frozen=True, slots=True)
class _ParsedFile:
    """A file as read so far: `ended` are its lines up to byte `ended_bytes`, before which `tail`
    stands; `open_line` is what follows the last newline, and is read again with what comes after it."""

    version: tuple[int, int, int]
    """Inode, modification time in ns and size in bytes."""
    ended_bytes: int
    tail: bytes
    ended: _Lines
    open_line: _Lines


class Ledger:
    """The records in one folder. An unchanged file is not read again, an appended one only at its end.

    All methods block on the disk: call them from a thread, not from the event loop.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parsed: dict[Path, _ParsedFile] = {}

    def append(self, record: UsageRecord) -> UsageRecord:
        """Write `record` to the file of its local month and wait for the disk.

        Returns:
            What was written: `record`, with an id if it had none.

        Raises:
            OSError: the folder cannot be written to, or the disk is full.
        """
        if not record.id:
            record = replace(record, id=str(uuid.uuid4()))
        month = record.timestamp.astimezone().strftime("%Y-%m")
        append_line(self.folder / f"{month}.jsonl", to_line(record), sync=True)
        return record

    def read(self, since: datetime | None = None, until: datetime | None = None) -> LedgerRead:
        """Records from `since` up to but not including `until` (both aware; None is open).

        A folder that does not exist yet is an empty ledger. Month files outside the range are not opened.
        """
        records: list[UsageRecord] = []
        skipped_lines = 0
        unreadable: list[Path] = []
        try:
            files = sorted(path for path in self.folder.iterdir() if _may_hold(path, since, until))
        except FileNotFoundError:
            return LedgerRead(())
        except OSError:
            return LedgerRead((), unreadable=(self.folder,))
        for path in files:
            try:
                parsed = self._parse(path)
            except OSError:
                unreadable.append(path)
                continue
            lines = parsed.ended + parsed.open_line
            skipped_lines += lines.skipped
            records += (r for r in lines.records if _within(r.timestamp, since, until))
        records.sort(key=lambda record: record.timestamp)
        return LedgerRead(tuple(records), skipped_lines, tuple(unreadable))

    def spent(
        self,
        since: datetime,
        until: datetime | None = None,
        *,
        counts: Callable[[UsageRecord], bool] | None = None,
    ) -> Decimal:
        """Exact USD of the priced records from `since` up to but not including `until` (both aware).

        Args:
            since: the first instant.
            until: the end; None is open.
            counts: which records to add up; None adds all.

        Raises:
            OSError: a file of that time cannot be read, so the sum would be too low.
        """
        read = self.read(since, until)
        if read.unreadable:
            raise OSError(f"cannot read {read.unreadable[0]}")
        return exact_sum(
            record.cost
            for record in read.records
            if record.cost is not None and (counts is None or counts(record))
        )

    def _parse(self, path: Path) -> _ParsedFile:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            known = self._parsed.get(path)
            if known and known.version == version:
                return known
            if known is None or not _has_grown(known, version, file):
                known = _ParsedFile(version, 0, b"", _Lines(), _Lines())
            file.seek(known.ended_bytes)
            content = file.read()
        end = content.rfind(b"\n") + 1
        parsed = _ParsedFile(
            version,
            known.ended_bytes + end,
            (known.tail + content[:end])[-_TAIL_BYTES:],
            known.ended + _lines(content[:end]),
            _lines(content[end:]),
        )
        self._parsed[path] = parsed
        return parsed


@cache
def _ledger_in(folder: Path) -> Ledger:
    return Ledger(folder)


def default_ledger(*, simulated: bool = False) -> Ledger:
    """The ledger of this user; ``CLACKY_BILLING_DIR`` moves the real one, never the simulated one.

    One folder has one ledger in a process, so that what is read once stays read.
    """
    override = os.environ.get("CLACKY_BILLING_DIR")
    if override and not simulated:
        return _ledger_in(Path(override).expanduser().absolute())
    return _ledger_in(billing_dir(simulated=simulated))


def _has_grown(known: _ParsedFile, version: tuple[int, int, int], file: BinaryIO) -> bool:
    """Whether the file is the known one with lines appended, and not another or a rewritten one."""
    if version[0] != known.version[0] or version[2] < known.ended_bytes:
        return False
    file.seek(known.ended_bytes - len(known.tail))
    return file.read(len(known.tail)) == known.tail


def _lines(content: bytes) -> _Lines:
    records: list[UsageRecord] = []
    skipped = 0
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        try:
            records.append(from_line(line))
        except NotARecordError:
            skipped += 1
    return _Lines(tuple(records), skipped)


def is_month_file(path: Path) -> bool:
    """Whether `path` has the name of a month of the ledger."""
    return _MONTH_FILE.fullmatch(path.name) is not None


def _may_hold(path: Path, since: datetime | None, until: datetime | None) -> bool:
    match = _MONTH_FILE.fullmatch(path.name)
    if match is None:
        return False
    year, month = int(match[1]), int(match[2])
    first = datetime(year, month, 1).astimezone()
    next_first = datetime(year + month // 12, month % 12 + 1, 1).astimezone()
    too_early = since is not None and next_first + _MISFILED <= since
    too_late = until is not None and first - _MISFILED >= until
    return not too_early and not too_late


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)
