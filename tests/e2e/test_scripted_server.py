"""The real app on a pseudo-terminal against a scripted model server: what a person sees of trouble."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer

ROOT = str(Path(__file__).parents[2])
WIRES: list[WireFormat] = ["anthropic", "openai_chat"]
KEY = "sk-secret-0123456789"


@contextmanager
def app_against(steps: Sequence[Step], wire: WireFormat, cwd: Path) -> Iterator[PtyScreen]:
    server = DemoServer(script=list(steps), tokens_per_second=0)
    server.start()
    env = {
        "PYTHONPATH": ROOT,
        "CLACKY_API_KEY": KEY,
        "CLACKY_BASE_URL": server.endpoint(wire).base_url,
        "CLACKY_MODEL": "claude-sonnet-4-5",
        "CLACKY_ANTHROPIC_FORMAT": "true" if wire == "anthropic" else "false",
    }
    try:
        with PtyScreen([sys.executable, "-m", "clacky_tui"], cwd=cwd, env=env) as screen:
            screen.wait_for("claude-sonnet-4-5")
            yield screen
    finally:
        server.stop()


def ask(screen: PtyScreen, text: str) -> None:
    screen.type(text)
    screen.press("enter")


@pytest.mark.parametrize("wire", WIRES)
def test_text_is_on_screen_while_the_stream_is_open(tmp_path: Path, wire: WireFormat) -> None:
    gate = threading.Event()
    steps = [Step(text="The first words arrive early.", gate=gate)]
    with app_against(steps, wire, tmp_path) as screen:
        ask(screen, "hello")
        shown = screen.wait_for("The first words arrive early.")
        assert "done in" not in shown
        gate.set()
        screen.wait_for("done in")


@pytest.mark.parametrize("wire", WIRES)
def test_trouble_is_told_and_the_app_stays_usable(tmp_path: Path, wire: WireFormat) -> None:
    broken = ScriptedCall("edit", '{"path": "a.txt", "old_string": "no end')
    steps = [
        Step(text="This sentence is cut", cut_after_bytes=700),
        Step(text="Whole after the cut."),
        Step(status=429, headers={"Retry-After": "0"}),
        Step(text="Patience paid."),
        Step(status=500, body="internal trouble"),
        Step(text="Up again."),
        Step(tool_calls=(broken,)),
        Step(text="I will write it properly."),
        Step(status=401, body=json.dumps({"error": {"message": f"invalid x-api-key {KEY}"}})),
        Step(text="All is well."),
    ]
    with app_against(steps, wire, tmp_path) as screen:
        ask(screen, "one")
        screen.wait_for("Whole after the cut.")
        assert "cut off" in screen.text or "again in" in screen.text
        ask(screen, "two")
        screen.wait_for("Patience paid.")
        assert "429" in screen.text
        ask(screen, "three")
        screen.wait_for("Up again.")
        assert "500" in screen.text
        ask(screen, "four")
        screen.wait_for("I will write it properly.")
        ask(screen, "five")
        screen.wait_for("401")
        screen.wait_for("failed in")
        assert KEY not in screen.text
        ask(screen, "six")
        screen.wait_for("All is well.")
        screen.wait_for("● idle")  # while the task runs ctrl+c stops it instead of leaving
        screen.press("ctrl+c")
        assert screen.wait_exit() == 0
    assert KEY.encode() not in bytes(screen.raw)


def test_escape_stops_the_model_and_the_next_message_works(tmp_path: Path) -> None:
    held = threading.Event()
    steps = [Step(text="Talking without end", gate=held), Step(text="Listening again.")]
    with app_against(steps, "anthropic", tmp_path) as screen:
        ask(screen, "talk")
        screen.wait_for("Talking without end")
        screen.press("escape")
        screen.wait_for("stopped in")
        ask(screen, "listen")
        screen.wait_for("Listening again.")
    held.set()


def test_what_the_model_says_cannot_touch_the_terminal(tmp_path: Path) -> None:
    hostile = "[bold]kept[/bold] \x1b]0;owned\x07 \x1b[2J \u202eabc end"
    with app_against([Step(text=hostile)], "anthropic", tmp_path) as screen:
        ask(screen, "attack")
        screen.wait_for("[bold]kept[/bold]")
        screen.wait_for("done in")
    assert b"owned\x07" not in screen.raw
    assert "\u202e".encode() not in screen.raw
