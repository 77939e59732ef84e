"""One project's trash: put in, list, bring back, delete for good."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import phrase
from clacky_tui.trash import trees
from clacky_tui.trash.layout import (
    PROJECT_FILE,
    PURGING_SUFFIX,
    SIDECAR_SUFFIX,
    ItemKind,
    SidecarError,
    TrashedItem,
    open_project_folder,
    physical,
    project_folder,
    read_item,
    reserve,
    rewrite_sidecar,
)

_LATEST = 3
_SUGGESTIONS = 3


class TrashError(ClackyError):
    """Something cannot be found in the trash or brought back; nothing was changed."""

    code = "trash"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a trash folder holds.

    Attributes:
        items: newest first.
        unreadable: sidecars that cannot be read; their payloads stay where they are.
    """

    items: tuple[TrashedItem, ...]
    unreadable: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What was deleted for good; `failures` say which item could not be and why."""

    count: int = 0
    freed_bytes: int = 0
    failures: tuple[str, ...] = ()

    def __add__(self, other: Removal) -> Removal:
        return Removal(
            self.count + other.count,
            self.freed_bytes + other.freed_bytes,
            self.failures + other.failures,
        )


@dataclass(frozen=True, slots=True)
class Restored:
    """A file that is back.

    Attributes:
        path: where it is again.
        replaced: the file that stood there, now in the trash itself; only for saved copies.
    """

    path: Path
    replaced: TrashedItem | None = None


@dataclass(frozen=True, slots=True)
class TrashStatus:
    """A trash folder in figures. `by_extension` counts files, most frequent first, ``""`` for none
    and ``"/"`` for folders."""

    folder: Path
    count: int
    size_bytes: int
    by_extension: tuple[tuple[str, int], ...]
    latest: tuple[TrashedItem, ...]
    unreadable: int


def read_folder(folder: Path) -> Contents:
    """The items of one trash folder; a missing folder is empty, a broken sidecar hides no other.

    Raises:
        OSError: the folder cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.endswith(SIDECAR_SUFFIX)]
    except FileNotFoundError:
        return Contents((), ())
    items, unreadable = [], []
    for name in names:
        try:
            items.append(read_item(folder / name))
        except FileNotFoundError:
            continue
        except (SidecarError, OSError):
            unreadable.append(folder / name)
    items.sort(key=lambda item: (item.deleted_at, item.payload.name), reverse=True)
    return Contents(tuple(items), tuple(sorted(unreadable)))


def measured(item: TrashedItem) -> TrashedItem:
    """`item` with its size; a folder is walked once and its size kept in the sidecar."""
    if item.size_bytes is not None:
        return item
    known = replace(item, size_bytes=trees.size_bytes(item.payload))
    try:
        rewrite_sidecar(known)
    except OSError:
        return known
    return known


def delete_item(item: TrashedItem) -> int:
    """Delete `item` for good; returns the bytes freed, measured on the disk.

    Raises:
        OSError: it could not be deleted, or not all of it.
    """
    freed = trees.size_bytes(item.payload)
    purging = item.payload.with_name(item.payload.name + PURGING_SUFFIX)
    item.payload.rename(purging)
    item.sidecar.unlink(missing_ok=True)
    trees.remove(purging)
    return freed


def delete_items(items: Iterable[TrashedItem]) -> Removal:
    """Delete each of `items` for good; one that cannot be deleted does not stop the others."""
    removal = Removal()
    for item in items:
        try:
            removal += Removal(1, delete_item(item))
        except FileNotFoundError:
            continue
        except OSError as error:
            removal += Removal(failures=(f"{item.original_path}: {error.strerror or error}",))
    return removal


