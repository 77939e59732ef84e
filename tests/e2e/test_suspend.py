"""Ctrl+Z gives the shell its terminal back as it was; fg draws the screen again, draft included."""

from __future__ import annotations

from pathlib import Path

from support.left_behind import left_behind
from support.shell_screen import PROMPT, ShellScreen


def test_ctrl_z_suspends_and_fg_goes_on_where_it_was(tmp_path: Path) -> None:
    with ShellScreen(tmp_path) as terminal:
        terminal.start_clacky()
        terminal.type("half a thought")
        terminal.wait_for("› half a thought")
        for _ in range(2):
            terminal.send(b"\x1a")
            terminal.wait_for("Stopped")
            assert left_behind(terminal.raw[terminal.begin :]) == []
            assert terminal.stty() == terminal.settings
            terminal.type("fg\n")
            terminal.wait_for("› half a thought")
            assert "demo model" in terminal.text
            assert PROMPT not in terminal.text
        terminal.type("!")
        terminal.wait_for("› half a thought!")
        terminal.press("ctrl+q")
        terminal.wait_for(PROMPT)
        assert terminal.stty() == terminal.settings
