"""Ctrl+Z gives the shell its terminal back as it was; fg draws the screen again, draft included."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from support.pty_screen import PtyScreen

ROOT = str(Path(__file__).parents[2])
SHELL = ["bash", "--norc", "--noprofile", "-i"]
LEFT = {"1049", "2004", "1000"}
"""Alternate screen, bracketed paste, mouse."""


def modes_reset(written: bytes) -> set[str]:
    """The private modes that `written` resets."""
    return set(re.findall(r"\x1b\[\?(\d+)l", written.decode("utf-8", "replace")))


def test_ctrl_z_suspends_and_fg_goes_on_where_it_was(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": ROOT, "PS1": "shell> ", "HISTFILE": ""}
    with PtyScreen(SHELL, cwd=tmp_path, env=environment) as terminal:
        terminal.wait_for("shell>")
        terminal.type(f"{sys.executable} -m clacky_tui\n")
        terminal.wait_for("demo model")
        terminal.type("half a thought")
        terminal.wait_for("› half a thought")
        for _ in range(2):
            before = len(terminal.raw)
            os.write(terminal.fd, b"\x1a")
            terminal.wait_for("Stopped")
            assert modes_reset(terminal.raw[before:]) >= LEFT
            terminal.type("clear; stty -a | grep -c -- '-icanon\\|-isig'; echo still $((40 + 2))\n")
            terminal.wait_for("\nstill 42")
            assert terminal.text.startswith("0\n")  # no line of settings that a shell cannot use
            terminal.type("clear; fg\n")
            terminal.wait_for("› half a thought")
            assert "demo model" in terminal.text
            assert "shell>" not in terminal.text
        terminal.type("!")
        terminal.wait_for("› half a thought!")
        terminal.press("ctrl+q")
        terminal.wait_for("shell>")
        terminal.type("exit\n")
        assert terminal.wait_exit() == 0
