"""Prints what a long session costs: turns, memory, a reply of 1 MB, a new theme and a new size.

    python tests/benchmarks/long_session.py [turns] [reply] [redraw]

The real app on a pseudo-terminal. Goals stand beside the figures; nothing here asserts.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import sys
import termios
import time
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from answer import ANSWER  # noqa: E402
from model_server import model_env  # noqa: E402
from probe import COLUMNS, ROWS, Probe, median, percentile, table  # noqa: E402
from run import CLACKY, COMPOSER, END, empty_home  # noqa: E402

from clacky_tui.providers.demo.script import ScriptedCall, Step  # noqa: E402

TURNS = 200
EARLIER_MESSAGES = 600
"""With a call and a result in each turn, 1,000 messages."""
TURN_BYTES = 250_000
OUTPUT = f"yes 'turn {{}} says a line of plain output' | head -c {TURN_BYTES}"
REPLY_BYTES = 1_000_000
MESSAGES = 1_000
REDRAWS = 5
KEY_PAUSE_SECONDS = 0.03
KEYS_PER_LINE = 24
LONGEST_SECONDS = 300.0
QUIET_SECONDS = 0.3


def turns() -> str:
    """Seconds per tool turn and memory, by the journal's own times."""
    steps = [  # no two alike: the loop guard stops a model that repeats itself
        Step(tool_calls=(ScriptedCall("terminal", {"command": OUTPUT.format(turn)}),))
        for turn in range(TURNS)
    ]
    with model_env([*steps, Step(text="Finished.")]) as model, empty_home() as env:
        home = Path(env["CLACKY_HOME"])
        # Its window holds all of it; a compression in the middle would be what is measured.
        env |= model | {"CLACKY_MODEL": "claude-sonnet-4-6", "SHELL": "/bin/sh"}
        env["HOME"] = env["CLACKY_HOME"]
        (home / "config.yml").write_text("settings:\n  enable_compression: false\n")
        command = [*_going_on(home, EARLIER_MESSAGES, "Done."), "--mode", "auto_approve"]
        with Probe([*command, "--max-turns", "0"], env, cwd=_project(home)) as probe:
            probe.wait_for(COMPOSER)
            probe.settle(2.0)
            ready, seconds = probe.resident_megabytes, probe.processor_seconds
            probe.press(b"go\r")
            used = _watched(probe)
            probe.settle(1.0)
            full, seconds = probe.resident_megabytes, probe.processor_seconds - seconds
        told = _events(next((home / "sessions").glob("*.jsonl")))
    starts = [at for at, event in told if event["kind"] == "iteration.started"]
    took = [(after - before).total_seconds() for before, after in pairwise(starts)]
    asked = [e["duration_seconds"] for _, e in told if e["kind"] == "usage.recorded"][-TURNS - 1 :]
    ran = [e["duration_seconds"] for _, e in told if e["kind"] == "tool.finished"]
    messages = EARLIER_MESSAGES + 2 * len(starts)
    rows = [
        ["memory at ready", f"{ready:.0f} MB", "<= 60 MB"],
        [
            f"memory after {messages:,} messages, {TURNS * TURN_BYTES / 1e6:.0f} MB of output",
            f"{full:.0f} MB",
            "<= 120 MB",
        ],
        ["milliseconds per turn, first 20 / middle 20 / last 20", _course(took), "flat"],
        ["of which the request, which grows with the conversation", _course(asked[:-1]), ""],
        ["of which the tool", _course(ran), ""],
        [
            "of which the app itself",
            _course([t - a - r for t, a, r in zip(took, asked, ran, strict=False)]),
            "",
        ],
        [
            "milliseconds of the processor per turn",
            _course([_at(used, after) - _at(used, before) for before, after in pairwise(starts)]),
            "flat",
        ],
        ["processor, all in all", f"{seconds:.1f} s", ""],
    ]
    return table(f"{len(took)} tool turns", ("", "clacky", "goal"), rows)


def _watched(probe: Probe) -> list[tuple[datetime, float]]:
    """Processor seconds at moments until the task is over."""
    used: list[tuple[datetime, float]] = []
    deadline = time.monotonic() + LONGEST_SECONDS
    while END not in probe.output and time.monotonic() < deadline:
        probe.read(0.05)
        used.append((datetime.now(UTC), probe.processor_seconds))
    return used


def _at(used: list[tuple[datetime, float]], moment: datetime) -> float:
    """Processor seconds at `moment`, which lies within those of `used`."""
    return used[min(bisect_left(used, moment, key=itemgetter(0)), len(used) - 1)][1]


def _course(seconds: list[float]) -> str:
    """The mean of the first, the middle and the last 20 of `seconds`, in milliseconds."""
    middle = len(seconds) // 2
    parts = seconds[:20], seconds[middle - 10 : middle + 10], seconds[-20:]
    return " / ".join(f"{1000 * fmean(part):.0f}" for part in parts)


