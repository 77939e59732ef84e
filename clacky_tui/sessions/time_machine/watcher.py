"""The last look at each path, and the contents it found, so that a second look is cheap.

Contents go to a nameless temporary file, because a command may destroy any of them before the next
look; what a task did change is then copied to the session's own contents.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from clacky_tui.i18n import phrase
from clacky_tui.sessions.time_machine.limits import Limits
from clacky_tui.sessions.time_machine.pack import Pack
from clacky_tui.sessions.time_machine.states import (
    ABSENT,
    NOWHERE,
    FileState,
    Seen,
    look,
    stamp_of,
    unkept_file,
)

OVER_TOTAL = phrase("over the total kept")


class Watcher:
    """Names paths inside `working_dir` relative to it, others by their absolute path.

    Args:
        working_dir: a real path.
        kept: the session's own contents; they take what no longer fits the temporary file.
        cache_folder: where the temporary file goes.
    """

    def __init__(self, working_dir: Path, kept: Pack, cache_folder: Path, limits: Limits) -> None:
        self._root = str(working_dir)
        self._inside = self._root.rstrip("/") + "/"
        self._kept = kept
        self._cache = Pack(cache_folder)
        self.limits = limits
        self.seen: dict[str, Seen] = {}
        """The last look at each path inside the working directory."""

    def name(self, path: str) -> str:
        """The name of an absolute path."""
        return path.removeprefix(self._inside)

    def absolute(self, name: str) -> str:
        return self._inside + name if not name.startswith("/") else name

    def look_at(self, name: str) -> FileState:
        """What stands there now. What is reached only through a linked folder counts as absent.

        The content of a file not too large is at hand afterwards, see `content`.

        Raises:
            OSError: it cannot be looked at, or its content not be kept (a full disk).
        """
        absolute = self.absolute(name)
        if not self.reached_directly(name):
            return ABSENT
        known = self.seen.get(name)
        if known is not None and self._has(known.state.digest):
            try:
                if known.settled(stamp_of(os.lstat(absolute))):
                    return known.state
            except OSError as error:
                if error.errno not in NOWHERE:
                    raise
        seen, content = look(absolute, self.limits.file_bytes)
        if content is not None and not self.keep(seen.state.digest, content):
            self._kept.put(seen.state.digest, content)
        if not name.startswith("/"):
            self.seen[name] = seen
        return seen.state

    def read(self, name: str) -> Seen:
        """Look there for a scan of the tree, with the content only as far as there is room.

        Raises:
            OSError: it cannot be looked at.
        """
        absolute = self.absolute(name)
        seen, content = look(absolute, self.limits.file_bytes)
        if content is not None and not self.keep(seen.state.digest, content):
            seen.state = unkept_file(os.lstat(absolute), OVER_TOTAL)
        self.seen[name] = seen
        return seen

    def reached_directly(self, name: str) -> bool:
        """Whether no folder on the way there is a link."""
        parent = os.path.dirname(self.absolute(name))
        return os.path.realpath(parent) == parent

    def at_hand(self, state: FileState) -> bool:
        """Whether a known file need not be read again for its content."""
        return not state.digest or state.digest in self._cache

    def keep(self, digest: str, content: bytes) -> bool:
        """Put a content into the temporary file; False when there is no room."""
        if digest in self._cache:
            return True
        if self._cache.size_bytes + len(content) > self.limits.watched_bytes:
            return False
        try:
            self._cache.put(digest, content)
        except OSError:
            return False
        return True

    def content(self, digest: str) -> bytes | None:
        """A content that was seen or is kept; None when it is gone."""
        found = self._cache.get(digest)
        return self._kept.get(digest) if found is None else found

    def make_room(self) -> None:
        """Drop contents that no file has any more, if they take much of the room."""
        if self._cache.size_bytes * 2 < self.limits.watched_bytes:
            return
        live = set(self._live_digests())
        if sum(map(self._cache.stored_bytes, live)) * 2 < self._cache.size_bytes:
            self._cache.keep(live, self.limits.watched_bytes)

    def close(self) -> None:
        """Forget all looks; the temporary file is gone."""
        self._cache.close()
        self._cache = Pack(Path())
        self.seen.clear()

    def _has(self, digest: str) -> bool:
        return bool(digest) and (digest in self._cache or digest in self._kept)

    def _live_digests(self) -> Iterator[str]:
        return (seen.state.digest for seen in self.seen.values() if seen.state.digest)
