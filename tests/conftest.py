"""Every test starts with an empty home, no key, and no way to the network beyond loopback."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.time_zone import in_zone

# Run in the background or by nohup, these would be ignored here and in everything started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


OF_THE_TESTERS_TERMINAL = (
    "COLORFGBG", "COLORTERM", "COLUMNS", "LANGUAGE", "LINES", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY",
    "STY", "TMUX",
)  # fmt: skip
"""Variables that tell of the terminal which the tests run on; the app under test has another one."""


@pytest.fixture(autouse=True)
def clacky_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh data directory (not created yet); variables of the person's own setup are gone."""
    for name in list(os.environ):
        if name.startswith(("CLACKY_", "OCTO_", "ANTHROPIC_", "OPENAI_", "OTEL_")):
            monkeypatch.delenv(name)
    for name in OF_THE_TESTERS_TERMINAL:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    # No shell of the tests reads the person's rc files: they take their time, and hold locks.
    monkeypatch.setenv("SHELL", "/bin/sh")
    home = tmp_path / "clacky-home"
    monkeypatch.setenv("CLACKY_HOME", str(home))
    return home


@pytest.fixture
def noon_here() -> Iterator[datetime]:
    """The present, in a zone where the day neither begins nor ends during the test."""
    now = datetime.now(UTC)
    with in_zone(f"HERE{now.hour - 12}"):
        yield now
