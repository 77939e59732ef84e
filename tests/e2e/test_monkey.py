"""A monkey at the keyboard and a model out of its mind: no exception, and the terminal sane after it.

``CLACKY_MONKEY_EVENTS=20000`` gives it that many events instead of the few of an ordinary run,
``CLACKY_MONKEY_SEED`` another seed.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.left_behind import left_behind
from support.monkey import MONKEY_KEYS, Deed, answers, deeds
from support.pty_screen import PtyScreen
from support.shell_screen import OF_A_LOCAL_PERSON, ROOT
from textual import events as textual_events
from textual.events import MouseEvent

from clacky_tui.cli.agent import load
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.tui.app import ClackyApp

EVENTS = int(os.environ.get("CLACKY_MONKEY_EVENTS") or 500)
SEED = int(os.environ.get("CLACKY_MONKEY_SEED") or 20_261_121)
PER_ROUND = 250
ROUNDS = -(-EVENTS // PER_ROUND // 2)
"""Of either kind."""
LAST = 40
PILOT_KEYS = sorted(set(MONKEY_KEYS) - {"ctrl+z", "ctrl+g", "alt+[", "alt+]"})
pytestmark = pytest.mark.timeout(max(120, EVENTS))


@pytest.fixture
def setting(
    tmp_path: Path, clacky_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, DemoServer]]:
    """A folder to work in, a home, no program to be run by chance, and the model."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.txt").write_text("word\n")
    (folder / "notes [bold].md").write_text("# Notes\n")
    with DemoServer(answers(random.Random(SEED), folder), tokens_per_second=0) as server:
        variables = {
            "HOME": str(tmp_path),
            "PATH": str(tmp_path / "nothing"),
            "EDITOR": "/bin/true",
            "VISUAL": "/bin/true",
            "CLACKY_API_KEY": "sk-monkey",
            "CLACKY_BASE_URL": server.endpoint("anthropic").base_url,
            "CLACKY_MODEL": "claude-sonnet-4-5",
            "CLACKY_ANTHROPIC_FORMAT": "true",
            **OF_A_LOCAL_PERSON,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield folder, server


def report(number: int, done: deque[Deed]) -> str:
    names = "\n".join(deed.name for deed in done)
    return f"seed {SEED}, round {number}; the last events:\n{names}\n"


def assert_nothing_went_wrong(home: Path, told: str) -> None:
    """Whatever was written to standard error lies in a log."""
    logs = [log.read_text(errors="replace") for log in home.glob("logs/screen-*.log")]
    assert logs == [], f"{told}{logs[0][-4000:]}"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_on_a_terminal(setting: tuple[Path, DemoServer], clacky_home: Path, number: int) -> None:
    folder, _ = setting
    dice = random.Random(SEED + number)
    done: deque[Deed] = deque(maxlen=LAST)
    command = [sys.executable, "-m", "clacky_tui"]
    with PtyScreen(command, cwd=folder, env={"PYTHONPATH": ROOT}) as app:
        app.wait_for("claude-sonnet-4-5")
        for deed in itertools.islice(deeds(dice, 80, 24), PER_ROUND):
            done.append(deed)
            if deed.size:
                app.resize(*deed.size)
            app.send(deed.sent)
            if dice.random() < 0.3:
                app.settle(0.005)
        told = report(number, done)
        app.send(b"\x1b[201~")
        for _ in range(2):
            app.settle(0.3)
            app.press("ctrl+q")
        try:
            assert app.wait_exit() == 0
            assert left_behind(bytes(app.raw)) == []
            assert b"\x1b]0;" not in app.raw
            assert b"Traceback" not in app.raw
        except AssertionError as error:
            raise AssertionError(f"{told}{error}\n{app.text}") from None
    assert_nothing_went_wrong(clacky_home, told)


def posted(deed: Deed, dice: random.Random, size: tuple[int, int]) -> textual_events.Event | None:
    """What the toolkit would make of `deed`; None for bytes that only a terminal knows."""
    if deed.name in PILOT_KEYS:
        character = MONKEY_KEYS[deed.name]
        return textual_events.Key(deed.name, character if len(character) == 1 else None)
    if deed.name.startswith("typed"):
        character = deed.sent.decode()[0]
        return textual_events.Key(character, character)
    if deed.name.startswith("pasted"):
        return textual_events.Paste(deed.sent[6:-6].decode())
    if deed.name.startswith("mouse"):
        kinds: tuple[type[MouseEvent], ...] = (
            textual_events.MouseDown,
            textual_events.MouseUp,
            textual_events.MouseMove,
            textual_events.MouseScrollDown,
            textual_events.MouseScrollUp,
        )
        x, y = dice.randrange(size[0]), dice.randrange(size[1])
        return dice.choice(kinds)(None, x, y, 0, 0, dice.randrange(4), False, False, False)
    return None


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_in_the_app(setting: tuple[Path, DemoServer], clacky_home: Path, number: int) -> None:
    folder, _ = setting
    dice = random.Random(SEED - 1 - number)
    done: deque[Deed] = deque(maxlen=LAST)
    app = ClackyApp(
        working_dir=folder,
        mode=dice.choice(("auto_approve", "confirm_safes")),
        theme_name=None,
        load=lambda: load(None, None, None),
    )
    size = (80, 24)
    try:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for deed in itertools.islice(deeds(dice, *size), PER_ROUND):
                if app._leaving or not app.is_running:
                    break
                done.append(deed)
                if deed.size:
                    size = deed.size
                    await pilot.resize_terminal(*size)
                elif deed.name.startswith("sent"):
                    app._composer.load_draft(deed.name.split("'")[1])
                    app.post_message(textual_events.Key("enter", "\r"))
                elif event := posted(deed, dice, size):
                    app.post_message(event)
                if dice.random() < 0.2:
                    await pilot.pause()
            async with asyncio.timeout(60):
                await app.action_leave()
    except Exception as error:
        raise AssertionError(report(number, done)) from error
    assert app._exception is None
    assert_nothing_went_wrong(clacky_home, report(number, done))
