"""Whether a tool call may run, asks a person first, or is refused.

Pure: looks at nothing but its arguments and what the scope's functions tell. Commands are read by
`clacky_tui.domain.shell`; only what is known to read inside the project runs unasked.
"""

from __future__ import annotations

from clacky_tui.domain.permissions.findings import rules_of
from clacky_tui.domain.permissions.names import (
    SECRET_NAMES,
    SECRET_PATHS,
    STARTUP_NAMES,
    is_secret_target,
    secret_part,
)
from clacky_tui.domain.permissions.tools import judge

__all__ = [
    "SECRET_NAMES",
    "SECRET_PATHS",
    "STARTUP_NAMES",
    "is_secret_target",
    "judge",
    "rules_of",
    "secret_part",
]
