"""Killed at any moment, a session keeps what it has shown, and every request is billed once.

``CLACKY_CRASHES=300`` kills as often instead of the few times of an ordinary run; ``-s`` shows figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from support.paced_server import PacedServer
from support.pty_screen import PtyScreen

from clacky_tui import paths
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.providers.demo.script import ScriptedCall, Turn
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.sessions.reader import StoredSession, read_session

CRASHES = int(os.environ.get("CLACKY_CRASHES") or 6)
CRASHES_PER_SESSION = 6
SEED = 20_261_121
DRIVER = Path(__file__).parents[1] / "support" / "crash_driver.py"
MOST_TIMES = {"start": 1, "streaming": 4, "tool": 6, "compression": 2, "saving": 60, "undo": 3}
"""The phases to kill in, each as often, and the time it comes round up to which that happens."""
GUESSED_SECONDS = 0.05
_BEGINS = {
    "session.opened": "start",
    "text.delta": "streaming",
    "tool.started": "tool",
    "compression.started": "compression",
}
_ENDS = {
    "task.started": "start",
    "text.done": "streaming",
    "tool.finished": "tool",
    "compression.finished": "compression",
}


def story(dice: random.Random, written: set[str]) -> Callable[[bytes, int], Turn]:
    """What the model answers: words, or calls of tools; what it puts into files is added to `written`."""

    def turn(body: bytes, number: int) -> Turn:
        words = f"answer {number} " + "word " * dice.randrange(120)
        if b"a compression begins" in body:
            return Turn(f"<topics>t</topics>\n<summary>Summary {number}.</summary>")
        if dice.random() < 0.4:
            return Turn(words)
        written.add(words)
        copy = f"sleep 0.02; echo out {number}; echo {number} > c{number % 5}.txt"
        calls = [
            ScriptedCall("terminal", {"command": copy}),
            ScriptedCall("write", {"path": f"f{number % 5}.txt", "content": words}),
            ScriptedCall("glob", {"pattern": f"*{number}*"}),
            ScriptedCall("todo_manager", {"action": "add", "tasks": [f"todo {number}"]}),
        ]
        return Turn(words, tool_calls=tuple(dice.sample(calls, dice.randrange(1, 4))))

    return turn


class Watched:
    """What the killed processes had shown, what they were at, and how long each phase takes."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.asked: list[str] = []
        self.results: list[str] = []
        self.switches = 0
        self.open: set[str] = set()
        """The phases that have begun and not ended."""
        self._begun: dict[str, float] = {}
        self._seconds: dict[str, list[float]] = {}

    def take(self, line: bytes) -> str:
        """Learn from a line; the phase that begins with it, empty when none does."""
        fields = json.loads(line)
        if "mark" in fields:
            return self._begin(fields["mark"]) if fields["open"] else self._end(fields["mark"])
        event = fields["event"]
        match kind := event["kind"]:
            case "text.done":
                self.texts.append(event["text"])
            case "task.started":
                self.asked.append(event["text"])
            case "tool.finished":
                self.results.append(event["call_id"])
            case "task.switched":
                self.switches += 1
        self._end(_ENDS.get(kind, ""))
        return self._begin(_BEGINS.get(kind, ""))

    def seconds(self, phase: str) -> float:
        """How long `phase` has taken, in the middle."""
        return median(self._seconds.get(phase) or [GUESSED_SECONDS])

    def _begin(self, phase: str) -> str:
        if not phase or phase in self.open:
            return ""
        self.open.add(phase)
        self._begun[phase] = time.monotonic()
        return phase

    def _end(self, phase: str) -> str:
        if phase in self.open:
            self.open.remove(phase)
            self._seconds.setdefault(phase, []).append(time.monotonic() - self._begun[phase])
        return ""


