"""The journal of one session: an append-only file of JSON lines, whole after any kill.

Three kinds of lines: `{"type": "message", ...}` is one entry of the conversation as the model gets it,
`{"type": "history", "messages": [...]}` puts others in the place of all entries so far (a compression),
`{"type": "event", ...}` is one envelope of the stream. Streaming pieces are left out; the finished text
and results that follow them say the same. The file appears with the first line, so a session in
which nothing was said leaves nothing behind.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from clacky_tui import paths
from clacky_tui.domain.messages import ImagePart, Message
from clacky_tui.events import Envelope
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir

PIECES = frozenset({"text.delta", "reasoning.delta", "tool.output", "progress"})
"""Event kinds that a later event repeats in full."""


class Journal:
    """Writes one session's file.

    Args:
        session_id: 16 hex digits.
        created_at: aware time of the session's start; with the id it names the file.
        folder: where journals live; the user's sessions folder by default.
    """

    def __init__(self, session_id: str, created_at: datetime, folder: Path | None = None) -> None:
        stamp = created_at.strftime("%Y-%m-%d-%H-%M-%S")
        self.path = (folder or paths.sessions_dir()) / f"{stamp}-{session_id[:8]}.jsonl"
        self._fd: int | None = None

    def record_message(self, message: Message) -> None:
        """Append one entry of the conversation."""
        self._append({"type": "message", **message_fields(message)})

    def record_replacement(self, messages: Sequence[Message]) -> None:
        """Say that from here on the conversation consists of `messages`, in one line."""
        self._append({"type": "history", "messages": [message_fields(m) for m in messages]})

    def record_event(self, envelope: Envelope) -> None:
        """Append one event, unless it is a piece that a later event repeats."""
        if envelope.event.kind not in PIECES:
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
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._fd = os.open(self.path, flags, PRIVATE_FILE_MODE)
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        os.write(self._fd, line.encode("utf-8", "replace") + b"\n")


def message_fields(message: Message) -> dict[str, Any]:
    """`message` as JSON values; empty fields are left out."""
    content: Any = message.content
    if not isinstance(content, str):
        content = [
            {"image": part.data, "media_type": part.media_type}
            if isinstance(part, ImagePart)
            else {"text": part.text}
            for part in content
        ]
    fields: dict[str, Any] = {
        "role": message.role,
        "content": content,
        "origin": message.origin.value,
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments}
            for call in message.tool_calls
        ],
        "tool_call_id": message.tool_call_id,
        "reasoning": message.reasoning,
        "reasoning_signature": message.reasoning_signature,
        "task_id": message.task_id,
        "created_at": message.created_at.isoformat() if message.created_at else None,
    }
    return {key: value for key, value in fields.items() if value or key in ("role", "content")}
