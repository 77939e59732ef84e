"""Usage that a person brings along: files that no agent keeps on this machine."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.paths import usage_imports_dir
from clacky_tui.usage.readers.cursor import EXPORT_COLUMNS, CursorReader


def import_cursor_csv(path: Path) -> Path:
    """Keep a copy of Cursor's exported usage for the next refresh; returns where it lies.

    The same export again changes nothing; one that overlaps another counts each row once.

    Raises:
        ConfigError: it cannot be read, or is no such export.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}.", hint="Name the CSV file you downloaded."
        ) from error
    first_line = content.decode("utf-8-sig", "replace").partition("\n")[0]
    missing = EXPORT_COLUMNS - set(next(csv.reader([first_line.strip()]), []))
    if missing:
        raise ConfigError(
            f"{path} is no usage export of Cursor: it has no column {', '.join(sorted(missing))}.",
            hint="Export it as CSV under Usage in Cursor's dashboard.",
        )
    folder = make_private_dir(usage_imports_dir() / CursorReader.agent)
    kept = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.csv"
    write_atomic(kept, content, mode=PRIVATE_FILE_MODE)
    return kept