async def play(
    server: PacedServer,
    dice: random.Random,
    folder: Path,
    tasks: int,
    watched: Watched,
    phase: str = "",
) -> int:
    """Run the driver to its end, or kill it at some moment of `phase`. Its exit code."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(DRIVER),
        server.url,
        str(folder),
        str(tasks),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        limit=1 << 24,
    )
    assert process.stdout is not None
    watched.open = set()
    left = dice.randrange(MOST_TIMES[phase]) + 1 if phase else 0
    killing: asyncio.Task[None] | None = None
    try:
        async for line in process.stdout:  # also what it wrote before it was killed: it was shown
            if watched.take(line) == phase != "":
                left -= 1
                if left == 0:
                    delay = dice.random() * watched.seconds(phase)
                    killing = asyncio.create_task(kill_after(delay, process))
        if killing is not None:
            await killing
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


async def kill_after(seconds: float, process: asyncio.subprocess.Process) -> None:
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGKILL)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def check(stored: StoredSession, shown: Watched, server: PacedServer, crashes: int) -> None:
    """Nothing that was shown is lost, nothing is billed twice or forgotten."""
    lines = records(stored.path)
    events = [line["event"] for line in lines if line["type"] == "event"]
    messages = [line for line in lines if line["type"] == "message"]
    said = Counter(message["content"] for message in messages if message["role"] == "assistant")
    assert all(said[text] >= count for text, count in Counter(shown.texts).items())
    assert {m["tool_call_id"] for m in messages if m["role"] == "tool"} >= set(shown.results)
    asked = Counter(event["text"] for event in events if event["kind"] == "task.started")
    assert all(asked[text] >= count for text, count in Counter(shown.asked).items())
    assert sum(event["kind"] == "task.switched" for event in events) >= shown.switches
    kinds = [e["kind"] for e in events if e["kind"] in ("task.started", "task.ended")]
    assert kinds == ["task.started", "task.ended"] * (len(kinds) // 2)
    numbers = [line["seq"] for line in lines if line["type"] == "event"]
    assert numbers == sorted(numbers)

    booked = default_ledger().read().records
    mine = [record for record in booked if record.session_id == stored.id]
    announced = [line["id"] for line in lines if line["type"] == "request"]
    assert Counter(record.id for record in mine) == Counter(announced)
    assert server.requests <= len(mine) <= server.requests + crashes
    outputs = Counter(record.usage.output_tokens for record in mine if record.usage)
    complete = {n: count for n, count in outputs.items() if n}
    assert all(count == 1 for count in complete.values())
    unknown = sum(record.cost is None for record in mine)
    assert unknown <= crashes
    told = [event["record_id"] for event in events if event["kind"] == "usage.recorded"]
    assert Counter(told) == Counter(announced)
    assert stored.requests == len(mine)
    assert stored.cost == sum(record.cost for record in mine if record.cost is not None)
    assert not stored.problems
    assert not list(paths.data_dir().rglob("*.tmp"))


@pytest.fixture(scope="module")
def kills() -> Iterator[Counter[tuple[str, bool]]]:
    """How often was killed by phase, and whether the phase had not ended yet; printed at last."""
    counts: Counter[tuple[str, bool]] = Counter()
    yield counts
    print(f"\n{'killed in':<12}{'kills':>7}{'inside':>8}")
    for phase in MOST_TIMES:
        inside = counts[phase, True]
        print(f"{phase:<12}{inside + counts[phase, False]:>7}{inside:>8}")


@pytest.mark.parametrize("session", range(-(-CRASHES // CRASHES_PER_SESSION)))
async def test_a_killed_session_goes_on_with_all_it_had_shown(
    session: int, tmp_path: Path, kills: Counter[tuple[str, bool]]
) -> None:
    dice = random.Random(SEED + session)
    folder = tmp_path / "work"
    folder.mkdir()
    crashes = min(CRASHES_PER_SESSION, CRASHES - session * CRASHES_PER_SESSION)
    watched = Watched()
    written: set[str] = set()
    async with PacedServer(story(dice, written), dice) as server:
        for phase in dice.sample(list(MOST_TIMES), crashes):
            assert await play(server, dice, folder, 1000, watched, phase) == -signal.SIGKILL
            kills[phase, phase in watched.open] += 1
        assert await play(server, dice, folder, 2, watched) == 0
    [path] = paths.sessions_dir().glob("*.jsonl")
    stored = read_session(path)
    check(stored, watched, server, crashes)
    assert {file.read_text() for file in folder.glob("f*")} <= written
    assert {file.name for file in folder.iterdir()} <= {
        f"{k}{n}.txt" for k in "cf" for n in range(5)
    }
    with SessionLock(path) as lock:
        assert lock.acquire()


def test_the_app_killed_on_a_terminal_goes_on_with_continue(
    tmp_path: Path, clacky_home: Path
) -> None:
    command = [sys.executable, "-m", "clacky_tui"]
    project = tmp_path / "project"
    project.mkdir()
    (project / "notes.txt").write_text("plain notes\n")
    with PtyScreen(command, cwd=project, columns=100, rows=40) as app:
        app.wait_for("built-in demo model")
        app.type("explain this project")
        app.press("enter")
        app.wait_for("done in", 60)
        app.type("half a thought")
        draft = clacky_home / "draft.txt"
        while not draft.exists() or draft.read_text() != "half a thought":
            app.settle(0.1)
        app.send_signal(signal.SIGKILL)
        assert app.wait_exit() == -signal.SIGKILL
    with PtyScreen([*command, "-c"], cwd=project, columns=100, rows=40) as app:
        app.wait_for("goes on after 1 task")
        app.wait_for("half a thought")
        app.wait_for("done in")
        app.press("ctrl+q")
        assert app.wait_exit() == 0
