"""Prints every benchmark, each figure beside the same figure of a plain Textual program in the same run.

    python tests/benchmarks/run.py [start] [stream] [history] [output] [long_session] [resume]

Absolute figures belong to the machine; the ratios travel. Nothing here asserts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from answer import ANSWER, PIECES_PER_SECOND, TOKENS, pieces  # noqa: E402
from model_server import model_env  # noqa: E402
from peers import DONE, READY  # noqa: E402
from probe import Probe, percentile, table  # noqa: E402

from clacky_tui.tui.glyphs import UNICODE  # noqa: E402

ECHO_INTERVAL_SECONDS = 0.15
LOST_SECONDS = 3.0
LONGEST_STREAM_SECONDS = 60.0
IDLE_ECHOES = 60
COMPOSER = b"\x1b[?2026$p"
"""What the app asks the terminal when it takes over from the first frame: its composer is live."""
END = f"\x1b]2;{UNICODE.idle} go".encode()
"""The window title once the task "go" is over; words of the screen may come in several parts."""
PEER = [sys.executable, str(HERE / "peers.py")]
SCRIPTS = ("output", "long_session", "resume")
"""Benchmarks of this folder that belong to the whole; each prints its own tables."""
CLACKY = [sys.executable, "-m", "clacky_tui"]


@contextmanager
def empty_home() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as home:
        yield {"CLACKY_HOME": home, "PYTHONPATH": str(HERE.parents[1])}


def start() -> str:
    """First paint, first key, live and memory; see start.py."""
    from start import STARTS, measured

    return measured(STARTS)


def _streamed(probe: Probe, end: Callable[[], bool]) -> list[str]:
    """Type during a stream until `end`; the row of figures for the table.

    A key that is not shown within `LOST_SECONDS` counts as lost: `Markdown` drops one now and then.
    """
    before_bytes, before_seconds = len(probe.output), probe.processor_seconds
    echoes: list[float] = []
    lost, typed, deadline = 0, 0, time.monotonic() + LONGEST_STREAM_SECONDS
    while not end() and time.monotonic() < deadline:
        probe.settle(0, ECHO_INTERVAL_SECONDS)
        probe.read(ECHO_INTERVAL_SECONDS)
        try:
            echoes.append(probe.echo(LOST_SECONDS))
        except TimeoutError:
            lost += 1
        typed += 1
        if typed % 24 == 0:
            probe.clear_line()
    probe.settle(0.5, 5)
    seconds = probe.processor_seconds - before_seconds
    sent = (len(probe.output) - before_bytes) / TOKENS
    p50, p95 = percentile(echoes, 0.5) * 1000, percentile(echoes, 0.95) * 1000
    return [f"{seconds:.2f}", f"{sent:.0f}", f"{p50:.1f}", f"{p95:.1f}", f"{typed}", f"{lost}"]


def stream() -> str:
    """A 2,000-token answer at 120 pieces a second: processor, bytes per token, key echo."""
    from clacky_tui.providers.demo.script import Step

    rows = []
    for name, label in (("markdown", "Textual Markdown stream"), ("richlog", "RichLog")):
        with Probe([*PEER, name]) as probe:
            probe.wait_for(READY.encode())
            probe.settle()
            probe.press(b"\r")
            rows.append([label, *_streamed(probe, lambda: DONE.encode() in probe.output)])
    steps = [Step(text=ANSWER)]
    with model_env(steps, tokens_per_second=PIECES_PER_SECOND) as model, empty_home() as env:  # noqa: SIM117
        with Probe(CLACKY, env | model) as probe:
            probe.wait_for(COMPOSER)
            probe.wait_for(model["CLACKY_MODEL"].encode())  # the agent is up as well
            probe.settle(1.0)
            probe.press(b"go\r")
            probe.settle(0.1, 1.0)  # a key right behind would make a paste of it
            rows.append(["clacky", *_streamed(probe, lambda: END in probe.output)])
    count = sum(1 for _ in pieces(ANSWER))
    heading = ("", "processor s", "bytes/token", "echo p50 ms", "echo p95 ms", "keys", "lost")
    return table(f"Streaming {TOKENS} tokens in {count} pieces", heading, rows)


def history() -> str:
    """Key echo and memory with 1,000 one-kilobyte messages against none."""
    figures = []
    for count in (0, 1000):
        with empty_home() as env, Probe([*PEER, "clacky-history", str(count)], env) as probe:
            probe.wait_for(DONE.encode())
            probe.settle(1.0)
            echoes = []
            for number in range(IDLE_ECHOES):
                if number % 24 == 0:
                    probe.clear_line()
                probe.settle(0.02, 0.2)
                echoes.append(probe.echo())
            p50, p95 = percentile(echoes, 0.5) * 1000, percentile(echoes, 0.95) * 1000
            figures.append((p50, p95, probe.resident_megabytes))
    names = ("key echo p50 ms", "key echo p95 ms", "memory MB")
    rows = [
        [name, f"{empty:.1f}", f"{full:.1f}", f"{full / empty:.2f}"]
        for name, empty, full in zip(names, *figures, strict=True)
    ]
    return table("1,000 messages of 1 KB", ("", "empty", "1,000", "ratio"), rows)


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["start", "stream", "history", *SCRIPTS]
    os.environ["PYTHONPATH"] = str(HERE.parents[1])
    for benchmark in (start, stream, history):
        if benchmark.__name__ in chosen:
            print(benchmark(), flush=True)
    for script in SCRIPTS:
        if script in chosen:
            subprocess.run([sys.executable, str(HERE / f"{script}.py")], check=False)
