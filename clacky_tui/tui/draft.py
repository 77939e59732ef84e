"""The composer's unsent text, kept from one start to the next."""

from __future__ import annotations

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.paths import draft_file


def read_draft() -> str:
    """What was being written when the app ended; empty when nothing was."""
    try:
        return draft_file().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def save_draft(text: str) -> None:
    """Keep `text` for the next start; blank text drops the old draft. A full disk stops nothing."""
    path = draft_file()
    try:
        if text.strip():
            make_private_dir(path.parent)
            write_atomic(path, text.encode("utf-8", "replace"), mode=PRIVATE_FILE_MODE)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return