class ProjectTrash:
    """The trash of one project. Every method reads the disk: call it off the event loop."""

    def __init__(self, project: Path, folder: Path | None = None) -> None:
        self.project = Path(os.path.realpath(project))
        self.folder = folder or project_folder(self.project)

    def contents(self) -> Contents:
        """See `read_folder`."""
        return read_folder(self.folder)

    def status(self) -> TrashStatus:
        """Count, size, kinds and the latest three."""
        contents = self.contents()
        items = [measured(item) for item in contents.items]
        kinds = Counter("/" if item.is_directory else item.extension for item in items)
        return TrashStatus(
            folder=self.folder,
            count=len(items),
            size_bytes=sum(item.size_bytes or 0 for item in items),
            by_extension=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
            latest=tuple(items[:_LATEST]),
            unreadable=len(contents.unreadable),
        )

    def select(self, wanted: str) -> tuple[TrashedItem, ...]:
        """The items meant by `wanted`, at least one, parents before what was in them.

        A path means its newest item; a folder's path, when the folder itself is not in the trash,
        the newest of each path inside it. ``3`` or ``#3`` is a line number of the list, unless a
        file of that name is in the trash.

        Raises:
            TrashError: nothing fits; the hint names files of the same name.
        """
        items = self.contents().items
        if not wanted.strip():
            raise TrashError(
                phrase("The path is missing."), hint=phrase("Name a path or a number of the list.")
            )
        if not items:
            raise TrashError(
                phrase("The trash of this project is empty."), hint=phrase("Nothing to do.")
            )
        typed = self.project / Path(wanted).expanduser()
        spellings = {Path(os.path.normpath(typed)), physical(typed)}
        for item in items:
            if item.original_path in spellings:
                return (item,)
        number = wanted.strip().removeprefix("#")
        if number.isascii() and number.isdigit() and 1 <= int(number) <= len(items):
            return (items[int(number) - 1],)
        inside: dict[Path, TrashedItem] = {}
        for item in items:
            if not spellings.isdisjoint(item.original_path.parents):
                inside.setdefault(item.original_path, item)
        if inside:
            return tuple(inside[path] for path in sorted(inside))
        raise TrashError(
            phrase("{wanted} is not in the trash.", wanted=wanted),
            hint=self._suggestion(wanted, items),
        )

    def restore(self, item: TrashedItem) -> Restored:
        """Put `item` back where it was; missing parent folders are made.

        A copy saved before a command replaces what is there now, which goes to the trash itself.
        Whatever else stands in the way stays, and the item stays in the trash.

        Raises:
            TrashError: the place is taken, or the disk refuses.
        """
        destination, replaced = item.original_path, None
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(destination):
                if item.kind is not ItemKind.OVERWRITTEN:
                    raise FileExistsError
                replaced = self.discard(destination, "restore", ItemKind.OVERWRITTEN)
            try:
                trees.move(item.payload, destination)
            except OSError:
                if replaced is not None:
                    trees.move(replaced.payload, destination)
                    replaced.sidecar.unlink(missing_ok=True)
                raise
        except FileExistsError:
            raise TrashError(
                phrase("{destination} exists; it was left as it is.", destination=destination),
                hint=phrase("Move it away first, then restore again."),
            ) from None
        except OSError as error:
            raise TrashError(
                phrase(
                    "{destination} could not be restored: {strerror}.",
                    destination=destination,
                    strerror=error.strerror or error,
                ),
                hint=phrase("It is still in the trash: {payload}", payload=item.payload),
            ) from error
        item.sidecar.unlink(missing_ok=True)
        return Restored(destination, replaced)

    def restore_each(
        self, items: Iterable[TrashedItem]
    ) -> tuple[tuple[Restored, ...], tuple[str, ...]]:
        """`restore` each of `items`: what is back, and for each of the others why it is not."""
        restored: list[Restored] = []
        failures: list[str] = []
        for item in items:
            try:
                restored.append(self.restore(item))
            except TrashError as error:
                failures.append(str(error))
        return tuple(restored), tuple(failures)

    def empty(self, older_than: timedelta = timedelta(0)) -> Removal:
        """Delete for good what has been in the trash for at least `older_than`."""
        limit = datetime.now(UTC) - older_than
        return delete_items(item for item in self.contents().items if item.deleted_at <= limit)

    def discard(
        self, path: Path, deleted_by: str, kind: ItemKind = ItemKind.DELETED
    ) -> TrashedItem:
        """Move `path` to the trash.

        Raises:
            OSError: it could not be moved; it is where it was.
        """
        self._open()
        item = reserve(self.folder, physical(path), deleted_by, kind)
        try:
            trees.move(item.original_path, item.payload)
        except OSError:
            if not os.path.lexists(item.payload):
                item.sidecar.unlink(missing_ok=True)
            raise
        return item

    def copies(self) -> dict[tuple[Path, str], TrashedItem]:
        """The newest saved copy of each path and content (its digest)."""
        items = self.contents().items
        return {(i.original_path, i.digest): i for i in reversed(items) if i.digest}

    def keep_copy(
        self, path: Path, deleted_by: str, copies: Mapping[tuple[Path, str], TrashedItem]
    ) -> TrashedItem:
        """Copy `path` to the trash, or renew the date of the copy that is among `copies` already.

        Raises:
            OSError: it could not be copied; nothing is left of the try.
        """
        original = physical(path)
        self._open()
        digest = _digest(original)
        known = copies.get((original, digest))
        if known is not None:
            renewed = replace(known, deleted_at=datetime.now(UTC), deleted_by=deleted_by)
            rewrite_sidecar(renewed)
            return renewed
        item = reserve(self.folder, original, deleted_by, ItemKind.OVERWRITTEN, digest=digest)
        try:
            trees.copy(original, item.payload, flush=False)
        except BaseException:
            item.sidecar.unlink(missing_ok=True)
            raise
        return item

    def trim_copies(self, limit_bytes: int, keep: Collection[Path]) -> Removal:
        """Delete the oldest saved copies until all together take at most `limit_bytes`.

        Args:
            limit_bytes: of all copies; deleted files do not count.
            keep: payloads that stay in any case.
        """
        used_bytes, doomed = 0, []
        for item in self.contents().items:
            if item.kind is not ItemKind.OVERWRITTEN:
                continue
            used_bytes += measured(item).size_bytes or 0
            if used_bytes > limit_bytes and item.payload not in keep:
                doomed.append(item)
        return delete_items(doomed)

    def _open(self) -> None:
        if not (self.folder / PROJECT_FILE).exists():
            open_project_folder(self.folder, self.project)

    def _suggestion(self, wanted: str, items: Sequence[TrashedItem]) -> str:
        name = Path(wanted).name
        same = dict.fromkeys(str(i.original_path) for i in items if i.original_path.name == name)
        if same:
            return phrase("Did you mean {names}?", names=" or ".join(list(same)[:_SUGGESTIONS]))
        return phrase("The list shows what is.")


def _digest(path: Path) -> str:
    """SHA-256 of a regular file in hex; empty for anything else."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
