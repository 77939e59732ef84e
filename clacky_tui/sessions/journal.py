"""The journal of one session: an append-only file of JSON lines, whole after any kill.

Kinds of lines: `{"type": "message", ...}` is one entry of the conversation as the model gets it,
`{"type": "history", "messages": [...]}` puts others in the place of all entries so far (a compression),
`{"type": "event", ...}` is one envelope of the stream, `{"type": "prompt", "text": ...}` the frozen
system prompt, and `{"type": "meta", ...}` what any process may change later, such as name and pin:
the last one wins. `{"type": "request", ...}` stands before each model request, so that one whose process
was killed is not forgotten; `{"type": "sent", ...}` after it says where its cache marks stood. Streaming
pieces are left out; the finished text and results that follow them say the same. The file appears
with the first line, so a session in which nothing was said leaves nothing behind.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clacky_tui import paths
from clacky_tui.domain.messages import Message
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir
from clacky_tui.sessions.message_json import message_fields

if TYPE_CHECKING:
    from clacky_tui.events import Envelope
    from clacky_tui.sessions.sent_request import SentRequest

PIECES = frozenset({"text.delta", "reasoning.delta", "tool.output", "progress"})
"""Event kinds that a later event repeats in full."""
ANSWERS = frozenset(
    {"tasks.listed", "switch.planned", "change.shown", "queue.returned", "suggestion.offered"}
)
"""Event kinds that answer a look, or offer something, and tell nothing that happened."""


class Journal:
    """Writes one session's file.

    Args:
        session_id: 16 hex digits.
        created_at: aware time of the session's start; with the id it names the file.
        folder: where journals live; the user's sessions folder by default.
    """

    def __init__(self, session_id: str, created_at: datetime, folder: Path | None = None) -> None:
        name = f"{base_name(session_id, created_at)}.jsonl"
        self._set_path((folder or paths.sessions_dir()) / name)

    @classmethod
    def at(cls, path: Path) -> Journal:
        """The journal in the file `path`, to go on with it."""
        journal = cls.__new__(cls)
        journal._set_path(path)
        return journal

    def _set_path(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None
        self._torn = False

    def record_message(self, message: Message) -> None:
        """Append one entry of the conversation."""
        self._append({"type": "message", **message_fields(message)})

    def record_replacement(self, messages: Sequence[Message]) -> None:
        """Say that from here on the conversation consists of `messages`, in one line."""
        self._append({"type": "history", "messages": [message_fields(m) for m in messages]})

    def record_prompt(self, text: str) -> None:
        """Append the system prompt, which stays as it is for the whole session."""
        self._append({"type": "prompt", "text": text})

    def record_request(self, fields: Mapping[str, Any]) -> None:
        """Append that a request is about to be sent."""
        self._append({"type": "request", **fields})

    def record_sent(self, request: SentRequest) -> None:
        """Append what the request after this one needs to know of it."""
        self._append({"type": "sent", **request.to_record()})

    def record_event(self, envelope: Envelope) -> None:
        """Append one event, unless it is a piece that a later event repeats, or an answer."""
        if envelope.event.kind not in PIECES | ANSWERS:
            self._append({"type": "event", **envelope.model_dump(mode="json")})

    def sync(self) -> None:
        """Wait until every line is on the disk."""
        if self._fd is not None:
            os.fsync(self._fd)

    def close(self) -> None:
        """Sync and close; further lines open the file again."""
        if self._fd is not None:
            self.sync()
            os.close(self._fd)
            self._fd = None

    def _append(self, record: dict[str, Any]) -> None:
        if self._fd is None:
            make_private_dir(self.path.parent)
            self._fd, self._torn = _open_to_append(self.path, create=True)
        line = encoded(record)
        if self._torn:
            line = b"\n" + line
        written = os.write(self._fd, line)
        self._torn = written != len(line)
        if self._torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))


def append_meta(path: Path, **fields: Any) -> None:
    """Note later facts of a session (`name`, `pinned`) in its journal, from whatever process.

    One write in append mode, so it never mixes with the lines of a session that is running.

    Raises:
        OSError: there is no such journal, or it cannot be written.
    """
    fd, torn = _open_to_append(path, create=False)
    try:
        line = (b"\n" if torn else b"") + encoded({"type": "meta", **fields})
        if os.write(fd, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(fd)
    finally:
        os.close(fd)


def base_name(session_id: str, created_at: datetime) -> str:
    """What the names of all files of a session begin with; the time in its own zone."""
    return f"{created_at:%Y-%m-%d-%H-%M-%S}-{session_id[:8]}"


def encoded(record: dict[str, Any]) -> bytes:
    """`record` as one line of a journal."""
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return line.encode("utf-8", "replace") + b"\n"


def _open_to_append(path: Path, *, create: bool) -> tuple[int, bool]:
    """A descriptor, and whether the last line was torn by a crash and has to be ended first."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    fd = os.open(path, flags, PRIVATE_FILE_MODE)
    size = os.fstat(fd).st_size
    return fd, size > 0 and os.pread(fd, 1, size - 1) != b"\n"
