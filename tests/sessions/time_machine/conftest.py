"""A session in an almost empty working directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.time_machine import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    work = tmp_path / "work"
    work.mkdir()
    (work / ".gitignore").write_text("ignored/\n")
    return Session(tmp_path / "snapshots" / "s1", work)
