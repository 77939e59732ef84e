"""How the trash lies on the disk: a folder per project, a payload and a JSON sidecar per item.

``<data>/trash/<md5(project)[:16]>_<name[:21]>/`` holds ``.project_metadata.json`` and pairs of
``<name>_deleted_<YYYYmmdd_HHMMSS_nanos>`` and the same name with ``.metadata.json``
(spec/tools-skills.md 2.11, 4.8; OpenClacky reads and writes the same).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.paths import trash_dir

SIDECAR_SUFFIX = ".metadata.json"
PROJECT_FILE = ".project_metadata.json"
PURGING_SUFFIX = ".purging"
"""Ends the name of a payload that is being deleted for good; a sweep removes what a crash left."""

FOLDER_NAME = re.compile(r"[0-9a-f]{16}_.*", re.DOTALL)
_NAME_BYTES = 180
"""So much of a deleted name stays in its payload's; with the additions it fits in 255 bytes."""


class ItemKind(StrEnum):
    """How a file came into the trash."""

    DELETED = "deleted"
    OVERWRITTEN = "overwritten"
    """A copy, made before a command that could change or delete the file."""


class SidecarError(ValueError):
    """A sidecar that cannot be read as one."""


@dataclass(frozen=True, slots=True)
class TrashedItem:
    """One file, folder or link in the trash.

    Attributes:
        original_path: where it was; absolute, without symlinks before the last name.
        payload: what it is now.
        deleted_at: in UTC.
        deleted_by: the program or command that did it.
        is_directory: a folder itself, not a link to one.
        size_bytes: of the file, or of all files in the folder; None for a folder not yet measured.
        digest: SHA-256 in hex of a file saved before a command; else empty.
    """

    original_path: Path
    payload: Path
    deleted_at: datetime
    deleted_by: str
    kind: ItemKind
    is_directory: bool
    size_bytes: int | None
    digest: str = ""

    @property
    def sidecar(self) -> Path:
        return self.payload.with_name(self.payload.name + SIDECAR_SUFFIX)

    @property
    def extension(self) -> str:
        """``".py"``; empty when there is none."""
        return self.original_path.suffix


def physical(path: Path) -> Path:
    """`path` absolute, symlinks followed in all names but the last."""
    absolute = Path(os.path.abspath(path))
    return Path(os.path.realpath(absolute.parent), absolute.name)


def project_folder(project: Path) -> Path:
    """The trash of `project`; symlinks in its path are followed first. It may not exist yet."""
    root = os.path.realpath(project)
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", Path(root).name)[:21]
    digest = hashlib.md5(os.fsencode(root), usedforsecurity=False).hexdigest()[:16]
    return trash_dir() / f"{digest}_{name}"


def open_project_folder(folder: Path, project: Path) -> None:
    """Make the trash of `project` at `folder` when it is missing, and note that it is used now.

    Raises:
        OSError: the data directory cannot be written.
    """
    make_private_dir(folder)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        write_atomic(ignore, b"*\n!.gitignore\n", mode=PRIVATE_FILE_MODE)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    root = Path(os.path.realpath(project))
    known = read_project(folder)
    content = {
        "project_root": str(root),
        "project_name": root.name,
        "project_hash": folder.name[:16],
        "created_at": known.get("created_at", now),
        "last_accessed": now,
    }
    write_atomic(folder / PROJECT_FILE, _json_bytes(content), mode=PRIVATE_FILE_MODE)


def read_project(folder: Path) -> Mapping[str, Any]:
    """The content of a project's ``.project_metadata.json``; empty when missing or unreadable."""
    try:
        return _json_object((folder / PROJECT_FILE).read_bytes())
    except (OSError, SidecarError):
        return {}


