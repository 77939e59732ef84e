"""A session's context with a home of its own; every process it starts is gone after the test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.terminal_session import TerminalSession

from clacky_tui.tools.base import ToolContext

SHELLS = [
    "bash",
    pytest.param("zsh", marks=pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here")),
]


@pytest.fixture(autouse=True)
def temporary_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory; the shell is bash unless a test says otherwise."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("SHELL", shutil.which("bash") or "/bin/bash")
    monkeypatch.delenv("ZDOTDIR", raising=False)
    return folder


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[ToolContext]:
    working_dir = tmp_path / "project"
    working_dir.mkdir()
    context = ToolContext(working_dir=working_dir)
    yield context
    await context.close()


@pytest.fixture
def session(context: ToolContext) -> TerminalSession:
    return TerminalSession(context)


@pytest.fixture(params=SHELLS)
def each_shell(
    request: pytest.FixtureRequest, session: TerminalSession, monkeypatch: pytest.MonkeyPatch
) -> TerminalSession:
    """The same session on bash and on zsh."""
    path = shutil.which(request.param)
    assert path
    monkeypatch.setenv("SHELL", path)
    return session
