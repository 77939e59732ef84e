"""Keeps what is written to standard error away from the screen, and shows it afterwards."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from clacky_tui.files import make_private_dir
from clacky_tui.paths import log_dir, shorten_home

_ERROR_FD = 2
_SHOWN_BYTES = 64 * 1024
"""So much of its end is shown afterwards; all of it stays in the file."""


@contextlib.contextmanager
def stray_errors_kept() -> Iterator[None]:
    """Send standard error to a file in the log folder while the screen is up.

    A file that got something stays, and its end is written to standard error on the way out.
    Nothing happens when standard error is no terminal: there it does no harm.
    """
    if not os.isatty(_ERROR_FD):
        yield
        return
    path = log_dir() / f"screen-{os.getpid()}.log"
    try:
        make_private_dir(path.parent)
        log = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError:
        path = Path(os.devnull)  # better lost than across the screen
        log = os.open(path, os.O_RDWR)
    terminal = os.dup(_ERROR_FD)
    os.dup2(log, _ERROR_FD)
    try:
        yield
    finally:
        os.dup2(terminal, _ERROR_FD)
        os.close(terminal)
        _show(log, path)
        os.close(log)


def _show(log: int, path: Path) -> None:
    size = os.fstat(log).st_size
    if not size:
        if path != Path(os.devnull):
            path.unlink(missing_ok=True)
        return
    start = max(0, size - _SHOWN_BYTES)
    with contextlib.suppress(OSError):
        if start:
            os.write(_ERROR_FD, f"... the beginning is in {shorten_home(path)}\n".encode())
        os.write(_ERROR_FD, os.pread(log, size - start, start))
