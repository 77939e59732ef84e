"""A copy of a session that goes on by itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from clacky_tui.files import PRIVATE_FILE_MODE, write_atomic
from clacky_tui.sessions.chunk_text import chunk_paths
from clacky_tui.sessions.journal import base_name, encoded
from clacky_tui.sessions.reader import StoredSession, read_session
from clacky_tui.sessions.records import Record, event_of, journal_records, number

COPY_MARK = " (copy)"
_LEFT_BEHIND = frozenset(
    {
        "usage.recorded",
        "cache.missed",
        "budget.warned",
        "checkpoint.made",
        "task.switched",
        "queue.changed",
        "background_tasks.changed",
        "session.closed",
    }
)
"""Money already counted, and what only the first session has: snapshots, processes, its end."""


def fork(path: Path, now: datetime) -> Path:
    """Copy the journal in `path` under a new id; returns the new journal's path.

    The copy begins now, unpinned, at no cost, without the time machine's states; of tasks that were
    undone it has nothing. Its archives are copied along.

    Raises:
        OSError: a file cannot be read or written.
    """
    session = read_session(path)
    new_id = secrets.token_hex(8)
    target = path.with_name(f"{base_name(new_id, now)}.jsonl")
    lines = b"".join(map(encoded, _records(path, session, new_id, now)))
    for archive in chunk_paths(path.with_suffix("")):
        copy = target.with_name(archive.name.replace(path.stem, target.stem, 1))
        write_atomic(copy, archive.read_bytes(), mode=PRIVATE_FILE_MODE)
        lines = lines.replace(archive.name.encode(), copy.name.encode())
    write_atomic(target, lines, mode=PRIVATE_FILE_MODE)
    return target


def _records(path: Path, session: StoredSession, new_id: str, now: datetime) -> Iterator[Record]:
    seq = 0
    hidden = session.task_tree.hidden()
    for record in journal_records(path):
        match record["type"]:
            case "event":
                event = event_of(record)
                kind, task = event.get("kind"), number(record.get("task_id"))
                if kind in _LEFT_BEHIND or task in hidden:
                    continue
                seq += 1
                yield record | {"seq": seq, "session_id": new_id}
            case "message" if number(record.get("task_id")) not in hidden:
                yield record
            case "history":
                yield record | {"messages": _visible(record.get("messages"), hidden)}
            case "prompt":
                yield record
    titled = {"kind": "session.titled", "name": (session.name or "Unnamed session") + COPY_MARK}
    stamp = {"v": 1, "seq": seq + 1, "ts": now.isoformat(), "session_id": new_id}
    yield {"type": "event", **stamp, "event": titled}
    yield {"type": "meta", "created_at": now.isoformat(), "pinned": False}


def _visible(messages: Any, hidden: frozenset[int]) -> list[Any]:
    listed = messages if isinstance(messages, list) else []
    return [
        message
        for message in listed
        if isinstance(message, dict) and number(message.get("task_id")) not in hidden
    ]
