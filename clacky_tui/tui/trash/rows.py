"""The trash of all projects as one list, and what becomes of its entries. Blocking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clacky_tui.i18n import tr, tr_count
from clacky_tui.paths import shorten_home
from clacky_tui.tools.wording import one_line, size_words
from clacky_tui.trash.layout import TrashedItem
from clacky_tui.trash.overview import ProjectSummary, read_overview
from clacky_tui.trash.store import ProjectTrash, TrashError, delete_items

OLD_DAYS = 7
_PATH_PARTS = 3


class Order(StrEnum):
    """What the list is sorted by."""

    NEWEST = "newest"
    LARGEST = "largest"
    NAME = "name"
    PROJECT = "project"

    @property
    def following(self) -> Order:
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


@dataclass(frozen=True, slots=True)
class TrashRow:
    """One entry. `orphaned`: its project's folder is gone; `folded` is what the filter looks in."""

    item: TrashedItem
    project: ProjectSummary
    folded: str

    @property
    def orphaned(self) -> bool:
        return self.project.orphaned

    @property
    def size_bytes(self) -> int:
        return self.item.size_bytes or 0

    @property
    def name(self) -> str:
        """Safe to show on one line; a folder's ends in a slash."""
        return one_line(self.item.original_path.name) + ("/" if self.item.is_directory else "")

    @property
    def path(self) -> str:
        """The whole path, safe to show on one line."""
        return one_line(shorten_home(self.item.original_path))

    @property
    def short_path(self) -> str:
        """The last three parts of the folder it was in."""
        folder = one_line(shorten_home(self.item.original_path.parent))
        parts = folder.split("/")
        return folder if len(parts) <= _PATH_PARTS else "…/" + "/".join(parts[-_PATH_PARTS:])

    @property
    def project_name(self) -> str:
        """The name of the project's folder; ``?`` when its trash does not say."""
        return one_line(self.project.root.name) or "/" if self.project.root else "?"


@dataclass(frozen=True, slots=True)
class Listing:
    """All entries, how many records nobody can read, and which folders, in sentences."""

    rows: tuple[TrashRow, ...]
    unreadable: int
    unreadable_folders: tuple[str, ...] = ()


def read_listing() -> Listing:
    """Everything in the trash.

    Raises:
        TrashError: it cannot be listed.
    """
    overview = read_overview()
    projects = overview.projects
    rows = [TrashRow(i, p, _folded(i, p)) for p in projects for i in p.items]
    unreadable = sum(project.unreadable for project in projects)
    return Listing(tuple(rows), unreadable, overview.unreadable)


def arrange(rows: Sequence[TrashRow], typed: str, order: Order) -> Sequence[TrashRow]:
    """Those of `rows` in whose path or project every word of `typed` occurs, sorted."""
    words = typed.casefold().split()
    fitting = [row for row in rows if all(word in row.folded for word in words)]
    fitting.sort(key=lambda row: row.item.deleted_at, reverse=True)
    match order:
        case Order.LARGEST:
            fitting.sort(key=lambda row: row.size_bytes, reverse=True)
        case Order.NAME:
            fitting.sort(key=lambda row: row.item.original_path.name.casefold())
        case Order.PROJECT:
            fitting.sort(key=lambda row: str(row.project.root or ""))
        case Order.NEWEST:
            pass
    return fitting


def older(rows: Sequence[TrashRow], now: datetime) -> list[TrashRow]:
    """Those that have lain there for more than a week."""
    limit = now - timedelta(days=OLD_DAYS)
    return [row for row in rows if row.item.deleted_at < limit]


def amount(rows: Sequence[TrashRow]) -> str:
    """``12 items, 3.4 MB``."""
    size = tr(size_words(sum(row.size_bytes for row in rows)))
    return f"{tr_count('{n} item', '{n} items', len(rows))}, {size}"


def restore(row: TrashRow) -> str:
    """Put `row` back and tell so.

    Raises:
        TrashError: its place is taken, or the disk refuses; it is still in the trash.
    """
    folder = row.item.payload.parent
    restored = ProjectTrash(row.project.root or folder, folder).restore(row.item)
    told = tr("Back: {path}.", path=one_line(shorten_home(restored.path)))
    if restored.replaced is not None:
        told += tr(" What stood there is in the trash now.")
    return told


def delete(rows: Sequence[TrashRow]) -> str:
    """Delete `rows` for good and tell how much that was.

    Raises:
        TrashError: not all of them could be deleted.
    """
    removal = delete_items(row.item for row in rows)
    freed = tr(
        "Deleted for good: {count}, {freed_bytes}.",
        count=tr_count("{n} item", "{n} items", removal.count),
        freed_bytes=size_words(removal.freed_bytes),
    )
    if removal.failures:
        count = tr_count("{n} item", "{n} items", len(removal.failures))
        raise TrashError(
            tr(
                "{freed} {count} could not be deleted: {failures}.",
                freed=freed,
                count=count,
                failures=one_line(removal.failures[0]),
            )
        )
    return freed


def _folded(item: TrashedItem, project: ProjectSummary) -> str:
    return f"{item.original_path}\n{project.root or ''}".casefold()
