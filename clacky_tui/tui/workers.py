"""Workers of the toolkit that may be cancelled before they have begun."""

from __future__ import annotations

from inspect import iscoroutine
from typing import Any

from textual.worker import Worker
from textual.worker_manager import WorkerManager


class Workers(WorkerManager):
    """Closes the coroutine of a worker that is over.

    Textual 8.2 leaves that of one whose widget, or whose app, was gone before its first step: Python
    then warns on standard error that it was never awaited.
    """

    def _remove_worker(self, worker: Worker[Any]) -> None:
        super()._remove_worker(worker)
        if iscoroutine(worker._work):
            worker._work.close()
