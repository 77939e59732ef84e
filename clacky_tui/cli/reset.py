"""`clacky --reset-terminal`: the terminal as a shell wants it, after a program was killed on it."""

from __future__ import annotations

import contextlib
import os
import subprocess

from clacky_tui.errors import ClackyError, ExitCode
from clacky_tui.i18n import tr

_LEAVE, _KEEP_CURSOR, _CURSOR_BACK = "\x1b[<u\x1b[?1049l", "\x1b7", "\x1b8"
"""The alternate screen has kitty keys of its own; resetting the margins moves the cursor."""


def reset() -> int:
    """Undo what a full-screen program may have set, on the terminal of this process.

    Raises:
        ClackyError: there is no terminal.
    """
    from clacky_tui.tui.terminal import RESTORE

    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise ClackyError(
            tr("There is no terminal to reset ({strerror}).", strerror=error.strerror),
            hint=tr("Run it in the terminal that is broken."),
        ) from error
    try:
        os.write(fd, f"{_LEAVE}{_KEEP_CURSOR}{RESTORE}{_CURSOR_BACK}".encode())
        with contextlib.suppress(OSError):  # no stty: the sequences are most of it
            subprocess.run(["stty", "sane"], stdin=fd, check=False)
    finally:
        os.close(fd)
    return ExitCode.OK
