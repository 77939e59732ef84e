"""Bringing the index up to date: only files that have changed are opened, newest first.

Can be stopped at any time: every finished batch is in the index, the rest is read the next time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from clacky_tui.usage.exchange import imported_sources
from clacky_tui.usage.index import KnownSource, ReadSource, UsageIndex
from clacky_tui.usage.reader import Machine, Reader
from clacky_tui.usage.readers.ledger import LedgerReader
from clacky_tui.usage.readers.registry import READERS
from clacky_tui.usage.reading import Stamp, Task, read_task, stamp_of
from clacky_tui.usage.workers import read_there

MOST_WORKERS = 4
ALONE_BYTES = 16 * 1024 * 1024
"""Less than this is read here: starting processes would take longer."""
_COMPRESSED = ".zst"
COMMIT_SECONDS = 0.5
"""How often what was read goes into the index, at first; later less often, as each time costs."""
MOST_COMMIT_SECONDS = 4.0
MOST_COMMIT_ROWS = 8_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is; bytes of files that have to be read."""

    done_bytes: int
    total_bytes: int
    files: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.done_bytes / self.total_bytes if self.total_bytes else 1.0


@dataclass(slots=True)
class Refreshed:
    """What a refresh did."""

    files_seen: int = 0
    files_read: int = 0
    tails_read: int = 0
    """Of `files_read`, those of which only the end was read."""
    gone: int = 0
    stopped: bool = False
    unlisted: list[str] = field(default_factory=list)
    """Agents whose folders could not be listed, each with the reason."""


def refresh(
    index: UsageIndex,
    *,
    readers: Sequence[Reader] = READERS,
    machine: Machine | None = None,
    workers: int | None = None,
    told: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Refreshed:
    """Read what has changed since the last time.

    Args:
        index: where it goes.
        readers: the agents to look for.
        machine: where to look; None is here.
        workers: processes that read; None for as many as pay, at most four.
        told: called after every batch.
        stopped: asked between batches; True ends it, with what is done kept.
    """
    machine = machine or Machine.this()
    report = Refreshed()
    index.keep_sums_in(index.zone, _zone_name())
    tasks, gone = _look(index, readers, machine, report)
    if gone:
        with index.writing():
            index.gone(gone)
        report.gone = len(gone)
    tasks.sort(key=lambda task: task.stamp.changed_at, reverse=True)
    total = sum(task.bytes_to_read for task in tasks)
    if workers is None:
        workers = min(MOST_WORKERS, os.cpu_count() or 1)
    if total < ALONE_BYTES:
        workers = 1
    done = 0
    told(Progress(0, total, len(tasks)))
    results = _read_here(tasks, machine) if workers <= 1 else read_there(tasks, machine, workers)
    with index.loading():
        for batch in _in_slices(results):
            with index.writing():
                for read in batch:
                    index.put(read)
                    report.files_read += 1
                    report.tails_read += not read.whole and not read.error
                    done += read.bytes_read
            told(Progress(done, total, len(tasks)))
            if stopped():
                report.stopped = True
                results.close()
                return report
    if any(reader.agent != LedgerReader.agent for reader in readers):
        index.note_refreshed()  # one's own ledger alone says nothing of the other agents
    return report


def bytes_to_read(
    index: UsageIndex, *, readers: Sequence[Reader], machine: Machine | None = None
) -> int:
    """How much a `refresh` would read: nothing is opened to know it."""
    tasks, _ = _look(index, readers, machine or Machine.this(), Refreshed())
    return sum(task.bytes_to_read for task in tasks)


def _look(
    index: UsageIndex, readers: Sequence[Reader], machine: Machine, report: Refreshed
) -> tuple[list[Task], list[KnownSource]]:
    """Files that have changed, and known ones that are no longer there; moved ones are renamed."""
    tasks: list[Task] = []
    missing: list[KnownSource] = []
    for reader in readers:
        known = index.sources(reader.agent)
        fresh: list[Task] = []
        present: set[str] = set()
        try:
            sources = [*reader.find(machine), *imported_sources(reader.agent)]
        except OSError as error:
            report.unlisted.append(f"{reader.agent}: {error}")
            continue
        for source in sources:
            path = str(source.path)
            stamp = None if path in present else stamp_of(source)
            if stamp is None:
                continue
            present.add(path)
            report.files_seen += 1
            before = known.get((reader.agent, path))
            if before is None or _has_changed(before, stamp, reader):
                fresh.append(Task(reader, source, stamp, before))
        lost = [each for (_, path), each in known.items() if path not in present]
        fresh, lost = _moved(index, fresh, lost)
        tasks += fresh
        missing += (each for each in lost if each.state != "gone")
    return tasks, missing


def _has_changed(before: KnownSource, stamp: Stamp, reader: Reader) -> bool:
    return before.stamp != stamp.text or before.version != reader.version or before.state != "read"


def _moved(
    index: UsageIndex, fresh: list[Task], lost: list[KnownSource]
) -> tuple[list[Task], list[KnownSource]]:
    """Give new files the entries of those they were before they were renamed or compressed."""
    by_stamp = {each.stamp: each for each in lost if each.state != "unreadable"}
    by_path = {each.path + _COMPRESSED: each for each in lost}
    still_fresh: list[Task] = []
    found: dict[int, tuple[KnownSource, str]] = {}
    for task in fresh:
        path = str(task.source.path)
        if task.known is None:
            before = by_stamp.get(task.stamp.text)
            if before is not None and before.kind == task.source.kind and before.id not in found:
                found[before.id] = before, path
                continue
            before = by_path.get(path)
            if before is not None and before.id not in found:
                found[before.id] = before, path
                task = replace(task, known=before)  # its entries give way to what is read now
        still_fresh.append(task)
    if found:
        with index.writing():
            for before, path in found.values():
                index.moved(before, path)
    return still_fresh, [each for each in lost if each.id not in found]


def _read_here(tasks: Iterable[Task], machine: Machine) -> Generator[list[ReadSource], None, None]:
    for task in tasks:
        yield [read_task(task, machine)]


def _in_slices(results: Iterator[list[ReadSource]]) -> Iterator[list[ReadSource]]:
    """What comes within half a second together: settling costs more than reading a small file."""
    batch: list[ReadSource] = []
    rows = 0
    since, interval = monotonic(), COMMIT_SECONDS
    for part in results:
        batch += part
        rows += sum(len(each.rows) for each in part)
        if rows >= MOST_COMMIT_ROWS or monotonic() - since >= interval:
            yield batch
            batch, rows = [], 0
            since, interval = monotonic(), min(2 * interval, MOST_COMMIT_SECONDS)
    if batch:
        yield batch


def _zone_name() -> str:
    """Names the machine's zone by what it does: two offsets tell summer time too."""
    from datetime import UTC, datetime

    days = (datetime(2026, month, 1, tzinfo=UTC).astimezone().isoformat() for month in range(1, 13))
    return os.environ.get("TZ", "") + " " + " ".join(day[-6:] for day in days)
