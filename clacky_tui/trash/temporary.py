"""Which folders are temporary: what lies there outside the project is not worth keeping."""

from __future__ import annotations

import os
from pathlib import Path

from clacky_tui.paths import data_dir

_FIXED = ("/tmp", "/var/tmp")


def temporary_dirs() -> tuple[Path, ...]:
    """``/tmp``, ``/var/tmp`` and ``TMPDIR`` with symlinks followed, as far as they are folders.

    None that the person's home or data lies in.
    """
    kept = [Path(os.path.realpath(folder)) for folder in (Path.home(), data_dir())]
    named = {Path(os.path.realpath(f)) for f in (*_FIXED, os.environ.get("TMPDIR") or "/")}
    return tuple(
        sorted(
            folder
            for folder in named
            if folder.is_dir() and not any(path.is_relative_to(folder) for path in kept)
        )
    )
