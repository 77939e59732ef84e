"""Which commands go to the background by themselves, and which may not."""

from __future__ import annotations

import pytest

from clacky_tui.tools.terminal.command_kinds import is_quick, is_slow


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q",
        ".venv/bin/pytest",
        "cd shop && pytest",
        "CI=1 npm test",
        "python -m pytest tests",
        "make -j4",
        "git pull; cargo build",
        "uv run pytest",
        "docker compose build web",
        "pip install x | tail -1",
    ],
)
def test_slow(command: str) -> None:
    assert is_slow(command)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "ls",
        "echo 'a; make'",
        "echo 'open",
        "grep -r pytest .",
        "echo make",
        "cat Makefile",
        "npm ls",
        "makefile",
        "A=1",
    ],
)
def test_not_slow(command: str) -> None:
    assert not is_slow(command)


@pytest.mark.parametrize(
    "command", ["ls -la", "A=1 /bin/cat x | head", "cd x && pwd", "echo a; rm b"]
)
def test_quick(command: str) -> None:
    assert is_quick(command)


@pytest.mark.parametrize(
    "command", ["", "cd x && npm run dev", "echo a & sleep 1", "find .", "lsof"]
)
def test_not_quick(command: str) -> None:
    assert not is_quick(command)
