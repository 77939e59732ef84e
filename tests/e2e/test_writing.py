"""Writing a message in the real app on a pseudo-terminal: cursor, pastes, editor, crash."""

from __future__ import annotations

import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen

CLACKY = [sys.executable, "-m", "clacky_tui"]
ROOT = str(Path(__file__).parents[2])
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"

EDITOR = """\
import os, stat, sys
path = sys.argv[-1]
assert sys.argv[1] == "--wait"
assert os.isatty(0) and os.isatty(1) and os.isatty(2)
mode = stat.S_IMODE(os.stat(path).st_mode)
text = open(path, encoding="utf-8").read()
open({seen!r}, "w", encoding="utf-8").write(f"{{path}} {{mode:o}}\\n{{text}}")
sys.stdout.write("\\x1b[2J\\x1b[Hin the editor")
sys.stdout.flush()
answer = sys.stdin.readline()
if "fail" in answer:
    sys.exit(3)
open(path, "w", encoding="utf-8").write("edited " + text)
"""


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    return tmp_path / "seen.txt"


@pytest.fixture
def app(tmp_path: Path, seen: Path) -> Iterator[PtyScreen]:
    editor = tmp_path / "editor.py"
    editor.write_text(EDITOR.format(seen=str(seen)))
    env = {"PYTHONPATH": ROOT, "VISUAL": "", "EDITOR": f"{sys.executable} {editor} --wait"}
    with PtyScreen(CLACKY, cwd=tmp_path, env=env) as screen:
        screen.wait_for("demo model")
        yield screen


def bracketed(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


def test_the_real_cursor_stands_behind_wide_characters(app: PtyScreen) -> None:
    app.type("a中文e\u0301")
    app.wait_for("› a中")
    app.wait_until(lambda: app.screen.cursor.x == 2 + 1 + 4 + 1, "the cursor")
    assert app.screen.display[app.screen.cursor.y].startswith("› a")
    app.press("left", "left")
    app.wait_until(lambda: app.screen.cursor.x == 2 + 1 + 2, "the cursor before 文")
    app.type("\x15" + FAMILY + "x\x7f\x7f")
    app.wait_until(lambda: app.screen.cursor.x == 2, "the cluster deleted whole")


def test_five_hundred_lines_stand_as_a_sign_and_survive_a_kill(
    app: PtyScreen, clacky_home: Path, tmp_path: Path
) -> None:
    pasted = "\r".join(f"line {number}" for number in range(500))
    app.type("see " + bracketed(pasted))
    app.wait_for("› see [#1 Paste Text]")
    draft = clacky_home / "draft.txt"
    for _ in range(100):
        app.settle(0.1)
        if draft.exists():
            break
    app.send_signal(signal.SIGKILL)
    app.wait_exit()
    assert draft.read_text() == "see " + pasted.replace("\r", "\n")
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    with PtyScreen(CLACKY, cwd=tmp_path, env={"PYTHONPATH": ROOT}) as again:
        again.wait_for("line 499")


def test_lines_without_paste_marks_are_not_sent(app: PtyScreen) -> None:
    app.type("one\rtwo\rthree\r")
    app.wait_until(
        lambda: "› one\n  two\n  three" in app.text and "working" not in app.text, "three lines"
    )
    app.type("\x1b\r")
    app.wait_until(lambda: app.screen.cursor.x == 2, "a fourth line")
    app.settle()
    assert "● idle" in app.text
    app.press("enter")
    app.wait_for("✓ done in")


@pytest.mark.parametrize("keys", ["\x07", "\x18\x05"], ids=["ctrl+g", "ctrl+x ctrl+e"])
def test_the_editor_gets_the_screen_and_the_text(app: PtyScreen, seen: Path, keys: str) -> None:
    app.type("note 中 " + bracketed("one\rtwo"))
    app.wait_for("[#1 Paste Text]")
    app.type(keys)
    app.wait_for("in the editor")
    first, _, text = seen.read_text().partition("\n")
    path, mode = first.split()
    assert (mode, text) == ("600", "note 中 one\ntwo\n")
    app.type("save\r")
    app.wait_for("edited note 中 [#1 Paste Text]")
    assert "in the editor" not in app.text
    assert "● idle" in app.text
    assert not Path(path).exists()
    app.type("x")
    app.wait_for("[#1 Paste Text]x")


def test_an_editor_that_fails_changes_nothing_and_says_so(app: PtyScreen, seen: Path) -> None:
    app.type("note\x07")
    app.wait_for("in the editor")
    app.type("fail\r")
    app.wait_for("so the text is as it was")
    app.wait_for("› note")
    assert not Path(seen.read_text().split()[0]).exists()


def test_a_path_dropped_on_the_terminal_is_attached_and_named(
    app: PtyScreen, tmp_path: Path
) -> None:
    (tmp_path / "my notes.md").write_text("remember the milk")
    app.type(bracketed(f"'{tmp_path}/my notes.md'"))
    app.wait_for("tab attaches it")
    app.press("tab")
    app.wait_for("[File 1] my notes.md 17 B (ctrl+d removes)")
    app.type("explain this project")
    app.press("enter")
    screen = app.wait_for("› explain this project\n  [File 1] my notes.md\n")
    assert "ctrl+d removes" not in screen
