"""The real app in a pseudo-terminal, used as a newcomer would."""

from __future__ import annotations

import json
import re
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen

CLACKY = [sys.executable, "-m", "clacky_tui"]
ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("# Shop\n\nSells things.\n")
    return folder


@pytest.fixture
def app(project: Path) -> Iterator[PtyScreen]:
    with PtyScreen(CLACKY, cwd=project, env={"PYTHONPATH": ROOT}) as screen:
        screen.wait_for("demo model")
        screen.wait_for("$0.0000 demo")
        yield screen


def cost_on(screen_text: str) -> float:
    """The session's cost in the bar."""
    return float(re.findall(r"\$(\d+\.\d+) demo", screen_text)[-1])


def test_a_newcomer_fixes_the_sample_project_and_sees_the_bill(
    app: PtyScreen, clacky_home: Path
) -> None:
    assert cost_on(app.text) == 0
    app.type("fix the failing test in the sample project")
    app.press("enter")
    app.wait_for("┃ Edit ")
    assert "Task [" in app.text
    sample = sample_folder(clacky_home)
    untouched = {path: path.read_text() for path in sample.rglob("*.py")}
    app.press("enter")
    app.wait_for("┃ $ ")
    changed = [path for path, text in untouched.items() if path.read_text() != text]
    assert len(changed) == 1
    app.press("enter")
    screen = app.wait_for("✓ done in")
    assert cost_on(screen) > 0
    assert "requests · in" in screen
    app.press("alt+2")
    billing = app.wait_until(
        lambda: all(part in app.text for part in ("Spent", "USD per day", "Known 7 of 7")),
        "the bill",
    )
    assert "█" in billing or "▇" in billing or "▄" in billing
    assert re.search(r"^ *demo +\$0\.0", billing, re.MULTILINE)
    assert "imulated" in billing
    assert not (clacky_home / "billing").exists()


def sample_folder(clacky_home: Path) -> Path:
    """Where the demo laid out its sample project, as the session's journal tells."""
    (journal,) = (clacky_home / "sessions").glob("*.jsonl")
    for line in journal.read_text().splitlines():
        event = json.loads(line).get("event", {})
        if event.get("kind") == "tool.proposed" and event["name"] == "edit":
            return next(
                parent
                for parent in Path(event["arguments"]["path"]).parents
                if parent.name.startswith("clacky-demo-")
            )
    raise AssertionError("no edit was proposed")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["TERM", "HUP"]
)
def test_a_signal_saves_and_restores_the_terminal(
    app: PtyScreen, clacky_home: Path, number: signal.Signals, code: int
) -> None:
    app.type("hello")
    app.press("enter")
    app.wait_for("✓ done in")
    app.type("half a thought")
    app.wait_for("half a thought")
    app.send_signal(number)
    assert app.wait_exit() == code
    assert app.raw.rstrip().rfind(b"\x1b[?1049l") > app.raw.rfind(b"\x1b[?1049h")
    assert app.raw.rfind(b"\x1b[?25h") > app.raw.rfind(b"\x1b[?25l")
    assert b"\x1b[?2004l" in app.raw
    assert termios.tcgetattr(app.fd)[3] & termios.ECHO
    assert (clacky_home / "draft.txt").read_text() == "half a thought"
    (journal,) = (clacky_home / "sessions").glob("*.jsonl")
    last = json.loads(journal.read_text().splitlines()[-1])
    assert last["event"]["kind"] == "session.closed"


def test_a_draft_comes_back_at_the_next_start(app: PtyScreen, project: Path) -> None:
    app.type("unsent words")
    app.wait_for("unsent words")
    app.send_signal(signal.SIGTERM)
    app.wait_exit()
    with PtyScreen(CLACKY, cwd=project, env={"PYTHONPATH": ROOT}) as again:
        again.wait_for("unsent words")


def test_a_signal_during_a_run_keeps_what_was_said(app: PtyScreen, clacky_home: Path) -> None:
    app.type("write 2000 tokens")
    app.press("enter")
    app.wait_until(lambda: app.text.count("\n") and "working" in app.text, "the run")
    app.settle(0.01)
    app.send_signal(signal.SIGTERM)
    assert app.wait_exit() == 143
    (journal,) = (clacky_home / "sessions").glob("*.jsonl")
    kinds = [
        json.loads(line).get("event", {}).get("kind") for line in journal.read_text().splitlines()
    ]
    assert kinds[-2:] == ["task.ended", "session.closed"]


def test_ctrl_c_on_an_empty_line_leaves_and_says_where_the_session_is(app: PtyScreen) -> None:
    app.type("hello")
    app.press("enter")
    app.wait_for("✓ done in")
    app.wait_for("● idle")
    app.press("ctrl+c")
    assert app.wait_exit() == 0
    assert "/sessions/" in app.text.replace("\n", "")
    assert "This session: 1 request, $0.0" in app.text


def test_without_a_terminal_it_says_what_to_do_instead(clacky_home: Path) -> None:
    import subprocess

    done = subprocess.run(
        CLACKY, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "clacky -m" in done.stderr
