"""A program on a pseudo-terminal of its own: started, and its settings put back after others."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROWS, COLUMNS = 40, 120

_ON_ITS_TERMINAL = 'exec "$@" <"$0" >"$0" 2>&1'
"""A new session's first process to open a terminal gets it as its controlling terminal. The shell
in between saves a `preexec_fn`, which is unsafe beside threads and slow in a large process."""


class PtyProcess:
    """The program leads its session, so its pid is the session's id too.

    Attributes:
        terminal: the master side, non-blocking, not inherited; closing it hangs the session up.
        tty: path of the side the program sees.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], terminal: int, program_side: int, tty: str
    ) -> None:
        self.process = process
        self.pid = process.pid
        self.terminal = terminal
        self.tty = tty
        self._settings: list[Any] = termios.tcgetattr(terminal)
        # Held until the program has opened it: the last one to close it hangs the program up.
        self._program_side: int | None = program_side

    @classmethod
    def start(cls, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> PtyProcess:
        """Blocking.

        Raises:
            OSError: no terminal or no process is to be had.
        """
        terminal, program_side = pty.openpty()
        try:
            tty = os.ttyname(program_side)
            _set_up(program_side)
            process = subprocess.Popen(
                ["/bin/sh", "-c", _ON_ITS_TERMINAL, tty, *argv],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,
            )
            os.set_blocking(terminal, False)
            return cls(process, terminal, program_side, tty)
        except BaseException:
            os.close(program_side)
            os.close(terminal)
            raise

    def program_has_it(self) -> None:
        """The program wrote something: from now on its end is seen as the terminal's end."""
        if self._program_side is not None:
            os.close(self._program_side)
            self._program_side = None

    def restore_settings(self) -> None:
        """Undo what programs did to the terminal's settings and size."""
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(self.terminal, termios.TCSANOW, self._settings)
            _set_size(self.terminal)

    def close(self) -> None:
        """Hang up. The process is not waited for."""
        self.program_has_it()
        os.close(self.terminal)


def _set_up(tty: int) -> None:
    """Line input without echo, output as it is written (no carriage returns added)."""
    settings = termios.tcgetattr(tty)
    settings[1] &= ~termios.OPOST
    settings[3] &= ~(termios.ECHO | termios.ECHONL)
    termios.tcsetattr(tty, termios.TCSANOW, settings)
    _set_size(tty)


def _set_size(tty: int) -> None:
    fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
