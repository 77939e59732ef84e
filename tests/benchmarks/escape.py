"""From the Esc or Ctrl+C key to the model stopped: the whole app on a pseudo-terminal, 200 tries.

Run with ``python tests/benchmarks/escape.py [tries]`` from the repository. Measured from writing the key
to the terminal until the server sees that nobody listens (it looks every 20 ms); half the tries press
each key. A turn after each try has to work.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from probe import Probe  # noqa: E402
from run import CLACKY, COMPOSER, empty_home  # noqa: E402

from clacky_tui.providers.demo.script import Step  # noqa: E402
from clacky_tui.providers.demo.server import DemoServer  # noqa: E402

TRIES = 200
GOAL_SECONDS = 0.2
KEYS = (b"\x1b", b"\x03")
LONG = Step(text="The quick brown fox jumps over the lazy dog. " * 400)


def main() -> None:
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else TRIES
    script = [step for number in range(tries) for step in (LONG, Step(text=f"Answer{number}."))]
    seconds: list[float] = []
    with (
        DemoServer(script, tokens_per_second=120, first_token_seconds=0.02) as server,
        empty_home() as env,
    ):
        env |= {
            "CLACKY_API_KEY": "sk-benchmark",
            "CLACKY_BASE_URL": server.url,
            "CLACKY_MODEL": "claude-sonnet-4-5",
        }
        # A compression would take an answer of the script for itself.
        settings = Path(env["CLACKY_HOME"], "config.yml")
        settings.write_text("settings: {enable_compression: false}\n")
        with Probe(CLACKY, env) as probe:
            probe.wait_for(COMPOSER)
            probe.settle(1.0)
            for number in range(tries):
                seconds.append(_try(probe, server, KEYS[number % 2]))
                probe.press(b"next\r")
                probe.wait_for(f"Answer{number}.".encode())
                probe.settle(0.05, 1)
    figures = sorted(1000 * value for value in seconds)
    p95 = figures[int(0.95 * (len(figures) - 1))]
    print(f"p50 {statistics.median(figures):.1f}  p95 {p95:.1f}  max {figures[-1]:.1f} ms")
    within = sum(value <= GOAL_SECONDS for value in seconds)
    print(f"within {GOAL_SECONDS * 1000:.0f} ms: {within} of {len(seconds)}")


def _try(probe: Probe, server: DemoServer, key: bytes) -> float:
    """Seconds from the key to the server seeing the client gone."""
    arrived = len(server.requests)
    probe.press(b"talk\r")
    while len(server.requests) == arrived:
        probe.read(0.02)
    streaming_until = time.monotonic() + 0.15
    while time.monotonic() < streaming_until:
        probe.read(0.02)
    left = server.requests[-1].client_left
    pressed = time.monotonic()
    probe.press(key)
    while not left.wait(0.001):
        probe.read(0)
        if time.monotonic() - pressed > 5:
            raise SystemExit("the server still streams")
    taken = time.monotonic() - pressed
    probe.settle(0.1, 2)
    return taken


if __name__ == "__main__":
    main()
