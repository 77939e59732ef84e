"""The output layer under the real app, on a real pseudo-terminal."""

from __future__ import annotations

import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen

ROOT = str(Path(__file__).parents[2])
CLACKY = [sys.executable, "-m", "clacky_tui"]
CRASHING_APP = [
    sys.executable,
    "-c",
    """
from clacky_tui.cli.main import main
from clacky_tui.tui.app import ClackyApp
def action_help(self):
    raise ZeroDivisionError("a defect")
ClackyApp.action_help = action_help
raise SystemExit(main())
""",
]
STRAY_APP = [
    sys.executable,
    "-c",
    """
import os
from clacky_tui.cli.main import main
from clacky_tui.tui.app import ClackyApp
mounted = ClackyApp.on_mount
def on_mount(self):
    mounted(self)
    os.write(2, b"stray words\\n")
ClackyApp.on_mount = on_mount
raise SystemExit(main())
""",
]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[PtyScreen]:
    with PtyScreen(CLACKY, cwd=tmp_path, env={"PYTHONPATH": ROOT}) as screen:
        screen.wait_for("demo model")
        yield screen


def test_after_a_stream_under_help_paging_and_typing_a_redraw_changes_nothing(
    app: PtyScreen,
) -> None:
    app.type("write 400 tokens")
    app.press("enter")
    app.wait_for("working")
    app.press("f1")
    app.wait_for("Writing")
    app.press("escape")
    app.wait_until(lambda: "Writing" not in app.text, "the chat")
    app.type("typed 优惠 meanwhile")
    app.wait_for("meanwhile")
    app.press("pageup", "pageup", "pagedown")
    app.wait_for("✓ done in")
    app.assert_a_redraw_changes_nothing()
    app.press("alt+2", "alt+1")
    app.assert_a_redraw_changes_nothing()


def test_a_stopped_app_leaves_the_terminal_and_comes_back(app: PtyScreen) -> None:
    app.type("half a thought")
    app.wait_for("half a thought")
    before = app.settle()
    app.send_signal(signal.SIGTSTP)
    app.wait_until(lambda: app.raw.count(b"\x1b[?1049l") == 1, "the normal screen")
    app.wait_stopped()
    app.written_by_others(b"\x1b[H\x1b[2J$ other work\r\n")
    app.send_signal(signal.SIGCONT)
    app.wait_until(lambda: app.text == before, "the screen as it was")
    app.type("!")
    app.wait_for("half a thought!")


def test_an_app_that_was_frozen_draws_over_what_came_meanwhile(app: PtyScreen) -> None:
    app.type("half a thought")
    app.wait_for("half a thought")
    before = app.settle()
    app.send_signal(signal.SIGSTOP)
    app.wait_stopped()
    app.written_by_others(b"\x1b[5;9r\x1b[H\x1b[31mgarbage\r\n\n\n\n\n")
    app.send_signal(signal.SIGCONT)
    app.wait_until(lambda: app.text == before, "the screen as it was")
    app.type("!")
    app.wait_for("half a thought!")
    app.assert_a_redraw_changes_nothing()


def test_on_the_way_out_margins_links_and_colours_are_reset(app: PtyScreen) -> None:
    app.press("ctrl+q")
    assert app.wait_exit() == 0
    last = app.raw[app.raw.rfind(b"\x1b[r") :]
    assert last.startswith(b"\x1b[r\x1b]8;;\x1b\\\x1b[m")
    assert b"\x1b[?1049l" in last


def test_stray_words_on_standard_error_come_after_the_screen(
    tmp_path: Path, clacky_home: Path
) -> None:
    with PtyScreen(STRAY_APP, cwd=tmp_path, env={"PYTHONPATH": ROOT}) as app:
        app.wait_for("demo model")
        app.settle()
        assert b"stray words" not in app.raw
        app.press("ctrl+q")
        assert app.wait_exit() == 0
        assert app.raw.index(b"stray words") > app.raw.rindex(b"\x1b[?1049l")
    (log,) = (clacky_home / "logs").glob("screen-*.log")
    assert log.read_text() == "stray words\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_crash_leaves_the_screen_and_then_says_what_happened(tmp_path: Path) -> None:
    with PtyScreen(CRASHING_APP, cwd=tmp_path, env={"PYTHONPATH": ROOT}) as app:
        app.wait_for("demo model")
        app.settle()
        app.press("f1")
        assert app.wait_exit() == 1
        assert app.raw.rindex(b"a defect") > app.raw.rindex(b"\x1b[?1049l")
        assert app.raw.rindex(b"\x1b[?25h") > app.raw.rindex(b"\x1b[?25l")
        assert termios.tcgetattr(app.fd)[3] & termios.ECHO


def test_nothing_stays_behind_when_nothing_was_astray(app: PtyScreen, clacky_home: Path) -> None:
    app.press("ctrl+q")
    app.wait_exit()
    assert not list((clacky_home / "logs").glob("screen-*.log"))


def test_redirected_standard_error_is_left_alone(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    command = ["sh", "-c", 'exec "$@" 2>errors', "sh", *STRAY_APP]
    with PtyScreen(command, cwd=tmp_path, env={"PYTHONPATH": ROOT}) as app:
        app.wait_for("demo model")
        app.press("ctrl+q")
        assert app.wait_exit() == 0
    assert errors.read_text() == "stray words\n"


def test_the_layer_can_be_switched_off(tmp_path: Path) -> None:
    env = {"PYTHONPATH": ROOT, "CLACKY_OUTPUT": "plain"}
    with PtyScreen(CLACKY, cwd=tmp_path, env=env) as app:
        app.wait_for("demo model")
        app.type("hello")
        app.wait_for("hello")
        app.press("ctrl+q")
        assert app.wait_exit() == 0
        assert b"\x1b[2J" not in app.raw  # what every full frame of the layer begins with
    with PtyScreen(["sh", "-c", 'exec "$@" 2>errors', "sh", *CLACKY], cwd=tmp_path, env=env) as app:
        assert app.wait_exit() == 1
    assert "needs a terminal on standard error" in (tmp_path / "errors").read_text()


def test_a_textual_it_does_not_know_draws_itself_and_says_so(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from clacky_tui.cli.main import main\n"
        "from clacky_tui.tui.output import choice\n"
        "choice._DRIVER_NAMES += ('_gone_tomorrow',)\n"
        "raise SystemExit(main())\n",
    ]
    with PtyScreen(command, cwd=tmp_path, env={"PYTHONPATH": ROOT}) as app:
        app.wait_for("_gone_tomorrow")
        app.press("ctrl+q")
        assert app.wait_exit() == 0