def reserve(
    folder: Path, original: Path, deleted_by: str, kind: ItemKind, *, digest: str = ""
) -> TrashedItem:
    """A new item for `original`: its sidecar is on the disk, its payload is the caller's to make.

    The sidecar comes first, so that no crash leaves a payload nobody can name.

    Raises:
        OSError: `original` cannot be looked at, or the trash cannot be written; nothing is left.
    """
    status = original.lstat()
    is_directory = stat.S_ISDIR(status.st_mode)
    nanoseconds = time.time_ns()
    at = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
    stamp = f"{at:%Y%m%d_%H%M%S}_{nanoseconds % 10**9:09d}"
    stem = os.fsdecode(os.fsencode(original.name)[:_NAME_BYTES])
    for attempt in range(100):
        suffix = f"-{attempt}" if attempt else ""
        item = TrashedItem(
            original_path=original,
            payload=folder / f"{stem}_deleted_{stamp}{suffix}",
            deleted_at=at.replace(microsecond=nanoseconds % 10**9 // 1000),
            deleted_by=deleted_by,
            kind=kind,
            is_directory=is_directory,
            size_bytes=None if is_directory else status.st_size,
            digest=digest,
        )
        with contextlib.suppress(FileExistsError):
            _create(item.sidecar, sidecar_bytes(item, stat.S_IMODE(status.st_mode)))
            return item
    raise FileExistsError(f"no free name for {original.name} in {folder}")


def sidecar_bytes(item: TrashedItem, mode: int) -> bytes:
    """The JSON beside `item`'s payload; bytes that are no UTF-8 stand as lone surrogates."""
    content: dict[str, Any] = {
        "original_path": str(item.original_path),
        "trash_directory": str(item.payload.parent),
        "deleted_at": item.deleted_at.isoformat().replace("+00:00", "Z"),
        "deleted_by": item.deleted_by,
        "file_size": item.size_bytes,
        "file_type": item.extension,
        "file_mode": f"{mode:o}",
        "kind": item.kind.value,
    }
    if item.digest:
        content["sha256"] = item.digest
    return _json_bytes(content)


def read_item(sidecar: Path) -> TrashedItem:
    """The item a sidecar tells of.

    Raises:
        SidecarError: not JSON, or a field is missing or of another type.
        OSError: the sidecar or its payload cannot be looked at; FileNotFoundError when one is gone.
    """
    payload = sidecar.with_name(sidecar.name.removesuffix(SIDECAR_SUFFIX))
    status = payload.lstat()
    content = _json_object(sidecar.read_bytes())
    original, deleted_at = content.get("original_path"), content.get("deleted_at")
    if not isinstance(original, str) or not original.startswith("/") or "\0" in original:
        raise SidecarError("original_path is not an absolute path")
    try:
        at = datetime.fromisoformat(str(deleted_at))
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise SidecarError("deleted_at is not a time") from None
    is_directory = stat.S_ISDIR(status.st_mode)
    noted = content.get("file_size")
    return TrashedItem(
        original_path=Path(original),
        payload=payload,
        deleted_at=at,
        deleted_by=str(content.get("deleted_by") or ""),
        kind=ItemKind.OVERWRITTEN if content.get("kind") == "overwritten" else ItemKind.DELETED,
        is_directory=is_directory,
        size_bytes=(noted if isinstance(noted, int) else None) if is_directory else status.st_size,
        digest=str(content.get("sha256") or ""),
    )


def rewrite_sidecar(item: TrashedItem) -> None:
    """Write what is now known of `item`.

    Raises:
        OSError: the trash cannot be written; the old sidecar is intact.
    """
    mode = stat.S_IMODE(item.payload.lstat().st_mode)
    write_atomic(item.sidecar, sidecar_bytes(item, mode), mode=PRIVATE_FILE_MODE)


def _create(path: Path, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE_MODE)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
    except OSError:
        path.unlink()
        raise


def _json_bytes(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        raise SidecarError("not JSON") from None
    if not isinstance(value, dict):
        raise SidecarError("not a JSON object")
    return value
