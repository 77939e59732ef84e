"""What the app asks of a real terminal, and what it gives back: brightness, title, mouse."""

from __future__ import annotations

import os
import sys
import termios
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen

from clacky_tui.tui.brightness import QUERY

CLACKY = [sys.executable, "-m", "clacky_tui"]
ROOT = str(Path(__file__).parents[2])
DARK = b"\x1b]11;rgb:1a1a/1b1b/2626\x1b\\"
LIGHT = b"\x1b]11;rgb:fafa/fafa/fafa\x1b\\"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("# Shop\n")
    return folder


def started(folder: Path, **env: str) -> PtyScreen:
    return PtyScreen(CLACKY, cwd=folder, env={"PYTHONPATH": ROOT, **env})


def leave(app: PtyScreen) -> None:
    app.press("ctrl+q")
    assert app.wait_exit() == 0
    assert termios.tcgetattr(app.fd) == app.settings_before


@pytest.mark.parametrize(("answer", "is_light"), [(LIGHT, True), (DARK, False)])
def test_the_theme_fits_what_the_terminal_says_and_no_key_is_lost(
    project: Path, answer: bytes, is_light: bool
) -> None:
    with started(project) as app:
        app.wait_until(lambda: QUERY in app.raw, "the question")
        os.write(app.fd, "hé".encode() + answer + b"llo")
        app.wait_for("› héllo")
        app.wait_for("demo model")
        assert (app.screen.buffer[1][1].bg != "default") is is_light
        leave(app)


def test_a_terminal_that_says_nothing_gets_the_dark_theme(project: Path) -> None:
    with started(project) as app:
        app.wait_for("demo model")
        assert QUERY in app.raw
        assert app.screen.buffer[1][1].bg == "default"
        leave(app)


def test_who_has_chosen_a_theme_is_not_asked(project: Path, clacky_home: Path) -> None:
    clacky_home.mkdir(exist_ok=True)
    (clacky_home / "ui.toml").write_text('theme = "light"\n')
    with started(project) as app:
        app.wait_for("demo model")
        assert QUERY not in app.raw
        assert app.screen.buffer[1][1].bg != "default"
        leave(app)


def test_the_title_says_how_it_stands_and_is_given_back(project: Path) -> None:
    with started(project) as app:
        app.wait_for("demo model")
        app.type("explain this project")
        app.press("enter")
        app.wait_for("✓ done in")
        leave(app)
        raw = bytes(app.raw)
    kept, restored = raw.index(b"\x1b[22;2t"), raw.rindex(b"\x1b[23;2t")
    assert raw.count(b"\x1b[23;2t") == 1
    titles = [
        part.split(b"\x1b\\")[0].decode() for part in raw[kept:restored].split(b"\x1b]2;")[1:]
    ]
    assert titles[0][0] == "●"
    assert any(title[0] == "◓" for title in titles)
    assert titles[-1][0] == "●"


@pytest.mark.parametrize(("env", "is_on"), [({}, True), ({"TMUX": "/tmp/none,1,0"}, False)])
def test_the_mouse_is_left_to_tmux(project: Path, env: dict[str, str], is_on: bool) -> None:
    with started(project, **env) as app:
        app.wait_for("demo model")
        leave(app)
        assert (b"\x1b[?1000h" in app.raw) is is_on
