"""The corpus of shell commands with the verdicts they must get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

CORPUS = Path(__file__).parent / "domain/permissions/corpus.txt"


def commands(*, blind: bool = False) -> Iterator[tuple[str, str]]:
    """Each command with its verdict; `blind` leaves out what only a look at the disk tells."""
    verdict = ""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            verdict, _, family = line[3:].partition(": ")
            if blind and family == "seen only on the disk":
                verdict = ""
        elif line and not line.startswith("# "):
            yield verdict, json.loads(line[5:]) if line.startswith("json:") else line
