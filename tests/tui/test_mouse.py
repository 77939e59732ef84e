"""Who has the mouse: the app, or the terminal with its own selection."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen

from clacky_tui.config.preferences import Preferences
from clacky_tui.tui.profile import choose_profile

F9 = "\x1b[20~"
NO_MULTIPLEXER = {"TMUX": "", "SSH_CONNECTION": "", "SSH_TTY": ""}


@pytest.mark.parametrize(
    ("setting", "env", "wanted"),
    [
        ("auto", {}, True),
        ("auto", {"TMUX": "/tmp/x"}, False),
        ("auto", {"SSH_CONNECTION": "1 2 3 4"}, False),
        ("on", {"TMUX": "/tmp/x"}, True),
        ("off", {}, False),
    ],
)
def test_the_mouse_is_left_to_far_terminals(
    setting: str, env: dict[str, str], wanted: bool
) -> None:
    assert choose_profile(Preferences(mouse=setting), env).mouse is wanted


def test_a_key_gives_the_terminal_its_mouse_and_takes_it_back(tmp_path: Path) -> None:
    environment = {"CLACKY_HOME": str(tmp_path / "home"), **NO_MULTIPLEXER}
    command = [sys.executable, "-m", "clacky_tui"]
    with PtyScreen(command, env=environment, cwd=tmp_path) as terminal:
        terminal.wait_for("demo model")
        assert b"\x1b[?1000h" in terminal.raw
        assert b"\x1b[?1000l" not in terminal.raw
        terminal.type(F9)
        terminal.wait_for("the mouse is the terminal's")
        assert b"\x1b[?1000l" in terminal.raw
        del terminal.raw[:]
        terminal.type(F9)
        terminal.wait_for("the mouse is the app's again")
        assert b"\x1b[?1000h" in terminal.raw
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


def test_in_tmux_the_app_never_asks_for_the_mouse(tmp_path: Path) -> None:
    environment = {"CLACKY_HOME": str(tmp_path / "home"), **NO_MULTIPLEXER, "TMUX": "/tmp/none,1,0"}
    command = [sys.executable, "-m", "clacky_tui"]
    with PtyScreen(command, env=environment, cwd=tmp_path) as terminal:
        terminal.wait_for("demo model")
        assert b"\x1b[?1000h" not in terminal.raw
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
