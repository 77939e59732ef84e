"""The audit log: one JSON line for every write, edit and command of the agent (spec 3.9)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from clacky_tui.domain.redact import redact
from clacky_tui.files import append_line, exclusive

AUDITED_TOOLS = frozenset({"write", "edit", "terminal"})
ROTATE_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5
"""The log and four older ones, ``audit.log.1`` the youngest of them."""

AuditOutcome = Literal["done", "failed", "refused", "interrupted"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One call. `summary` is what the person read of it; secrets in it are masked when written."""

    time: datetime
    session_id: str
    project: Path
    tool: str
    summary: str
    outcome: AuditOutcome
    result: str


def record(
    path: Path, entry: AuditEntry, known: Iterable[str] = (), rotate_bytes: int = ROTATE_BYTES
) -> None:
    """Append `entry` to the log at `path`, which is rotated before it outgrows `rotate_bytes`.

    Raises:
        OSError: the log cannot be written.
    """
    line = json.dumps(
        {
            "time": entry.time.isoformat(timespec="milliseconds"),
            "session": entry.session_id,
            "project": str(entry.project),
            "tool": entry.tool,
            "summary": redact(entry.summary, known),
            "outcome": entry.outcome,
            "result": redact(entry.result, known),
        },
        ensure_ascii=False,
    ).encode("utf-8", "replace")
    with exclusive(path):
        if path.exists() and path.stat().st_size + len(line) >= rotate_bytes:
            _rotate(path)
        append_line(path, line)


def _rotate(path: Path) -> None:
    for number in range(KEPT_FILES - 1, 0, -1):
        older = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
