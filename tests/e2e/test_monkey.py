"""A monkey at the keyboard and a model out of its mind: no exception, and the terminal sane after it.

``CLACKY_MONKEY_EVENTS=20000`` gives it that many events instead of the few of an ordinary run,
``CLACKY_MONKEY_SEED`` another seed.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.left_behind import left_behind
from support.left_running import left_running
from support.monkey import MONKEY_KEYS, Deed, answers, deeds
from support.pty_screen import PtyScreen
from support.shell_screen import ROOT
from textual import events as textual_events
from textual.events import MouseEvent
from textual.keys import _character_to_key

from clacky_tui.cli.agent import load
from clacky_tui.domain.money import USD, show_amounts_in
from clacky_tui.i18n import use_language
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.chat.burst import BURST_SECONDS

EVENTS = int(os.environ.get("CLACKY_MONKEY_EVENTS") or 500)
SEED = int(os.environ.get("CLACKY_MONKEY_SEED") or 20_261_121)
PER_ROUND = 250
ROUNDS = -(-EVENTS // PER_ROUND // 2)
"""Of either kind."""
LAST = 40
LINE_KEYS = {"\r": "enter", "\x15": "ctrl+u"}
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
            # A model that the monkey sets up is nowhere.
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield folder, server
    use_language("en")
    show_amounts_in(USD)


def report(number: int, done: deque[Deed]) -> str:
    names = "\n".join(deed.name for deed in done)
    return f"seed {SEED}, round {number}; the last events:\n{names}\n"


def assert_nothing_went_wrong(home: Path, told: str) -> None:
    """Whatever was written to standard error lies in a log."""
    logs = [log.read_text(errors="replace") for log in home.glob("logs/screen-*.log")]
    assert logs == [], f"{told}{logs[0][-4000:]}"


CTRL_C_TOO_MANY = (130, -signal.SIGINT)
"""It ends a process that has left the screen already."""
WAYS_OUT = (("ctrl+q", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_on_a_terminal(setting: tuple[Path, DemoServer], clacky_home: Path, number: int) -> None:
    """An app that the monkey has left is started again."""
    folder, _ = setting
    dice = random.Random(SEED + number)
    done: deque[Deed] = deque(maxlen=LAST)
    events = itertools.islice(deeds(dice, 80, 24), PER_ROUND)
    while next_event := next(events, None):
        done.clear()
        sit_at_terminal(itertools.chain([next_event], events), folder, dice, done, number)
        told = report(number, done)
        assert_nothing_went_wrong(clacky_home, told)
        assert left_running(clacky_home) == [], told


def sit_at_terminal(
    events: Iterator[Deed], folder: Path, dice: random.Random, done: deque[Deed], number: int
) -> None:
    """Let the monkey do `events` until there are no more or it has left; `done` are those done."""
    command = [sys.executable, "-m", "clacky_tui"]
    with PtyScreen(command, cwd=folder, env={"PYTHONPATH": ROOT}) as app:
        app.wait_for("claude-sonnet-4-5")
        for deed in events:
            done.append(deed)
            if deed.size:
                app.resize(*deed.size)
            if deed.name.startswith(("sent", "line")):
                app.send(deed.sent[:-1])
                app.settle(BURST_SECONDS * 2)  # else Enter would end a line of a paste
                app.send(deed.sent[-1:])
            else:
                app.send(deed.sent)
            if dice.random() < 0.3:
                app.settle(dice.choice((0.005, 0.03)))
            if not app.is_running:
                break
        app.send(b"\x1b[201~")
        app.settle()
        for deed in itertools.islice(deeds(dice, 80, 24), dice.choice((0, 1, 5))):
            done.append(deed)
            app.send(deed.sent)
        way, code = dice.choice(WAYS_OUT)
        if isinstance(way, signal.Signals):
            has_left = app.raw.rfind(b"\x1b[?1049l") > app.raw.rfind(b"\x1b[?1049h")
            if app.is_running and not has_left:
                app.send_signal(way)
        else:
            app.press(way)
            app.send(b"\x1b[201~")
            app.settle()
            app.press(way)
        try:
            assert app.wait_exit() in (0, code, *CTRL_C_TOO_MANY)
            assert left_behind(bytes(app.raw)) == []
            assert b"\x1b]0;" not in app.raw
            assert b"Traceback" not in app.raw
        except AssertionError as error:
            last_words = app.raw.rpartition(b"\x1b[?1049l")[2].decode(errors="replace")
            raise AssertionError(f"{report(number, done)}{error}\n{last_words}") from None


def posted(
    deed: Deed, dice: random.Random, size: tuple[int, int]
) -> Iterator[textual_events.Event]:
    """What the toolkit would make of `deed`; nothing of bytes that only a terminal knows."""
    kind = deed.name.partition(" ")[0]
    if deed.name in PILOT_KEYS:
        character = MONKEY_KEYS[deed.name]
        yield textual_events.Key(deed.name, character if len(character) == 1 else None)
    elif kind in ("typed", "line"):
        for character in deed.sent.decode():
            key = LINE_KEYS.get(character) or _character_to_key(character)
            yield textual_events.Key(key, character)
    elif kind == "pasted":
        yield textual_events.Paste(deed.sent[6:-6].decode())
    elif kind == "mouse":
        kinds: tuple[type[MouseEvent], ...] = (
            textual_events.MouseDown,
            textual_events.MouseUp,
            textual_events.MouseMove,
            textual_events.MouseScrollDown,
            textual_events.MouseScrollUp,
        )
        x, y = dice.randrange(size[0]), dice.randrange(size[1])
        yield dice.choice(kinds)(None, x, y, 0, 0, dice.randrange(4), False, False, False)


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_in_the_app(setting: tuple[Path, DemoServer], clacky_home: Path, number: int) -> None:
    folder, _ = setting
    dice = random.Random(SEED - 1 - number)
    done: deque[Deed] = deque(maxlen=LAST)
    events = itertools.islice(deeds(dice, 80, 24), PER_ROUND)
    while next_event := next(events, None):
        done.clear()
        await sit_in_app(itertools.chain([next_event], events), folder, dice, done, number)
        assert_nothing_went_wrong(clacky_home, report(number, done))


async def sit_in_app(
    events: Iterator[Deed], folder: Path, dice: random.Random, done: deque[Deed], number: int
) -> None:
    """As `sit_at_terminal`, without one."""
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
            for deed in events:
                done.append(deed)
                if deed.size:
                    size = deed.size
                    await pilot.resize_terminal(*size)
                elif deed.name.startswith("sent"):
                    app._composer.load_draft(deed.name.split("'")[1])
                    app.post_message(textual_events.Key("enter", "\r"))
                else:
                    for event in posted(deed, dice, size):
                        app.post_message(event)
                if dice.random() < 0.2:
                    await pilot.pause()
                if app._leaving or not app.is_running:
                    break
            async with asyncio.timeout(60):
                await app.action_leave()
    except Exception as error:
        raise AssertionError(report(number, done)) from error
    assert app._exception is None
