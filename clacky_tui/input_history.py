"""What was typed before: a small JSON file that all running sessions share."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, exclusive, set_aside, write_atomic
from clacky_tui.i18n import tr
from clacky_tui.paths import shorten_home

MAX_ENTRIES = 100


class InputHistory:
    """Messages, oldest first, at most `MAX_ENTRIES`; the same one twice in a row counts once.

    Args:
        path: a JSON array of strings (spec/tui-cli.md 6.4). A missing or damaged file reads as empty;
            a damaged one is set aside as ``*.broken`` before anything is saved, and that is told.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: list[str] = []
        self._unsaved: list[str] = []
        self._lock = threading.Lock()

    @property
    def entries(self) -> tuple[str, ...]:
        """As known here: the file when it was last read or written, and what was added since."""
        return tuple(self._entries)

    def add(self, text: str) -> None:
        """Remember `text`; `save` brings it to disk."""
        with self._lock:
            self._entries = _joined(self._entries, [text])
            self._unsaved.append(text)

    async def load(self) -> str:
        """Read the file, on a thread; what is wrong with it is returned, empty when nothing is."""
        return await asyncio.to_thread(self._load)

    async def save(self) -> str:
        """Merge what was added into the file, on a thread; returns where a damaged one has gone.

        Raises:
            OSError: the file cannot be written; what was added stays to be saved next time.
        """
        return await asyncio.to_thread(self._save)

    def _load(self) -> str:
        problem, stored = "", list[str]()
        try:
            stored = self._stored()
        except OSError as error:
            problem = error.strerror or str(error)
        except ConfigError as error:
            problem = tr(
                "{message}. It is set aside when you send the next message", message=error.message
            )
        with self._lock:
            self._entries = _joined(stored, self._unsaved)
        if not problem:
            return ""
        return tr(
            "The input history {path} cannot be read: {problem}.",
            path=shorten_home(self._path),
            problem=problem,
        )

    def _save(self) -> str:
        """Another process may have added entries since we read the file: read it again, locked."""
        import json

        with exclusive(self._path):
            with self._lock:
                adding = list(self._unsaved)
            if not adding:
                return ""
            told, stored = "", list[str]()
            try:
                stored = self._stored()
            except ConfigError:
                aside = shorten_home(set_aside(self._path))
                told = tr(
                    "The input history was damaged and begins anew; the old one is {aside}.",
                    aside=aside,
                )
            merged = _joined(stored, adding)
            content = json.dumps(merged, ensure_ascii=False, indent=0)
            write_atomic(self._path, content.encode(), mode=PRIVATE_FILE_MODE)
            with self._lock:
                del self._unsaved[: len(adding)]
                self._entries = _joined(merged, self._unsaved)
            return told

    def _stored(self) -> list[str]:
        """What the file holds.

        Raises:
            ConfigError: that is no list of messages.
            OSError: the file cannot be read.
        """
        import json

        try:
            stored = json.loads(self._path.read_bytes() or b"[]")
        except FileNotFoundError:
            return []
        except (ValueError, RecursionError):
            raise ConfigError(tr("it is no JSON")) from None
        if not isinstance(stored, list):
            raise ConfigError(tr("it is no list of messages"))
        return _joined([], [text for text in stored if isinstance(text, str)])


def _joined(entries: list[str], added: list[str]) -> list[str]:
    """`entries` then `added`, repeats in a row once, the newest `MAX_ENTRIES`."""
    joined = list(entries)
    for text in added:
        if not joined or joined[-1] != text:
            joined.append(text)
    return joined[-MAX_ENTRIES:]
