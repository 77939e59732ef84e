"""The scope of a verdict with eyes on the disk: links followed, patterns expanded."""

from __future__ import annotations

import glob
import os
import tempfile
from itertools import islice
from pathlib import Path

from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.verdict import Scope
from clacky_tui.paths import data_dir

_MATCHES_LIMIT = 1000


def disk_scope(
    working_dir: Path,
    mode: PermissionMode = PermissionMode.CONFIRM_SAFES,
    *,
    allowed_rules: frozenset[str] = frozenset(),
    attended: bool = True,
) -> Scope:
    """A `Scope` for calls made in `working_dir`; verdicts in it look at the disk."""
    return Scope(
        working_dir=os.path.realpath(working_dir),
        mode=mode,
        home=os.path.expanduser("~"),  # noqa: PTH111  Path.home() raises where there is none
        data_dir=str(data_dir()),
        temp_dir=tempfile.gettempdir(),
        allowed_rules=allowed_rules,
        attended=attended,
        real_path=os.path.realpath,
        matching=_matching,
    )


def _matching(pattern: str) -> list[str]:
    """At most `_MATCHES_LIMIT` paths that `pattern` finds."""
    return list(islice(glob.iglob(pattern), _MATCHES_LIMIT))  # noqa: PTH207