def _events(journal: Path) -> list[tuple[datetime, dict[str, Any]]]:
    lines = map(json.loads, journal.read_text().splitlines())
    return [
        (datetime.fromisoformat(line["ts"]), line["event"])
        for line in lines
        if line["type"] == "event"
    ]


def _project(home: Path) -> Path:
    """The folder that the sessions of `home` work in."""
    return home / "project"


def reply() -> str:
    """How late keys are shown while a reply of 1 MB comes as fast as it can."""
    text = (ANSWER * (REPLY_BYTES // len(ANSWER) + 1))[:REPLY_BYTES]
    with (
        model_env([Step(text=text)]) as model,
        empty_home() as env,
        Probe(CLACKY, env | model) as probe,
    ):
        probe.wait_for(COMPOSER)
        probe.settle(1.0)
        began, seconds, sent = time.monotonic(), probe.processor_seconds, len(probe.output)
        probe.press(b"go\r")
        echoes: list[float] = []
        while END not in probe.output and time.monotonic() - began < LONGEST_SECONDS:
            pause = time.monotonic() + KEY_PAUSE_SECONDS
            while (left := pause - time.monotonic()) > 0:
                probe.read(left)
            if len(echoes) % KEYS_PER_LINE == KEYS_PER_LINE - 1:
                probe.clear_line()
                probe.read(0.05)
            echoes.append(probe.echo())
        took = time.monotonic() - began
        shares = " / ".join(f"{1000 * percentile(echoes, share):.0f}" for share in (0.5, 0.95, 1))
        rows = [
            ["key echo p50 / p95 / max ms", shares, "max <= 50"],
            [
                "seconds, and of the processor",
                f"{took:.1f}, {probe.processor_seconds - seconds:.1f}",
                "",
            ],
            ["bytes to the terminal", f"{len(probe.output) - sent:,}", ""],
            ["memory", f"{probe.resident_megabytes:.0f} MB", ""],
        ]
    return table(
        f"One reply of {REPLY_BYTES:,} bytes, {len(echoes)} keys", ("", "clacky", "goal"), rows
    )


def redraw() -> str:
    """From the key to the last byte of the screen in another theme, or of another size."""
    figures: dict[int, list[float]] = {}
    for count in (2, MESSAGES):
        with empty_home() as env:
            home = Path(env["CLACKY_HOME"])
            command = _going_on(home, count, ANSWER[:1000])
            with Probe(command, env, cwd=_project(home)) as probe:
                probe.wait_for(COMPOSER)
                probe.settle(1.5)
                probe.press(b"\x1b[5~" * 20)  # more than the last screen has been drawn
                probe.settle(1.0)
                themes, sizes = [], []
                for number in range(REDRAWS):
                    name = ("light", "hacker")[number % 2]
                    probe.press(f"/theme {name} ".encode())
                    probe.settle(QUIET_SECONDS)
                    themes.append(_seconds_to_last_byte(probe, lambda: probe.press(b"\r")))
                    columns = COLUMNS - number % 2 - 1
                    sizes.append(_seconds_to_last_byte(probe, partial(_resize, probe, columns)))
                figures[count] = [median(themes), median(sizes)]
    rows = [
        [name, f"{few * 1000:.0f}", f"{many * 1000:.0f}", f"{many / few:.2f}", "<= 100"]
        for name, few, many in zip(
            ("another theme, ms", "another size, ms"), *figures.values(), strict=True
        )
    ]
    return table(
        f"Drawn anew at {MESSAGES:,} messages", ("", "2", f"{MESSAGES:,}", "ratio", "goal"), rows
    )


def _going_on(home: Path, messages: int, answer: str) -> list[str]:
    """The command that goes on with a session of so many messages, which is written first."""
    from support.stored_sessions import SessionWriter

    _project(home).mkdir()
    writer = SessionWriter("1" * 16, working_dir=str(_project(home)), folder=home / "sessions")
    for number in range(messages // 2):
        writer.exchange(f"question {number}", answer)
    writer.close()
    return [*CLACKY, "--attach", "1" * 8]


def _resize(probe: Probe, columns: int) -> None:
    fcntl.ioctl(probe.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    os.kill(probe.pid, signal.SIGWINCH)


def _seconds_to_last_byte(probe: Probe, act: Callable[[], object]) -> float:
    began = last = time.monotonic()
    act()
    while probe.read(QUIET_SECONDS):
        last = time.monotonic()
    return last - began


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["turns", "reply", "redraw"]
    for benchmark in (turns, reply, redraw):
        if benchmark.__name__ in chosen:
            print(benchmark(), flush=True)
