"""Which process has a session open.

The lock is `flock` on the session's own file: the kernel lets go of it when the process ends, however
it ends, it follows the file when it is renamed, and no second file can be left behind.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType


class SessionLock:
    """Held while a session is open. Also a second lock within one process is refused.

    Args:
        path: the session's journal; it has to exist when the lock is acquired.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False when somebody else has the session open.

        Raises:
            OSError: there is no such file (any more), or it cannot be opened.
        """
        if self._fd is not None:
            return True
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # It may have gone to the bin between the two calls; the lock would then guard nothing.
            same = os.path.samestat(os.fstat(fd), self.path.stat())
        except BlockingIOError:
            os.close(fd)
            return False
        except BaseException:
            os.close(fd)
            raise
        if not same:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Let others have it; without effect when it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> SessionLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
