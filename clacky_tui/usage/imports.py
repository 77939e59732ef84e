"""Usage that a person brings along: files that no agent keeps on this machine."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.paths import usage_imports_dir
from clacky_tui.usage.instants import instant
from clacky_tui.usage.readers.cursor import EXPORT_COLUMNS, CursorReader

_EXPORT_HINT = "Export it as CSV under Usage in Cursor's dashboard."


@dataclass(frozen=True, slots=True)
class CursorExport:
    """What an export of Cursor's dashboard holds. Days are UTC, as the dashboard has them."""

    rows: int
    """Those with a date; others cannot be counted."""
    undated: int
    first: date
    last: date
    is_new: bool
    """False where the very same export was taken in before."""


def import_cursor_csv(path: Path) -> CursorExport:
    """Keep a copy of Cursor's exported usage for the next refresh.

    The same export again changes nothing; one that overlaps another counts each row once.

    Raises:
        ConfigError: it cannot be read, is no such export, or holds no row; nothing was kept.
        OSError: the data directory cannot be written to.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}.", hint="Name the CSV file you downloaded."
        ) from error
    dates, undated = _dates(content, path)
    folder = make_private_dir(usage_imports_dir() / CursorReader.agent)
    kept = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.csv"
    is_new = not kept.exists()
    write_atomic(kept, content, mode=PRIVATE_FILE_MODE)
    return CursorExport(len(dates), undated, min(dates), max(dates), is_new)


def _dates(content: bytes, path: Path) -> tuple[list[date], int]:
    """The day of each row, and how many rows have none."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
    try:
        missing = EXPORT_COLUMNS - set(rows.fieldnames or ())
        if missing:
            raise ConfigError(
                f"{path} is no usage export of Cursor:"
                f" it has no column {', '.join(sorted(missing))}.",
                hint=_EXPORT_HINT,
            )
        found = [instant(row["Date"]) for row in rows]
    except csv.Error as error:
        raise ConfigError(f"{path} is no CSV file: {error}.", hint=_EXPORT_HINT) from None
    dates = [datetime.fromtimestamp(at, UTC).date() for at in found if at is not None]
    if not dates:
        raise ConfigError(f"{path} holds no row with a date.", hint=_EXPORT_HINT)
    return dates, len(found) - len(dates)
