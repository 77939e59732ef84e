"""What is not sent yet, kept from one start to the next; each running app has a file of its own."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from textual.dom import DOMNode
from textual.timer import Timer

from clacky_tui.files import PRIVATE_FILE_MODE, lock_of, open_locked, write_atomic
from clacky_tui.paths import draft_file

KEEP_SECONDS = 0.5
_FILES_SIGN = b"\0files\0"
"""Between the text and the files that go with it, which a zero byte parts: no path holds one."""


class Unsent(NamedTuple):
    """What was not sent yet: the text, and the absolute paths of its files."""

    text: str = ""
    files: tuple[str, ...] = ()


class Draft:
    """The file of one app: what another app is writing is neither read nor overwritten.

    It is ``draft.txt``, or ``draft-2.txt`` and so on where others have theirs. Reads and writes the disk.
    """

    def __init__(self) -> None:
        self._path: Path | None = None
        self._lock: int | None = None

    def read(self) -> Unsent:
        """What was being written in an app that runs no more, the latest; empty when nothing was."""
        try:
            path = self._claim(_newest_first())
            kept = path.read_bytes() if path else b""
        except OSError:
            kept = b""
        text, sign, files = kept.partition(_FILES_SIGN)
        names = map(os.fsdecode, files.split(b"\0")) if sign else ()
        return Unsent(text.decode("utf-8", "replace"), tuple(names))

    def save(self, unsent: Unsent) -> None:
        """Keep `unsent` for the next start; blank text without files drops the old draft.

        Raises:
            OSError: it cannot be written; the old draft is still there.
        """
        if unsent.text.strip() or unsent.files:
            path = self._path or self._claim(_unused())
            assert path is not None
            kept = unsent.text.replace("\0", "").encode("utf-8", "replace")
            if unsent.files:
                kept += _FILES_SIGN + b"\0".join(map(os.fsencode, unsent.files))
            write_atomic(path, kept, mode=PRIVATE_FILE_MODE)
        elif self._path is not None:
            self._path.unlink(missing_ok=True)

    def release(self) -> None:
        """Leave the file to the next app that starts."""
        if self._lock is not None:
            os.close(self._lock)
            self._path = self._lock = None

    def _claim(self, paths: Iterable[Path]) -> Path | None:
        """Make the first of `paths` that no other app has this app's file."""
        for path in paths:
            self._lock = open_locked(lock_of(path), wait=False)
            if self._lock is not None:
                self._path = path
                return path
        return None


class DraftKeeper:
    """Saves what is being written at most `KEEP_SECONDS` after it changed, so that a crash loses little.

    Args:
        owner: whose timers and workers are used.
        unsent: what stands in the composer now.
        failed: told once when the draft cannot be written, and again only after it could.
    """

    def __init__(
        self, owner: DOMNode, unsent: Callable[[], Unsent], failed: Callable[[OSError], None]
    ) -> None:
        self._owner = owner
        self._unsent = unsent
        self._failed = failed
        self._told = False
        self._draft = Draft()
        self._is_read = False
        self._timer: Timer | None = None
        self._lock = asyncio.Lock()

    async def read(self) -> Unsent:
        """What was being written when the app ended; nothing is saved before that is known."""
        async with self._lock:
            draft = await asyncio.to_thread(self._draft.read)
            self._is_read = True
        self.note_change()
        return draft

    def note_change(self) -> None:
        """The text has changed; it is saved once for all that changes within the time."""
        if self._timer is None:
            self._timer = self._owner.set_timer(KEEP_SECONDS, self._save_soon)

    async def save(self) -> None:
        """Save the text as it is now."""
        async with self._lock:
            if not self._is_read:
                return
            try:
                await asyncio.to_thread(self._draft.save, self._unsent())
            except OSError as error:
                if not self._told:
                    self._told = True
                    self._failed(error)
            else:
                self._told = False

    async def close(self) -> None:
        """Save for the last time and leave the file to others."""
        await self.save()
        self._draft.release()

    def _save_soon(self) -> None:
        self._timer = None
        self._owner.run_worker(self.save, group="draft")  # type: ignore[arg-type]


def _newest_first() -> list[Path]:
    """The files that hold a draft."""
    first = draft_file()
    found = [(path.stat().st_mtime_ns, path) for path in first.parent.glob(f"{first.stem}*.txt")]
    return [path for _, path in sorted(found, reverse=True)]


def _unused() -> Iterator[Path]:
    """The files that hold none, as they are asked for."""
    first = draft_file()
    later = (first.with_stem(f"{first.stem}-{number}") for number in itertools.count(2))
    return (path for path in itertools.chain([first], later) if not path.exists())
