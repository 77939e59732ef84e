"""The app over a real SSH connection, on this machine: used, shaken, cut off, resumed."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.rough_use import paste_much, shake_while_it_writes
from support.shell_screen import BASH, CLACKY, ShellScreen, shell_environment
from support.terminal_session import running

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
pytestmark = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None, reason="there is no sshd, or no ssh"
)
PRIVILEGE_SEPARATION = Path("/run/sshd")
"""sshd does not start as root without this empty folder, which its service makes."""


class Sshd:
    """A server on a free port of 127.0.0.1 that lets in one key, and the way to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True, timeout=60)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        shutil.copy(folder / "user.pub", folder / "authorized")
        known = (folder / "host.pub").read_text().rsplit(maxsplit=1)[0]
        (folder / "known").write_text(f"[127.0.0.1]:{self.port} {known}\n")
        config = folder / "config"
        config.write_text(
            f"ListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
            f"AuthorizedKeysFile {folder}/authorized\nUsePAM no\nStrictModes no\n"
            "PasswordAuthentication no\nPermitRootLogin prohibit-password\n"
            f"SetEnv HOME={folder}\n"  # there no rc file takes its time or waits for a lock
        )
        assert SSHD is not None
        self._log = folder / "log"
        command = [SSHD, "-f", str(config), "-p", str(self.port), "-D", "-e"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def accepts(self) -> bool:
        """True once it takes connections, False when it has ended.

        Raises:
            subprocess.TimeoutExpired: neither came about.
        """
        for _ in range(100):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            return False
        raise subprocess.TimeoutExpired("sshd", 10)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def connect(self, shell_folder: Path, clacky_home: Path) -> ShellScreen:
        """A shell at the far end, on a terminal."""
        shell_folder.mkdir(exist_ok=True)
        environment = {
            **shell_environment(shell_folder),
            "CLACKY_HOME": str(clacky_home),
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ["PATH"],
        }
        settings = (f"{name}={value}" for name, value in environment.items())
        far = f"cd {shlex.quote(str(shell_folder))}; exec {shlex.join(['env', *settings, *BASH])}"
        files = f"-oUserKnownHostsFile={self.folder}/known", "-oGlobalKnownHostsFile=/dev/null"
        way = ["ssh", "-F", os.devnull, *files, "-oIdentitiesOnly=yes", "-oBatchMode=yes"]
        way += ["-i", str(self.folder / "user"), "-p", str(self.port), "-tt"]
        return ShellScreen(shell_folder, command=[*way, f"{getpass.getuser()}@127.0.0.1", far])

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    makes_folder = os.geteuid() == 0 and not PRIVILEGE_SEPARATION.exists()
    if makes_folder:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755)
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    server = Sshd(folder)
    try:
        if not server.accepts():
            pytest.skip(f"sshd does not run here: {server.log}")
        yield server
    finally:
        server.end()
        if makes_folder:
            PRIVILEGE_SEPARATION.rmdir()


def test_it_is_used_in_its_profile_for_ssh(sshd: Sshd, tmp_path: Path, clacky_home: Path) -> None:
    with sshd.connect(tmp_path / "far", clacky_home) as terminal:
        ask = (
            "import os; from clacky_tui.config.preferences import Preferences;"
            "from clacky_tui.tui.profile import choose_profile;"
            "print('profile', choose_profile(Preferences(), os.environ).name)"
        )
        terminal.type(f"{shlex.join([sys.executable, '-c', ask])}\n")
        terminal.wait_for("\nprofile ssh")
        terminal.start_clacky()
        paste_much(terminal)
        shake_while_it_writes(terminal)
        terminal.assert_a_redraw_changes_nothing()
        assert b"\x1b[?1000h" not in terminal.raw  # the mouse stays with the terminal
        terminal.leave_clacky()


def test_a_connection_that_drops_loses_nothing(
    sshd: Sshd, tmp_path: Path, clacky_home: Path
) -> None:
    far = tmp_path / "far"
    with sshd.connect(far, clacky_home) as terminal:
        terminal.type(f"sh -c 'echo $$ > pid; exec {CLACKY}'\n")
        terminal.wait_for("demo model")
        terminal.type("write 3000 tokens")
        terminal.press("enter")
        terminal.wait_for("working")
        terminal.wait_for("real work")
        pid = int((far / "pid").read_text())
        assert running(pid)
        terminal.send_signal(signal.SIGKILL)
        terminal.wait_exit()
    with sshd.connect(far, clacky_home) as terminal:
        while running(pid):
            terminal.settle(0.1)
        (journal,) = (clacky_home / "sessions").glob("*.jsonl")
        assert "write 3000 tokens" in journal.read_text()
        terminal.start_clacky("-c", shows="goes on after 1 task")
        terminal.type("hello")
        terminal.wait_for("› hello")
        terminal.press("enter")
        terminal.wait_for("✓ done in")
        terminal.leave_clacky()
