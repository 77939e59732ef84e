"""The ledger: one append-only file of records per month, ``YYYY-MM.jsonl`` (spec/agent-core.md 6.3)."""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from clacky_tui.billing.record import NotARecordError, UsageRecord, from_line, to_line
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


@dataclass(frozen=True, slots=True)
class _ParsedFile:
    mtime_ns: int
    size_bytes: int
    records: tuple[UsageRecord, ...]
    skipped_lines: int


class Ledger:
    """The records in one folder. Reading parses a file again only when it has changed.

    Both methods block on the disk: call them from a thread, not from the event loop.
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
            skipped_lines += parsed.skipped_lines
            records += (r for r in parsed.records if _within(r.timestamp, since, until))
        records.sort(key=lambda record: record.timestamp)
        return LedgerRead(tuple(records), skipped_lines, tuple(unreadable))

    def _parse(self, path: Path) -> _ParsedFile:
        stat = path.stat()
        known = self._parsed.get(path)
        if known and (known.mtime_ns, known.size_bytes) == (stat.st_mtime_ns, stat.st_size):
            return known
        records: list[UsageRecord] = []
        skipped_lines = 0
        for line in path.read_bytes().split(b"\n"):
            if not line.strip():
                continue
            try:
                records.append(from_line(line))
            except NotARecordError:
                skipped_lines += 1
        parsed = _ParsedFile(stat.st_mtime_ns, stat.st_size, tuple(records), skipped_lines)
        self._parsed[path] = parsed
        return parsed


def default_ledger(*, simulated: bool = False) -> Ledger:
    """The ledger of this user; ``CLACKY_BILLING_DIR`` moves the real one, never the simulated one."""
    override = os.environ.get("CLACKY_BILLING_DIR")
    if override and not simulated:
        return Ledger(Path(override).expanduser().absolute())
    return Ledger(billing_dir(simulated=simulated))


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
