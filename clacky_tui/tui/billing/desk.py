"""The billing tab's way to the index: one thread that reads it, one process that fills it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from clacky_tui.billing.ledger import default_ledger
from clacky_tui.paths import cache_dir
from clacky_tui.usage.index import UsageIndex, default_index_path
from clacky_tui.usage.pricing import Pricer
from clacky_tui.usage.readers.ledger import LedgerReader
from clacky_tui.usage.refresh import bytes_to_read, refresh

_T = TypeVar("_T")
_MOST_BYTES_HERE = 4 * 1024 * 1024
"""More than this would hold up the keys: Python has one interpreter lock."""


@dataclass(frozen=True, slots=True)
class Books:
    """Which ledger is one's own, and where it is summed up."""

    folder: Path | None
    """None for the user's own."""
    index_path: Path
    simulated: bool = False
    """The demo model's: apart from everything real, and nothing else is ever in its index."""

    @classmethod
    def of(cls, folder: Path | None = None, *, simulated: bool) -> Books:
        """The ledger in `folder`; None for this user's, or the demo model's."""
        if simulated:
            place = folder or default_ledger(simulated=True).folder
            return cls(place, cache_dir() / "usage-demo.sqlite", simulated=True)
        return cls(folder, default_index_path())

    @property
    def reader(self) -> LedgerReader:
        """What reads the ledger."""
        return LedgerReader(self.folder)


class UsageDesk:
    """Everything that blocks, off the event loop.

    Calls raise OSError and sqlite3.Error where the index cannot be opened or read, and OSError
    once the desk is closed.
    """

    def __init__(self, books: Books) -> None:
        self.books = books
        self.pricer = Pricer()
        self._thread = ThreadPoolExecutor(1, "usage-index")
        self._index: UsageIndex | None = None
        self._filling: asyncio.subprocess.Process | None = None
        self._is_closed = False

    async def read(self, work: Callable[[UsageIndex], _T]) -> _T:
        """What `work` makes of the index, on the thread the index belongs to."""
        if self._is_closed:
            raise OSError("the index was closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(self._opened()))

    async def catch_up(self) -> bool:
        """Take in what was added to one's own ledger; False when that is work for `fill`."""
        return self._filling is not None or await self.read(self._catch_up)

    def _catch_up(self, index: UsageIndex) -> bool:
        readers = (self.books.reader,)
        simulated = self.books.simulated  # a ledger that stays small, and no agent of the machine
        if not simulated and bytes_to_read(index, readers=readers) > _MOST_BYTES_HERE:
            return False
        refresh(index, readers=readers, workers=1)
        return True

    async def fill(self, agents: frozenset[str], told: Callable[[int], None]) -> None:
        """Bring the index up to date in another process, for as long as that takes.

        Args:
            agents: of whom; empty for all.
            told: how far it is, in percent.

        Raises:
            OSError: it could not be started, or did not come to its end.
        """
        if self._filling is not None:
            return
        self._filling = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "clacky_tui.usage.background"),
            *(str(self.books.index_path), *sorted(agents)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            assert process.stdout is not None
            said = ""
            async for line in process.stdout:
                text = line.decode("utf-8", "replace").strip()
                if text.isdecimal():
                    told(int(text))
                else:
                    said = text or said
            if await process.wait():
                raise OSError(said or f"the process that fills it ended with {process.returncode}")
        finally:
            self.stop_filling()
            self._filling = None

    @property
    def is_filling(self) -> bool:
        return self._filling is not None

    def stop_filling(self) -> None:
        """End the other process at its next batch; what it has done stays done."""
        if self._filling is not None and self._filling.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._filling.terminate()

    def close(self) -> None:
        """What is under way comes to its end; what is asked afterwards fails."""
        if self._is_closed:
            return
        self._is_closed = True
        self.stop_filling()
        self._thread.submit(self._close_index)
        self._thread.shutdown(wait=False)

    def _opened(self) -> UsageIndex:
        if self._index is None:
            self._index = UsageIndex(self.books.index_path)
        return self._index

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
