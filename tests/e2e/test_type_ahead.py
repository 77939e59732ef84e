"""Keys that come faster than the screen follows: each goes where the one before it led."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.left_behind import left_behind
from support.pty_screen import PtyScreen
from support.shell_screen import ROOT

CLACKY = [sys.executable, "-m", "clacky_tui"]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[PtyScreen]:
    env = {"PYTHONPATH": ROOT, "VISUAL": "sh -c 'echo edits >/dev/tty; sleep 60'"}
    with PtyScreen(CLACKY, cwd=tmp_path, env=env) as screen:
        screen.wait_for("demo model")
        yield screen


def leave(app: PtyScreen) -> None:
    app.press("ctrl+q")
    assert app.wait_exit() == 0
    assert left_behind(bytes(app.raw)) == []


def test_what_follows_the_key_of_the_chat_is_written_there(app: PtyScreen) -> None:
    app.press("alt+5")
    app.wait_for("Nothing in the trash")
    app.send(b"\x1b1hello")
    app.wait_for("› hello")
    leave(app)


def test_more_letters_than_a_jump_takes_close_nothing_else(app: PtyScreen) -> None:
    app.send(b"\x1bgzzzz")
    app.settle()
    app.type("hello")
    app.wait_for("hello")
    leave(app)


def test_a_key_report_with_numbers_that_are_none_is_passed_over(app: PtyScreen) -> None:
    app.send(b"\x1b[97;1:3u")
    app.settle()
    app.type("hello")
    app.wait_for("› hello")
    leave(app)


def test_a_tab_chosen_before_the_app_is_up_opens(tmp_path: Path) -> None:
    with PtyScreen(CLACKY, cwd=tmp_path, env={"PYTHONPATH": ROOT}) as app:
        app.wait_for("Chat")
        app.press("alt+3")
        app.wait_for("window")
        leave(app)


def test_told_to_end_while_the_editor_is_open_it_ends(app: PtyScreen) -> None:
    app.send(b"\x07")
    app.wait_for("edits")
    app.send_signal(signal.SIGTERM)
    assert app.wait_exit() == 143
    assert left_behind(bytes(app.raw)) == []
