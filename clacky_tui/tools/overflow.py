"""Files that keep for a week what the model may want to read on its own later."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir

KEPT_DAYS = 7


def overflow_dir() -> Path:
    """The private folder of saved output, per user, in the system's temporary directory."""
    return Path(tempfile.gettempdir()) / f"clacky-terminal-overflow-{os.getuid()}"


def new_overflow_file(suffix: str = ".log") -> Path:
    """An empty private file in `overflow_dir`; files that are older than a week go.

    Raises:
        OSError: it cannot be made, or the folder is not ours alone.
    """
    folder = overflow_dir()
    make_private_dir(folder)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    _prune(folder)
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    file = folder / f"{moment}-{secrets.token_hex(3)}{suffix}"
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE))
    return file


def save_overflow(text: str) -> Path | None:
    """Save `text`; None when that is impossible."""
    try:
        file = new_overflow_file()
        file.write_bytes(text.encode())
    except OSError:
        return None
    return file


def _prune(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for file in folder.glob("*-*-*.*"):
        with contextlib.suppress(OSError):
            if file.stat().st_mtime < oldest:
                file.unlink()
