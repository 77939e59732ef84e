"""A start as a person sees it, beside a bare Textual app and the interpreter alone in the same run.

    python tests/benchmarks/start.py [STARTS]

First paint and first key are the raw first frame's. "Live" is the moment the command menu answers a
slash, which no first frame does. Absolute figures belong to the machine; the ratios travel.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from peers import READY  # noqa: E402
from probe import Probe, median, table  # noqa: E402

STARTS = 11
SETTLE_SECONDS = 1.0
MENU = b"/help"
"""Of the command menu, which opens at a slash."""
PEERS = {
    "codex": ["codex"],
    "opencode": ["opencode"],
    "kimi": ["kimi"],
    "mistral-vibe": ["vibe"],
}
"""Measured when they are installed; their first paint is their first visible letter."""


def bare_start() -> dict[str, float]:
    """A bare Textual app: an input line and a word."""
    with Probe([sys.executable, str(HERE / "peers.py"), "bare"]) as probe:
        painted = probe.wait_for(READY.encode())
        key = painted + probe.echo()
        probe.settle(SETTLE_SECONDS)
        return {"paint": painted, "key": key, "live": key, "memory": probe.resident_megabytes}


def clacky_start(home: str) -> dict[str, float]:
    """The app, in a home that has seen it before."""
    env = {"CLACKY_HOME": home, "PYTHONPATH": str(HERE.parents[1])}
    with Probe([sys.executable, "-m", "clacky_tui"], env) as probe:
        painted = probe.wait_for("›".encode())
        key = painted + probe.echo()
        probe.press(b"\x7f/")
        live = probe.wait_for(MENU)
        probe.press(b"\x7f")
        probe.wait_for(b"demo model")
        probe.settle(SETTLE_SECONDS)
        return {"paint": painted, "key": key, "live": live, "memory": probe.resident_megabytes}


def interpreter_start() -> dict[str, float]:
    """The interpreter that does nothing."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return {"paint": time.monotonic() - began}


def peer_start(command: list[str]) -> dict[str, float]:
    """Another agent, if it shows a letter within some seconds."""
    with Probe(command) as probe:
        while not _has_letter(probe.output):
            if time.monotonic() - probe.started > 20:
                return {}
            probe.read(0.05)
        painted = time.monotonic() - probe.started
        probe.settle(SETTLE_SECONDS)
        return {"paint": painted, "memory": probe.resident_megabytes}


def _has_letter(output: bytearray) -> bool:
    shown = re.sub(
        rb"\x1b(\[[0-?]*[ -/]*[@-~]|[\]P_^][^\x07\x1b]*(\x07|\x1b\\)?|.)", b"", bytes(output)
    )
    return bool(re.search(rb"[A-Za-z]", shown))


def measured(starts: int) -> str:
    """The table of so many starts."""
    with tempfile.TemporaryDirectory() as home:
        clacky_start(home)  # writes the byte code and the recording
        programs: dict[str, Callable[[], dict[str, float]]] = {
            "python -c pass": interpreter_start,
            "bare Textual": bare_start,
            "clacky": lambda: clacky_start(home),
        }
        for name, command in PEERS.items():
            if shutil.which(command[0]):
                programs[name] = lambda command=command: peer_start(command)
        figures: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
        for _ in range(starts):  # in turns: what else the machine does meets all of them
            for name, measure in programs.items():
                figures[name].append(measure())
    bare = _medians(figures["bare Textual"])
    rows = []
    for key, words, scale in (
        ("paint", "first paint ms", 1000),
        ("key", "first key shown ms", 1000),
        ("live", "live ms", 1000),
        ("memory", "memory at ready MB", 1),
    ):
        row = [words]
        for name in programs:
            middle, best = _medians(figures[name]).get(key), _least(figures[name], key)
            row.append(f"{middle * scale:.0f} ({best * scale:.0f})" if middle and best else "–")
        ours = _medians(figures["clacky"])[key]
        rows.append([*row, f"{ours / bare[key]:.2f}"])
    absent = [name for name, command in PEERS.items() if not shutil.which(command[0])]
    heading = ("median (least)", *programs, "clacky / bare Textual")
    note = f"\n\nNot installed: {', '.join(absent)}." if absent else ""
    return table(f"Start, {starts} times in turns", heading, rows) + note


def _medians(starts: list[dict[str, float]]) -> dict[str, float]:
    keys = {key for start in starts for key in start}
    return {key: median([start[key] for start in starts if key in start]) for key in keys}


def _least(starts: list[dict[str, float]], key: str) -> float | None:
    return min((start[key] for start in starts if key in start), default=None)


if __name__ == "__main__":
    print(measured(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS))
