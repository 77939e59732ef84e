"""A project with a trash of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clacky_tui.trash.store import ProjectTrash


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def trash(project: Path) -> ProjectTrash:
    return ProjectTrash(project)


@pytest.fixture(params=["bash", "zsh", "sh"])
def shell(request: pytest.FixtureRequest) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)
