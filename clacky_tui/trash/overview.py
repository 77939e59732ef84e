"""The trash of all projects: what lies there, whose project is gone, what has lain too long."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clacky_tui.i18n import phrase
from clacky_tui.paths import shorten_home, trash_dir
from clacky_tui.trash import trees
from clacky_tui.trash.layout import (
    FOLDER_NAME,
    PURGING_SUFFIX,
    SIDECAR_SUFFIX,
    TrashedItem,
    read_project,
)
from clacky_tui.trash.store import Removal, TrashError, delete_items, measured, read_folder

KEEP_DAYS = 30
KEEP_BYTES = 2 * 1024**3
_LEFTOVER_SECONDS = 24 * 3600
"""A younger sidecar without a payload may belong to a deletion at work."""


@dataclass(frozen=True, slots=True)
class ProjectSummary:
    """One project's trash.

    Attributes:
        root: the project's folder; None when its trash does not say.
        orphaned: the project's folder is gone, so a restore would make it anew.
        items: newest first, with their sizes.
        unreadable: sidecars that cannot be read.
    """

    folder: Path
    root: Path | None
    orphaned: bool
    items: tuple[TrashedItem, ...]
    unreadable: int

    @property
    def size_bytes(self) -> int:
        return sum(item.size_bytes or 0 for item in self.items)


@dataclass(frozen=True, slots=True)
class Overview:
    """All projects that have something in the trash, the one last deleted from first.

    Attributes:
        unreadable: which folders of the trash cannot be read and why, in sentences.
    """

    projects: tuple[ProjectSummary, ...]
    unreadable: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return sum(len(project.items) for project in self.projects)

    @property
    def size_bytes(self) -> int:
        return sum(project.size_bytes for project in self.projects)


def read_overview() -> Overview:
    """Everything in the trash. Reads the disk; a project's folder that cannot be read hides no other.

    Raises:
        TrashError: the trash itself cannot be listed.
    """
    summaries: list[ProjectSummary] = []
    unreadable: list[str] = []
    for folder in _folders():
        stated = read_project(folder).get("project_root")
        root = Path(stated) if isinstance(stated, str) and stated.startswith("/") else None
        try:
            summary = read_summary(folder, root)
        except TrashError as error:
            unreadable.append(error.message)
            continue
        if summary.items or summary.unreadable:
            summaries.append(summary)
    summaries.sort(key=_last_deletion, reverse=True)
    return Overview(tuple(summaries), tuple(unreadable))


def read_summary(folder: Path, root: Path | None) -> ProjectSummary:
    """What lies in one project's trash folder; nothing when there is none.

    Raises:
        TrashError: the folder cannot be listed.
    """
    try:
        contents = read_folder(folder)
    except OSError as error:
        raise _not_listed(folder, error) from error
    return ProjectSummary(
        folder=folder,
        root=root,
        orphaned=root is not None and not root.is_dir(),
        items=tuple(measured(item) for item in contents.items),
        unreadable=len(contents.unreadable),
    )


def sweep(max_age: timedelta = timedelta(days=KEEP_DAYS), max_bytes: int = KEEP_BYTES) -> Removal:
    """Delete for good what is older than `max_age`, then the oldest above `max_bytes` in all.

    Raises:
        TrashError: the trash cannot be listed.
    """
    for folder in _folders():
        _clear_leftovers(folder)
    items = [item for project in read_overview().projects for item in project.items]
    items.sort(key=lambda item: item.deleted_at)
    limit = datetime.now(UTC) - max_age
    total_bytes = sum(item.size_bytes or 0 for item in items)
    doomed = []
    for item in items:
        if item.deleted_at >= limit and total_bytes <= max_bytes:
            break
        doomed.append(item)
        total_bytes -= item.size_bytes or 0
    return delete_items(doomed)


def _folders() -> list[Path]:
    try:
        with os.scandir(trash_dir()) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if FOLDER_NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _not_listed(trash_dir(), error) from error


def _not_listed(folder: Path, error: OSError) -> TrashError:
    return TrashError(
        phrase(
            "The trash folder {folder} cannot be read: {strerror}.",
            folder=shorten_home(folder),
            strerror=error.strerror or error,
        ),
        hint=phrase("What lies there is kept: mend the folder or its permissions to see it."),
    )


def _last_deletion(project: ProjectSummary) -> datetime:
    if project.items:
        return project.items[0].deleted_at
    return datetime.min.replace(tzinfo=UTC)


def _clear_leftovers(folder: Path) -> None:
    """Remove what interrupted deletions left: half-purged payloads, old sidecars without payload."""
    yesterday = time.time() - _LEFTOVER_SECONDS
    for leftover in (*folder.glob(f"*{PURGING_SUFFIX}"), *folder.glob(f"*{SIDECAR_SUFFIX}")):
        payload = leftover.with_name(leftover.name.removesuffix(SIDECAR_SUFFIX))
        try:
            if leftover.name.endswith(PURGING_SUFFIX) or (
                not os.path.lexists(payload) and leftover.stat().st_mtime < yesterday
            ):
                trees.remove(leftover)
        except OSError:
            continue
