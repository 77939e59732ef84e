"""Copying by each way there is: a real tmux, a real terminal, programs, a file."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen

from clacky_tui.tui.clipboard import OSC52_LONGEST_BYTES, copy, osc52

TEXT = "日本 [bold]x[/]\n\x1b]0;title\x07 end"


def nothing(_: str) -> None:
    raise AssertionError("nothing goes to the terminal")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment without display, multiplexer or programs."""
    monkeypatch.setenv("CLACKY_HOME", str(tmp_path / "home"))
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "TERM": "xterm-256color"}


def put_program(env: dict[str, str], name: str, script: str) -> Path:
    """A program on the path; what `script` writes to `$out` ends up in the returned file."""
    folder = Path(env["PATH"])
    out = folder / f"{name}.out"
    program = folder / name
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\nout={out}\n{script}\n")
    program.chmod(0o755)
    return out


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a program inside a tmux of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    socket = str(tmp_path / "tmux")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("TMUX", "SSH_", "DISPLAY"))}
    command = ["tmux", "-S", socket, "-f", "/dev/null"]
    subprocess.run([*command, "new-session", "-d", "sleep 600"], check=True, env=env)
    yield {**env, "TMUX": f"{socket},0,0", "TMUX_TMPDIR": str(tmp_path), "SOCKET": socket}
    subprocess.run([*command, "kill-server"], check=False, env=env)


async def test_inside_tmux_its_buffer_has_the_text(tmux: dict[str, str]) -> None:
    copied = await copy(TEXT, nothing, tmux)
    assert copied.way == "tmux"
    assert _buffer(tmux) == TEXT


def _buffer(tmux: dict[str, str]) -> str:
    command = ["tmux", "-S", tmux["SOCKET"], "show-buffer"]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


async def test_a_tmux_that_cannot_pass_it_on_keeps_it_and_says_so(bare: dict[str, str]) -> None:
    bare["TMUX"] = "/tmp/x,0,0"
    out = put_program(bare, "tmux", '[ "$2" = -w ] && exit 1\ncat > "$out"')
    copied = await copy("abc", nothing, bare)
    assert out.read_text() == "abc"
    assert copied.words == "3 characters copied to tmux's buffer: prefix ] pastes it"


async def test_a_program_of_the_display_is_named(bare: dict[str, str]) -> None:
    bare["DISPLAY"] = ":0"
    out = put_program(bare, "xclip", 'echo "$@" > "$out"; cat >> "$out"')
    copied = await copy("abc", nothing, bare)
    assert copied.words == "3 characters copied with xclip"
    assert out.read_text() == "-selection clipboard\nabc"


@pytest.mark.parametrize("script", ["exit 1", ""])
async def test_a_program_that_fails_or_a_far_screen_leaves_it_to_the_terminal(
    bare: dict[str, str], script: str
) -> None:
    bare["DISPLAY"] = ":0"
    out = put_program(bare, "xsel", script or 'cat > "$out"')
    if not script:
        bare["SSH_CONNECTION"] = "1.2.3.4 1 5.6.7.8 22"
    written: list[str] = []
    copied = await copy("abc", written.append, bare)
    assert copied.way == "osc52"
    assert "may take it or not" in copied.words
    assert written == ["\x1b]52;c;YWJj\x07"]
    assert not out.exists()


async def test_what_is_too_long_for_the_terminal_is_in_a_private_file(
    bare: dict[str, str],
) -> None:
    text = "é" * OSC52_LONGEST_BYTES
    copied = await copy(text, nothing, bare)
    assert copied.path is not None
    assert copied.path.read_text() == text
    assert copied.path.stat().st_mode & 0o777 == 0o600
    assert str(copied.path) in copied.words


async def test_where_not_even_a_file_can_be_written_it_says_so(
    bare: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("not a folder")
    bare["TERM"] = "dumb"
    copied = await copy("abc", nothing, bare)
    assert copied.way == "none"
    assert copied.words.startswith("nothing was copied: ")


def test_through_screen_it_goes_in_pieces_it_passes_on() -> None:
    text = "x" * 3000
    pieces = osc52(text, in_screen=True).split("\x1b\\")
    assert pieces.pop() == ""
    assert all(piece.startswith("\x1bP") and len(piece) <= 768 for piece in pieces)
    assert "".join(piece[2:] for piece in pieces) == osc52(text)


def test_a_terminal_gets_the_text_of_the_app(tmp_path: Path) -> None:
    """The whole way: /copy in the running app, read back from what its terminal was sent."""
    project = tmp_path / "project"
    project.mkdir()
    environment = {"CLACKY_HOME": str(tmp_path / "home"), "SSH_CONNECTION": "1 2 3 4", "TMUX": ""}
    command = [sys.executable, "-m", "clacky_tui"]
    with PtyScreen(command, env=environment, cwd=project) as terminal:
        terminal.wait_for("idle")
        terminal.type("explain this project\r")
        terminal.wait_for("done in")
        terminal.type("/copy\r")
        terminal.wait_for("sent to the terminal (OSC 52)")
        start = terminal.raw.rindex(b"\x1b]52;c;") + len(b"\x1b]52;c;")
        encoded = bytes(terminal.raw[start : terminal.raw.index(b"\x07", start)])
        copied = base64.b64decode(encoded).decode()
        assert copied.split()[-2:] in [words.split()[-2:] for words in terminal.text.split("\n")]
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
