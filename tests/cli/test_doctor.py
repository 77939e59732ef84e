"""`clacky doctor` and `clacky --reset-terminal` as processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen
from support.stored_sessions import stored

from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

ROOT = str(Path(__file__).parents[2])
KEY = "sk-doctor-0123456789"
CONFIG = f"models:\n- model: m-1\n  api_key: {KEY}\n  base_url: http://127.0.0.1:9\n"


def doctor(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run without a terminal: in a session of its own."""
    return subprocess.run(
        [sys.executable, "-m", "clacky_tui", "doctor", *arguments],
        env={**os.environ, "PYTHONPATH": ROOT, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )


def text_of(file: Path) -> str:
    """Empty while there is none."""
    return file.read_text() if file.exists() else ""


def private(path: Path, content: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o600)
    return path


def test_without_terminal_and_data_directory_it_says_so_and_makes_none(clacky_home: Path) -> None:
    done = doctor()
    assert done.returncode == 0, done.stderr
    assert "there is none here, so its checks are left out." in done.stdout
    assert "is not there yet" in done.stdout
    assert "warn  configuration, models: none is configured" in done.stdout
    assert not clacky_home.exists()


def test_a_key_is_found_and_never_shown_and_an_open_file_fails(clacky_home: Path) -> None:
    config = private(clacky_home / "config.yml", CONFIG)
    assert doctor().returncode == 0
    config.chmod(0o644)
    done = doctor()
    assert done.returncode == 1
    assert f"fail  disk, modes: {config} can be read or written by others." in done.stdout
    assert f"To mend it: chmod 600 {config}" in done.stdout
    assert "m-1 has a key and an address." in done.stdout
    assert KEY not in done.stdout + done.stderr
    subprocess.run(["chmod", "600", str(config)], check=True)
    assert doctor().returncode == 0


def test_sessions_that_others_can_read_are_counted(clacky_home: Path) -> None:
    path = stored("a" * 16)
    path.chmod(0o640)
    (found,) = [f for f in json.loads(doctor("--json").stdout) if f["check"] == "modes"]
    assert found["text"] == "sessions and bills that others can read or write: 1."
    subprocess.run(["sh", "-c", found["remedy"]], check=False)
    (found,) = [f for f in json.loads(doctor("--json").stdout) if f["check"] == "modes"]
    assert found["level"] == "ok"


def test_every_file_that_is_wrong_is_named(clacky_home: Path) -> None:
    private(clacky_home / "config.yml", "models: [unclosed\n")
    private(clacky_home / "ui.toml", 'mouse = "maybe"\ntheme = "none-such"\n')
    private(clacky_home / "keymap.toml", 'jum = "f10"\n')
    private(clacky_home / "themes" / "mine.toml", "primary = 1\n")
    path = stored("a" * 16)
    with path.open("ab") as file:
        file.write(b"{damaged\n{too\n")
    private(clacky_home / "billing" / "2026-05.jsonl", "{nonsense\n")
    told = json.loads(doctor("--json").stdout)
    by_check = {finding["check"]: finding for finding in told if finding["level"] != "ok"}
    assert by_check["config.yml"]["level"] == "fail"
    assert "line 2" in by_check["config.yml"]["text"]
    assert "mouse must be one of" in by_check["ui.toml"]["text"]
    assert "there is no action 'jum'" in by_check["keymap.toml"]["text"]
    assert "Did you mean jump?" in by_check["keymap.toml"]["remedy"]
    themes = [finding["text"] for finding in told if finding["check"] == "themes"]
    assert any("mine" in text for text in themes)
    assert any("none-such" in text for text in themes)
    assert "left out: 2" in by_check["sessions"]["text"]
    assert "1 damaged lines" in by_check["ledger"]["text"]
    assert all(finding["remedy"] for finding in told if finding["level"] != "ok")


def test_a_data_directory_that_is_a_file_fails(clacky_home: Path) -> None:
    clacky_home.write_text("")
    done = doctor()
    assert done.returncode == 1
    assert "is no folder and cannot be made one" in done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_data_directory_that_cannot_be_written_fails(clacky_home: Path) -> None:
    clacky_home.mkdir(mode=0o500)
    done = doctor()
    assert done.returncode == 1
    assert "cannot be written" in done.stdout


def test_models_are_asked_only_when_wanted(clacky_home: Path) -> None:
    server = DemoServer(script=(Step(text="Yes."), Step(status=401)), tokens_per_second=0)
    server.start()
    environment = {
        "CLACKY_API_KEY": KEY,
        "CLACKY_BASE_URL": server.endpoint("anthropic").base_url,
        "CLACKY_MODEL": "claude-sonnet-4-5",
        "CLACKY_ANTHROPIC_FORMAT": "true",
    }
    try:
        assert doctor(**environment).returncode == 0
        assert not server.requests
        answered = doctor("--models", **environment)
        refused = doctor("--models", **environment)
    finally:
        server.stop()
    assert "ok    models, answer: claude-sonnet-4-5 answers after" in answered.stdout
    assert refused.returncode == 1
    assert "fail  models, answer: claude-sonnet-4-5:" in refused.stdout


def test_on_a_terminal_it_asks_the_terminal_and_leaves_it_clean(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clacky_tui", "doctor"]
    with PtyScreen(command, columns=120, rows=60, env={"PYTHONPATH": ROOT}, cwd=tmp_path) as screen:
        screen.screen.write_process_input = lambda data: os.write(screen.fd, data.encode())
        screen.wait_for("checks:")
        assert screen.wait_exit() == 0
        assert "ok    terminal, size: 120 columns and 60 rows." in screen.text
        assert "terminal, keys: Ctrl+Enter and Shift+Enter arrive as Enter" in screen.text
        assert termios.tcgetattr(screen.fd) == screen.settings_before


def test_a_terminal_left_behind_by_a_kill_is_mended(tmp_path: Path, clacky_home: Path) -> None:
    python = f"{sys.executable} -m clacky_tui"
    variables = {"PYTHONPATH": ROOT, "PS1": "shell> "}
    with PtyScreen(["sh"], columns=80, rows=24, env=variables, cwd=tmp_path) as screen:
        screen.wait_for("shell>")
        screen.type(f"sh -c 'echo $$ > pid; exec {python}'; stty -a > left\n")
        screen.wait_for("demo model")
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        screen.wait_until(lambda: "icanon" in text_of(tmp_path / "left"), "the settings")
        assert "-icanon" in text_of(tmp_path / "left")
        before = len(screen.raw)
        screen.type(f"{python} --reset-terminal; stty -a > mended\n")
        screen.wait_until(lambda: "icanon" in text_of(tmp_path / "mended"), "the settings")
        written = bytes(screen.raw[before:])
        for sequence in (b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[<u", b"\x1b[?25h"):
            assert sequence in written
        mended = text_of(tmp_path / "mended")
        assert " icanon" in mended and " echo " in mended


def test_without_a_terminal_there_is_nothing_to_reset() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clacky_tui", "--reset-terminal"],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == 1
    assert "no terminal to reset" in done.stderr
    assert done.stdout == ""
