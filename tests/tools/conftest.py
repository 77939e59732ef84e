"""A working directory and the context a session gives its tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from clacky_tui.tools.base import ToolContext


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    working_dir = tmp_path / "project"
    working_dir.mkdir()
    return ToolContext(working_dir=working_dir)


@pytest.fixture
def folder(context: ToolContext) -> Path:
    return context.working_dir
