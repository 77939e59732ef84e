"""Where the first frame of one start is kept for the next, which has no time to work it out."""

from __future__ import annotations

import os

from clacky_tui import __version__
from clacky_tui.tui.first_frame.picture import Picture, read_picture

TYPE_CHECKING = False  # importing typing takes longer than the frame
if TYPE_CHECKING:
    from pathlib import Path

_VARIABLES = (
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "CLACKY_ASCII",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LANG",
)
_ONE_LINE = dict.fromkeys(range(0x20), " ")


class Recording:
    """A small file. It serves only in the surroundings it was made in: they decide how the app looks.

    Args:
        path: the file; it can be lost at any time.
        preferences: the file with the person's own settings of the screen.
        theme: as named on the command line.
    """

    def __init__(self, path: Path, preferences: Path, theme: str | None) -> None:
        self._path = path
        try:
            changed = preferences.stat().st_mtime_ns
        except OSError:
            changed = 0
        values = (os.environ.get(name, "") for name in _VARIABLES)
        surroundings = " | ".join((__version__, theme or "", str(changed), *values))
        self._surroundings = surroundings.translate(_ONE_LINE)

    def load(self) -> Picture | None:
        """The picture; None when there is none that serves."""
        try:
            surroundings, _, text = self._path.read_text("utf-8").partition("\n")
            return read_picture(text) if surroundings == self._surroundings else None
        except (OSError, ValueError):  # none yet, or not ours
            return None

    def save(self, picture: Picture) -> None:
        """Keep `picture`. A full disk stops nothing."""
        from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic

        content = f"{self._surroundings}\n{picture.dumped()}".encode("utf-8", "replace")
        try:
            make_private_dir(self._path.parent)
            write_atomic(self._path, content, mode=PRIVATE_FILE_MODE)
        except OSError:
            return
