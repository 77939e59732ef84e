"""The app inside a real tmux: typed, pasted, copied, scrolled, shaken, detached and come back to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.rough_use import paste_much, shake_while_it_writes
from support.shell_screen import BASH, ShellScreen

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")


class Tmux:
    """A server of its own in `folder`; every client is a terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.command = ["tmux", "-S", str(folder / "socket"), "-f", os.devnull, "-u"]

    def open(self) -> ShellScreen:
        """A new session with a shell, on a terminal."""
        return ShellScreen(self.folder, command=[*self.command, "new-session", *BASH])

    def attach(self) -> ShellScreen:
        """A second look at the session, from a shell of its own that is not inside."""
        terminal = ShellScreen(self.folder)
        terminal.type(f"exec {' '.join(self.command)} attach\n")
        return terminal

    def ask(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, *arguments], capture_output=True, text=True, timeout=30, check=True
        )
        return done.stdout

    def end(self) -> None:
        subprocess.run([*self.command, "kill-server"], timeout=30, check=False, capture_output=True)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    server = Tmux(tmp_path)
    try:
        yield server
    finally:
        server.end()


def test_paste_copy_scroll_and_a_storm_of_sizes(tmux: Tmux, clacky_home: Path) -> None:
    with tmux.open() as terminal:
        terminal.start_clacky()
        paste_much(terminal)

        terminal.type("hello")
        terminal.wait_for("› hello")
        terminal.press("enter")
        terminal.wait_for("✓ done in")
        terminal.wait_for("● idle")
        terminal.type("/copy")
        terminal.wait_for("› /copy")
        terminal.press("escape", "enter")
        terminal.wait_for("copied to tmux")
        copied = tmux.ask("show-buffer")
        assert copied.strip()
        (journal,) = (clacky_home / "sessions").glob("*.jsonl")
        assert json.dumps(copied)[1:-1] in journal.read_text()

        bottom = terminal.settle()
        terminal.press("pageup")
        terminal.wait_until(lambda: terminal.text != bottom, "an earlier page")
        terminal.press("pagedown")
        terminal.wait_until(lambda: "› " in terminal.text, "the end")

        shake_while_it_writes(terminal)
        shown = terminal.settle()
        terminal.press("ctrl+l")
        assert terminal.settle() == shown
        terminal.press("ctrl+q")
        terminal.wait_for("ended with 0")
        assert terminal.stty() == terminal.settings


def test_detached_and_left_alone_it_goes_on_and_is_there_again(tmux: Tmux) -> None:
    with tmux.open() as terminal:
        terminal.start_clacky()
        terminal.type("write 300 tokens")
        terminal.press("enter")
        terminal.wait_for("working")
        terminal.type("\x02d")
        assert terminal.wait_exit() == 0
    with tmux.attach() as terminal:
        terminal.wait_for("✓ done in")
        terminal.type("half a thought")
        terminal.wait_for("› half a thought")
        terminal.send_signal(signal.SIGKILL)  # the client, which gives nothing back
        terminal.wait_exit()
    with tmux.attach() as terminal:
        terminal.wait_for("› half a thought")
        terminal.type("!")
        terminal.wait_for("› half a thought!")
        terminal.press("ctrl+q")
        terminal.wait_for("ended with 0")
