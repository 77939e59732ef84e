"""Signals, a crash and stray output, in a shell: afterwards the shell is as it was."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
from support.left_behind import left_behind
from support.shell_screen import CLACKY, ShellScreen

PATCHED = """
import os, sys, threading
from clacky_tui.cli.main import main
from clacky_tui.tui.app import ClackyApp
def action_help(self):
    {body}
ClackyApp.action_help = action_help
raise SystemExit(main())
"""


def patched(body: str) -> str:
    """A command that runs the app with `body` under F1."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(PATCHED.format(body=body))}"


def start(terminal: ShellScreen, command: str) -> int:
    """Start `command`; returns its process id."""
    script = terminal.folder / "start"
    script.write_text(f"echo $$ > pid\nexec {command}\n")
    terminal.start_clacky(command="sh start")
    terminal.settle()
    return int((terminal.folder / "pid").read_text())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_while_it_writes_gives_the_shell_its_terminal_back(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with ShellScreen(tmp_path) as terminal:
        pid = start(terminal, CLACKY)
        terminal.type("write 3000 tokens")
        terminal.press("enter")
        terminal.wait_for("real work")
        os.kill(pid, number)
        terminal.assert_back(code)


def test_stopped_by_a_signal_while_it_writes_it_comes_back_to_the_foreground(
    tmp_path: Path,
) -> None:
    with ShellScreen(tmp_path) as terminal:
        pid = start(terminal, CLACKY)
        terminal.type("write 3000 tokens")
        terminal.press("enter")
        terminal.wait_for("real work")
        os.kill(pid, signal.SIGTSTP)
        terminal.wait_for("Stopped")
        assert left_behind(terminal.raw[terminal.begin :]) == []
        assert terminal.stty() == terminal.settings
        terminal.type("fg\n")
        terminal.wait_for("working")
        terminal.press("escape")
        terminal.wait_for("stopped in")
        terminal.press("ctrl+q")
        terminal.wait_for("shell>")
        assert terminal.stty() == terminal.settings


@pytest.mark.parametrize(
    "body",
    ["raise ZeroDivisionError('a defect')", "self.run_worker(self.a_defect)"],
    ids=["handler", "missing"],
)
def test_a_crash_gives_the_shell_its_terminal_back_and_says_why(tmp_path: Path, body: str) -> None:
    with ShellScreen(tmp_path) as terminal:
        start(terminal, patched(body))
        terminal.press("f1")
        terminal.wait_for("ended with 1")
        assert terminal.raw.rindex(b"defect") > terminal.raw.rindex(b"\x1b[?1049l")
        terminal.assert_back(1)


@pytest.mark.parametrize(
    "body",
    [
        "threading.Thread(target=print, args=('stray words',)).start()",
        "threading.Thread(target=lambda: os.write(2, b'stray words\\\\n')).start()",
        "threading.Thread(target=lambda: sys.stderr.write('stray words\\\\n')).start()",
        "os.system('echo stray words >&2')",
        "threading.Thread(target=lambda: 1 / 0).start()",
    ],
    ids=["print", "descriptor", "stderr", "child", "exception"],
)
def test_what_a_thread_prints_does_not_touch_the_screen(tmp_path: Path, body: str) -> None:
    with ShellScreen(tmp_path) as terminal:
        start(terminal, patched(body.replace("\\\\n", "\\n")))
        before = terminal.settle()
        terminal.press("f1")
        terminal.type("x")
        terminal.wait_for("› x")
        terminal.press("ctrl+c")
        terminal.wait_until(lambda: terminal.text == before, "the screen as it was")
        terminal.leave_clacky()
