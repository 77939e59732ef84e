"""The app in a shell on every kind of terminal: used, shaken, left; and the shell is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.left_behind import left_behind
from support.rough_use import shake, shake_while_it_writes
from support.shell_screen import CLACKY, ShellScreen

TERMINALS = [
    ("xterm-256color", 60, 20),
    ("xterm-256color", 200, 60),
    ("screen-256color", 60, 20),
    ("tmux-256color", 200, 60),
    ("linux", 80, 24),
]


def use(terminal: ShellScreen) -> None:
    """Look at every tab, and shake it while an answer comes; the screen is right at the end."""
    for tab, sign in (("2", "USD"), ("3", "window"), ("4", "fork"), ("5", "restore")):
        terminal.press(f"alt+{tab}")
        terminal.wait_for(sign)
    terminal.press("alt+1")
    shake_while_it_writes(terminal)
    terminal.assert_a_redraw_changes_nothing()


def test_a_task_with_approvals_goes_through_a_storm_of_sizes(tmp_path: Path) -> None:
    with ShellScreen(tmp_path) as terminal:
        terminal.start_clacky()
        terminal.type("fix the failing test in the sample project")
        terminal.wait_for("failing test in the sample")
        terminal.press("enter")
        terminal.wait_for("┃ Edit ")
        terminal.press("enter")
        terminal.wait_for("┃ $ ")
        shake(terminal)
        terminal.wait_for("┃ $ ")
        terminal.press("enter")
        terminal.wait_for("✓ done in")
        use(terminal)
        terminal.leave_clacky()


@pytest.mark.parametrize(("term", "columns", "rows"), TERMINALS)
def test_used_and_left_it_leaves_nothing_behind(
    tmp_path: Path, term: str, columns: int, rows: int
) -> None:
    with ShellScreen(tmp_path, env={"TERM": term}, columns=columns, rows=rows) as terminal:
        terminal.start_clacky()
        use(terminal)
        assert (b"\x1b]" in terminal.raw) is (term != "linux")
        terminal.leave_clacky()


def test_without_colour_only_looks_that_are_no_colour_are_sent(tmp_path: Path) -> None:
    with ShellScreen(tmp_path, env={"NO_COLOR": "1"}) as terminal:
        terminal.start_clacky()
        use(terminal)
        cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
        assert {(cell.fg, cell.bg) for cell in cells} == {("default", "default")}
        terminal.leave_clacky()


def test_a_dumb_terminal_is_talked_to_line_by_line(tmp_path: Path) -> None:
    with ShellScreen(tmp_path, env={"TERM": "dumb"}) as terminal:
        before = len(terminal.raw)
        terminal.type(f"{CLACKY}; echo ended with $?\n")
        terminal.wait_for("talks line by line")
        terminal.wait_for("/exit leaves")
        terminal.type("/exit\n")
        terminal.wait_for("ended with 0")
        assert b"\x1b" not in terminal.raw[before:]
        assert left_behind(terminal.raw) == []
        terminal.assert_back(0)
