"""Writing histories that are one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def write_lines(path: Path, lines: Iterable[Line | str], *, torn: str = "") -> Path:
    """Objects and raw texts, a line each; `torn` stands behind the last newline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{text_of(line)}\n" for line in lines) + torn, "utf-8")
    return path


def text_of(line: Line | str) -> str:
    return line if isinstance(line, str) else json.dumps(line, separators=(",", ":"))
