"""What is told of a session in a list, and what becomes of the chosen one. Blocking."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from clacky_tui.config.settings import load_settings
from clacky_tui.domain.money import format_usd
from clacky_tui.errors import SessionError
from clacky_tui.files import PRIVATE_FILE_MODE, write_atomic
from clacky_tui.i18n import tr, tr_count
from clacky_tui.paths import shorten_home
from clacky_tui.sessions import export as exports
from clacky_tui.sessions import recycle_bin
from clacky_tui.sessions.recycle_bin import DeletedSession
from clacky_tui.sessions.rows import SessionRow
from clacky_tui.tools.wording import one_line, size_words
from clacky_tui.wording import format_cost

EXPORT_SUFFIXES = (".md", ".json", ".zip")
_FILE_NAME_CHARACTERS = 60


def cost_words(row: SessionRow) -> str:
    """What the session cost; nothing for one that cannot be read."""
    if row.broken:
        return ""
    if row.cost is None:
        return format_usd(None) + (" demo" if row.simulated else "")
    return format_cost(row.cost or Decimal(0), row.unpriced, simulated=row.simulated)


def delete(row: SessionRow) -> str:
    """Move a session into the recycle bin and tell so.

    Raises:
        SessionError: somebody has it open.
        OSError: it cannot be moved; it is still where it was.
    """
    recycle_bin.delete(row)
    return tr(
        "{shown_name} is in the recycle bin (b shows it).", shown_name=one_line(row.shown_name)
    )


def restore(item: DeletedSession) -> str:
    """Take a session out of the bin and tell so.

    Raises:
        SessionError: one of that name is there already.
        OSError: it cannot be moved; it is still in the bin.
    """
    recycle_bin.restore(item)
    return tr("{item} is back.", item=deleted_name(item))


def purge(items: Sequence[DeletedSession]) -> str:
    """Delete sessions in the bin for good and tell how many that were.

    Raises:
        SessionError: not all of them could be deleted.
    """
    failures: list[str] = []
    for item in items:
        try:
            recycle_bin.purge(item)
        except OSError as error:
            failures.append(f"{deleted_name(item)}: {error.strerror or error}")
    told = tr(
        "Deleted for good: {count}.",
        count=tr_count("{n} session", "{n} sessions", len(items) - len(failures)),
    )
    if failures:
        raise SessionError(
            tr(
                "{told} {count} could not be deleted: {failures}.",
                told=told,
                count=len(failures),
                failures=failures[0],
            )
        )
    return told


def deleted_name(item: DeletedSession) -> str:
    """The name of a session in the bin, safe to show on one line."""
    return one_line(item.name) or tr("Unnamed session")


def deleted_amount(items: Sequence[DeletedSession]) -> str:
    """``3 sessions, 1.4 MB``."""
    size = tr(size_words(sum(item.size_bytes for item in items)))
    return f"{tr_count('{n} session', '{n} sessions', len(items))}, {size}"


def export_path(row: SessionRow, folder: Path) -> str:
    """Where an export goes unless the person says otherwise: Markdown in `folder`, ``~`` for home."""
    words = "".join(c if c.isalnum() else " " for c in one_line(row.name)).split()
    name = "-".join(words)[:_FILE_NAME_CHARACTERS] or f"session-{row.short_id}"
    return shorten_home(folder / f"{name}.md")


def resolve_export(typed: str, folder: Path) -> Path:
    """The file `typed` means; relative paths start at `folder`.

    Raises:
        SessionError: its ending names no format.
    """
    try:
        path = folder / Path(typed.strip()).expanduser()
    except RuntimeError:
        raise SessionError(
            tr("{typed} names a home that is not known.", typed=typed.strip())
        ) from None
    if not typed.isprintable():
        raise SessionError(tr("A file's name cannot hold control characters."))
    if path.suffix.lower() not in EXPORT_SUFFIXES:
        raise SessionError(
            tr("{typed} does not say which format.", typed=typed.strip() or tr("An empty name")),
            hint=tr("End it in .md to read, .json for OpenClacky, or .zip for the files."),
        )
    return path


def export(row: SessionRow, path: Path) -> str:
    """Write a session to `path` in the format of its ending, secrets masked, and tell so.

    Raises:
        SessionError: the session cannot be read, or there is no such folder.
        ConfigError: the configuration, which knows the secrets, cannot be read.
        OSError: the file cannot be written.
    """
    if not path.parent.is_dir():
        raise SessionError(
            tr("There is no folder {parent}.", parent=one_line(shorten_home(path.parent))),
            hint=tr("Make it first, or choose another place."),
        )
    secrets = tuple(load_settings().secrets)
    match path.suffix.lower():
        case ".zip":
            content = exports.export_zip([row.path], secrets)
        case ".json":
            content = exports.export_json(row.path, secrets).encode("utf-8", "replace")
        case _:
            content = exports.export_markdown(row.path, secrets).encode("utf-8", "replace")
    write_atomic(path, content, mode=PRIVATE_FILE_MODE)
    return tr(
        "Written to {path}, {count}, secrets masked.",
        path=one_line(shorten_home(path)),
        count=size_words(len(content)),
    )
