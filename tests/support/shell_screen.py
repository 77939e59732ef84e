"""A person's shell on a terminal: clacky is started in it, and must give it back as it was."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.left_behind import left_behind
from support.pty_screen import PtyScreen

BASH = ["bash", "--norc", "--noprofile", "-i"]
ROOT = str(Path(__file__).parents[2])
CLACKY = f"{shlex.quote(sys.executable)} -m clacky_tui"
PROMPT = "shell>"


class ShellScreen(PtyScreen):
    """bash on a terminal, or behind `command`.

    Args:
        folder: where the shell is; files of the tests are kept there too.
        command: what leads to the shell, one that prompts as `PROMPT`.
        env: of the command.
        columns: of the terminal.
        rows: of the terminal.
    """

    def __init__(
        self,
        folder: Path,
        *,
        command: Sequence[str] = BASH,
        env: Mapping[str, str] | None = None,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self.folder = folder
        super().__init__(
            command,
            columns=columns,
            rows=rows,
            cwd=folder,
            env={**shell_environment(folder), **(env or {})},
        )
        self.wait_for(PROMPT)
        self.settings = self.stty()
        self.begin = 0
        """Where in `raw` the app was started."""

    def stty(self) -> str:
        """The terminal's settings as the shell's programs find them, as stty writes them."""
        file = self.folder / "stty"
        file.unlink(missing_ok=True)
        self.type(f"stty -g > {shlex.quote(str(file))}; echo written $((40 + 2))\n")
        self.wait_for("\nwritten 42")
        self.type("printf '\\033c'\n")  # `clear` asks terminfo, which a dumb terminal has not got
        self.wait_until(lambda: "written 42" not in self.text, "the empty screen")
        return file.read_text()

    def start_clacky(
        self, arguments: str = "", shows: str = "demo model", command: str = CLACKY
    ) -> None:
        """Type the command, and wait until the app is up."""
        self.begin = len(self.raw)
        self.type(f"{command} {arguments}; echo ended with $?\n")
        self.wait_for(shows)

    def leave_clacky(self) -> None:
        self.press("ctrl+q")
        self.assert_back(0)

    def assert_back(self, code: int) -> None:
        """clacky has ended with `code`, and the shell is as good as before."""
        self.wait_for(f"ended with {code}")
        self.wait_for(PROMPT)
        assert left_behind(self.raw[self.begin :]) == []
        assert self.stty() == self.settings
        self.type("echo still $((40 + 2))\n")
        self.wait_for("\nstill 42")
        assert "echo still" in self.text  # what is typed shows again


def shell_environment(folder: Path) -> dict[str, str]:
    """What makes a shell plain, and lets it find the clacky under test."""
    inputrc = folder / "inputrc"
    inputrc.write_text("set enable-bracketed-paste off\n")
    return {
        "PYTHONPATH": ROOT,
        "PS1": f"{PROMPT} ",
        "HISTFILE": "",
        "INPUTRC": str(inputrc),
    }
