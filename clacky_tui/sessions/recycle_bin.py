"""Deleted sessions: each a folder in the bin with the session's files, until it is purged.

The file that stands for the session always moves last, in both directions. A kill in between leaves the
session listed where it was, and moving it again finishes the work.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from clacky_tui import paths
from clacky_tui.errors import SessionError
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.i18n import tr
from clacky_tui.sessions.folder import files_of, scan, with_id
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.sessions.records import moment, word
from clacky_tui.sessions.rows import SHORT_ID, SessionRow

KEPT_DAYS = 30
NOTE = "deleted.info"
"""Says when the session went into the bin, and what it was."""

_FULL_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class DeletedSession:
    """One session in the bin. `path` is its journal or document, in a folder of its own."""

    path: Path
    id: str
    name: str
    deleted_at: datetime
    working_dir: str
    tasks: int
    size_bytes: int

    @property
    def short_id(self) -> str:
        return self.id[:SHORT_ID]


def delete(row: SessionRow, bin_dir: Path | None = None) -> Path:
    """Move a session with everything beside it into the bin; returns its new path.

    Raises:
        SessionError: somebody has it open.
        OSError: a file cannot be moved; the session is still listed where it was.
    """
    with SessionLock(row.path) as lock:
        if not lock.acquire():
            raise SessionError(
                tr("Session {short_id} is open, so it is not deleted.", short_id=row.short_id),
                hint=tr(
                    "Close it first: leave the app that has it open, or start a new session there."
                ),
            )
        folder = _place(bin_dir or paths.sessions_bin_dir(), row.path)
        note = {
            "id": row.id,
            "name": row.name,
            "deleted_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "working_dir": row.working_dir,
            "tasks": row.tasks,
        }
        content = json.dumps(note, ensure_ascii=False).encode("utf-8", "replace")
        write_atomic(folder / NOTE, content, mode=PRIVATE_FILE_MODE)
        for file in files_of(row.path):
            shutil.move(file, folder / file.name)
    return folder / row.path.name


def deleted(bin_dir: Path | None = None) -> tuple[DeletedSession, ...]:
    """What is in the bin, the newest deletion first; also what OpenClacky put there."""
    top = bin_dir or paths.sessions_bin_dir()
    found = [item for folder in (top, *_folders(top)) for item in _items(folder, top)]
    return tuple(sorted(found, key=lambda item: item.deleted_at, reverse=True))


def restore(item: DeletedSession, folder: Path | None = None) -> Path:
    """Move a session back among the others; returns its path there.

    Raises:
        SessionError: a session of that name is there already.
        OSError: a file cannot be moved; the session is still in the bin.
    """
    target = make_private_dir(folder or paths.sessions_dir())
    if live := with_id(target, item.path.stem.rsplit("-", 1)[-1]):
        raise SessionError(
            tr(
                "{live} exists, so session {short_id} stays in the bin.",
                live=live[0],
                short_id=item.short_id,
            ),
            hint=tr("Delete or export the one that is there first."),
        )
    _unstamp(item.path)
    for file in files_of(item.path):
        shutil.move(file, target / file.name)
    _remove_folder(item)
    return target / item.path.name


def purge(item: DeletedSession, folder: Path | None = None) -> None:
    """Delete a session in the bin for good, with the time machine's snapshots of it.

    Raises:
        OSError: a file cannot be deleted.
    """
    for file in files_of(item.path):
        file.unlink(missing_ok=True)
    _remove_folder(item)
    lives = with_id(folder or paths.sessions_dir(), item.id)
    if _FULL_ID.fullmatch(item.id) and not lives:
        shutil.rmtree(paths.snapshots_dir() / item.id, ignore_errors=True)


def purge_old(now: datetime, days: int = KEPT_DAYS) -> int:
    """Purge what was deleted more than `days` ago; returns how many. What cannot be is left."""
    count = 0
    for item in deleted():
        if now - item.deleted_at > timedelta(days=days):
            with contextlib.suppress(OSError):
                purge(item)
                count += 1
    return count


def _place(top: Path, path: Path) -> Path:
    """The folder in the bin for the session in `path`, one it was half moved to, or a new one."""
    for number in range(1, 1000):
        folder = top / (path.stem if number == 1 else f"{path.stem}~{number}")
        if not (folder / path.name).exists():
            return make_private_dir(folder)
    raise SessionError(
        tr("The bin has too many sessions called {stem}.", stem=path.stem),
        hint=tr("Empty it: clacky sessions empty."),
    )


def _folders(top: Path) -> list[Path]:
    return [entry for entry in top.iterdir() if entry.is_dir()] if top.is_dir() else []


def _items(folder: Path, top: Path) -> Iterator[DeletedSession]:
    for file in scan(folder):
        note = _note(file.path, folder, top)
        written = datetime.fromtimestamp(file.mtime_ns / 1e9).astimezone()
        tasks = note.get("tasks")
        yield DeletedSession(
            path=file.path,
            id=word(note.get("id")) or file.path.stem.rsplit("-", 1)[-1],
            name=word(note.get("name")),
            deleted_at=moment(note.get("deleted_at")) or written,
            working_dir=word(note.get("working_dir")),
            tasks=tasks if isinstance(tasks, int) else 0,
            size_bytes=file.total_bytes,
        )


def _note(path: Path, folder: Path, top: Path) -> dict[str, Any]:
    """What is known of a deletion: our note, or for OpenClacky's the document itself."""
    note = _parsed(path if folder == top and path.suffix == ".json" else folder / NOTE)
    stats = note.get("stats")
    if isinstance(stats, dict):
        note |= {"id": note.get("session_id"), "tasks": stats.get("total_tasks")}
    return note


def _unstamp(path: Path) -> None:
    """Take the mark of deletion out of a document that OpenClacky put into the bin."""
    document = _parsed(path) if path.suffix == ".json" else {}
    if document.pop("deleted_at", None):
        content = json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace")
        write_atomic(path, content)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _remove_folder(item: DeletedSession) -> None:
    folder = item.path.parent
    if folder.name.startswith(item.path.stem):
        (folder / NOTE).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
