"""Which files ripgrep has looked into without a hit, so that they need not be read again."""

from __future__ import annotations

import os
import re
import threading

_COUNT = re.compile(rb"([^\0]+)\0(\d+)\n")
_OPTIONS = (
    *("--no-config", "--no-messages", "--color=never", "--null", "--count", "--include-zero"),
    *("--hidden", "--no-ignore-dot", "--no-ignore-global", "--no-ignore-exclude"),
    "--no-require-git",
    *(f"--glob=!{name}/" for name in (".git", ".svn", ".hg", "node_modules", ".venv", "target")),
)
"""Near to our own ignore rules, so that ripgrep does not read much in vain; they need not agree."""


def rg_command(program: str, looser_pattern: str, folder: str, max_file_size: int) -> list[str]:
    """The command for `RgPrefilter`; the pattern is one of `rg_pattern.loosened`."""
    return [
        *(program, *_OPTIONS, f"--max-filesize={max_file_size}"),
        *(f"--regexp={looser_pattern}", "--", folder),
    ]


class RgPrefilter:
    """One run of ripgrep over a folder, started at once and read when the answer is needed.

    It may skip files or stop anywhere: what it does not name is read by the caller.
    """

    def __init__(self, command: list[str]) -> None:
        """Start `command`.

        Raises:
            OSError: the program cannot be started.
        """
        read_fd, write_fd = os.pipe()
        nothing = os.open(os.devnull, os.O_RDWR)
        actions = [
            (os.POSIX_SPAWN_DUP2, nothing, 0),
            (os.POSIX_SPAWN_DUP2, write_fd, 1),
            (os.POSIX_SPAWN_DUP2, nothing, 2),
        ]
        try:
            self._pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
        except BaseException:
            os.close(read_fd)
            raise
        finally:
            os.close(write_fd)
            os.close(nothing)
        self._without_match: set[str] = set()
        self._reading = threading.Thread(target=self._read, args=(read_fd,), daemon=True)
        self._reading.start()

    def files_without_match(self) -> set[str]:
        """Absolute paths of the text files in which no line matches. Waits for ripgrep's end."""
        self._reading.join()
        return self._without_match

    def _read(self, read_fd: int) -> None:
        with os.fdopen(read_fd, "rb") as answer:
            counts = _COUNT.findall(answer.read())
        os.waitpid(self._pid, 0)
        self._without_match = {os.fsdecode(path) for path, count in counts if count == b"0"}
