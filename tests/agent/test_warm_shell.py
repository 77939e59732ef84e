"""The session's shell is on its way as soon as the first task starts, and gone with the session."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.terminal_session import pids, running, until
from support.worker import running_worker

from clacky_tui.providers.demo.script import Step


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("SHELL", shutil.which("bash") or "/bin/bash")
    return folder


@pytest.mark.parametrize("rc", ["", "sleep 1000"], ids=["quick", "stuck"])
async def test_one_shell_starts_with_the_first_task(home: Path, tmp_path: Path, rc: str) -> None:
    (home / ".bash_profile").write_text(f"echo $$ > {home}/pid-$$\n{rc}\n")
    project = tmp_path / "project"
    project.mkdir()
    async with running_worker([Step(text="one"), Step(text="two")], project) as harness:
        assert not pids(home)
        await harness.ask("say one")
        await until(lambda: len(pids(home)) == 1)
        await harness.ask("say two")
        [shell] = pids(home)
        assert running(shell)
    assert not running(shell)
