"""What the tests of the screen share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home directory, in a time zone and a character set that pictures can rely on."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)
    time.tzset()
    yield tmp_path
    monkeypatch.undo()
    time.tzset()
