"""How much of a command's output the model reads, and the file that keeps the rest."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir
from clacky_tui.tools.wording import size_words

OUTPUT_LIMIT_BYTES = 4000
PREVIEW_BYTES = 3800
FAILED_HEAD_BYTES = 1200
"""A failing command shows this much of its start; the rest of the preview is its end."""
LINE_LIMIT_BYTES = 500
OVERFLOW_AGE_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class LimitedOutput:
    """`text` is at most `OUTPUT_LIMIT_BYTES` of UTF-8; `full_file` holds everything when cut."""

    text: str
    truncated: bool
    full_file: Path | None


def limit_output(text: str, *, failed: bool) -> LimitedOutput:
    """Cut long lines, then the whole; a cut text is saved in full beforehand (spec 2.5.7)."""
    short_lines = "\n".join(_cut_line(line) for line in text.split("\n"))
    if len(short_lines.encode()) <= OUTPUT_LIMIT_BYTES:
        return LimitedOutput(short_lines, short_lines != text, None)
    file = save_overflow(text)
    size = size_words(len(text.encode()))
    notice = f"[{size} of output, cut here"
    notice += f"; all of it is in {file}: use grep or file_reader on it]" if file else "]"
    budget = min(PREVIEW_BYTES, OUTPUT_LIMIT_BYTES - len(notice.encode()) - 2)
    if not failed:
        return LimitedOutput(f"{head_bytes(short_lines, budget)}\n{notice}", True, file)
    head = head_bytes(short_lines, min(FAILED_HEAD_BYTES, budget))
    tail = tail_bytes(short_lines, budget - len(head.encode()))
    return LimitedOutput(f"{head}\n{notice}\n{tail}", True, file)


def head_bytes(text: str, limit_bytes: int) -> str:
    """The start of `text` in at most `limit_bytes` of UTF-8, no character split."""
    return text.encode()[: max(limit_bytes, 0)].decode("utf-8", "ignore")


def tail_bytes(text: str, limit_bytes: int) -> str:
    """The end of `text` in at most `limit_bytes` of UTF-8, no character split."""
    encoded = text.encode()
    return encoded[max(len(encoded) - max(limit_bytes, 0), 0) :].decode("utf-8", "ignore")


def _cut_line(line: str) -> str:
    size_bytes = len(line.encode())
    if size_bytes <= LINE_LIMIT_BYTES:
        return line
    return f"{head_bytes(line, LINE_LIMIT_BYTES)}… [line of {size_bytes:,} bytes, cut]"


def overflow_dir() -> Path:
    """The private folder of saved output, per user, in the system's temporary directory."""
    return Path(tempfile.gettempdir()) / f"clacky-terminal-overflow-{os.getuid()}"


def save_overflow(text: str) -> Path | None:
    """Save `text` for a week; None when that is impossible or the folder is not ours alone."""
    folder = overflow_dir()
    try:
        make_private_dir(folder)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            return None
        _prune(folder)
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        file = folder / f"{moment}-{secrets.token_hex(3)}.log"
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
        with os.fdopen(fd, "wb") as output:
            output.write(text.encode())
    except OSError:
        return None
    return file


def _prune(folder: Path) -> None:
    oldest = time.time() - OVERFLOW_AGE_SECONDS
    for file in folder.glob("*.log"):
        with contextlib.suppress(OSError):
            if file.stat().st_mtime < oldest:
                file.unlink()
