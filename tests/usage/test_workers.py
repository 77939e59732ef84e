"""Reading in several processes: what ends them, and what their end means."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from support.lines_reader import LinesReader

from clacky_tui.usage import workers
from clacky_tui.usage.index import ReadSource
from clacky_tui.usage.reader import Carry, Machine, Reading, Source
from clacky_tui.usage.reading import Task, stamp_of
from clacky_tui.usage.workers import read_there


class DyingReader(LinesReader):
    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        os._exit(9)


def _tasks(folder: Path, reader: LinesReader, files: int) -> list[Task]:
    tasks = []
    for number in range(files):
        path = folder / f"{number}.jsonl"
        path.write_text(json.dumps({"key": str(number), "input": number}) + "\n")
        source = Source(path, "lines")
        stamp = stamp_of(source)
        assert stamp is not None
        tasks.append(Task(reader, source, stamp, None))
    return tasks


@pytest.mark.parametrize("processes", [1, 2, 9])
def test_every_file_is_read_once(
    processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "BATCH_BYTES", 1)
    tasks = _tasks(tmp_path, LinesReader(), 7)
    results = read_there(tasks, Machine({}, tmp_path), processes)
    found: list[ReadSource] = [read for batch in results for read in batch]
    assert sorted(read.path for read in found) == [str(task.source.path) for task in tasks]
    assert all(len(read.rows) == 1 for read in found)
    assert not multiprocessing.active_children()


def test_closing_it_ends_the_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "BATCH_BYTES", 1)
    results = read_there(_tasks(tmp_path, LinesReader(), 40), Machine({}, tmp_path), 2)
    next(results)
    assert len(multiprocessing.active_children()) == 2
    results.close()
    assert not multiprocessing.active_children()


def test_a_killed_process_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError, match="killed"):
        list(read_there(_tasks(tmp_path, DyingReader(), 3), Machine({}, tmp_path), 2))
    assert not multiprocessing.active_children()
