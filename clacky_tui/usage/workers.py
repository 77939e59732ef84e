"""Reading many files in several processes, which hand over what they have read by batches.

A pool of the standard library does the same through threads of its own, which take turns with the
one that writes the index: a tenth of a first index.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any

from clacky_tui.usage.index import ReadSource
from clacky_tui.usage.reader import Machine
from clacky_tui.usage.reading import Task, read_task

BATCH_BYTES = 2 * 1024 * 1024
"""What one process reads before it hands over."""
UNDER_WAY = 2
"""Batches for every worker, so that none waits while the index is written."""


def read_there(
    tasks: Iterable[Task], machine: Machine, workers: int
) -> Generator[list[ReadSource], None, None]:
    """What `read_task` makes of every task, in no order; closing it ends the processes.

    Few batches are under way at a time, so that memory stays small.

    Raises:
        ChildProcessError: a process was killed.
    """
    start_method = "spawn" if sys.platform == "darwin" else "fork"
    context: Any = multiprocessing.get_context(start_method)
    batches = list(_batches(tasks))
    numbers = iter(range(len(batches)))
    processes = []
    under_way: dict[Connection, int] = {}
    try:
        for _ in range(min(workers, len(batches))):
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(there, batches, machine), daemon=True)
            process.start()
            there.close()
            processes.append(process)
            under_way[here] = 0
            for number in islice(numbers, UNDER_WAY):
                here.send(number)
                under_way[here] += 1
        while waiting := [pipe for pipe, count in under_way.items() if count]:
            for pipe in wait(waiting):
                assert isinstance(pipe, Connection)
                try:
                    read = pipe.recv()
                except EOFError:
                    raise ChildProcessError("a process that read histories was killed") from None
                under_way[pipe] -= 1
                for number in islice(numbers, 1):
                    pipe.send(number)
                    under_way[pipe] += 1
                yield read
    finally:
        for process in processes:
            process.terminate()  # it only reads
        for pipe in under_way:
            pipe.close()
        for process in processes:
            process.join()


def _work(pipe: Connection, batches: Sequence[Sequence[Task]], machine: Machine) -> None:
    """The life of a process: numbers of batches come in, what they hold goes out."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    gc.disable()  # no cycles are made, and a great many objects
    while True:
        try:
            pipe.send([read_task(task, machine) for task in batches[pipe.recv()]])
        except (EOFError, OSError):
            return


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    batch: list[Task] = []
    size = 0
    for task in tasks:
        batch.append(task)
        size += task.bytes_to_read
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
