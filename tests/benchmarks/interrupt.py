"""How quickly an interrupt stops the agent: 200 tries, and a working turn after each.

Run with ``python tests/benchmarks/interrupt.py [tries]`` from the repository. Measured from the
command (what Esc sends) to `task.ended`, in four situations: while text streams, while the first byte
is waited for, while a failed request waits to be sent again, while a command runs. For the first two
also to the moment the server notices that nobody listens any more, which it checks every 20 ms.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.raw_server import worker_at  # noqa: E402
from support.worker import Harness  # noqa: E402

from clacky_tui import commands, events  # noqa: E402
from clacky_tui.config.settings import Settings  # noqa: E402
from clacky_tui.providers.demo.script import ScriptedCall, Step  # noqa: E402
from clacky_tui.providers.demo.server import DemoServer  # noqa: E402

TRIES = 200
GOAL_SECONDS = 0.2
TEXT = "The quick brown fox jumps over the lazy dog. " * 200

_SITUATIONS: dict[str, tuple[Step, type[Any]]] = {
    "streaming": (Step(text=TEXT), events.TextDelta),
    "first byte": (Step(text=TEXT, start_gate=threading.Event()), events.IterationStarted),
    "retry wait": (Step(status=529), events.RequestRetried),
    "command": (
        Step(tool_calls=(ScriptedCall("terminal", {"command": "echo on; sleep 60"}),)),
        events.ToolOutput,
    ),
}
_ANSWER = Step(text="Yes.")


async def measure(tries: int) -> dict[str, list[float]]:
    """Seconds by situation."""
    taken: dict[str, list[float]] = defaultdict(list)
    names = [name for _, name in zip(range(tries), _cycle(), strict=False)]
    script = [step for name in names for step in (_SITUATIONS[name][0], _ANSWER)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLACKY_HOME"] = str(Path(folder, "home"))
        with DemoServer(script, tokens_per_second=120, first_token_seconds=0.02) as server:
            settings = Settings(enable_compression=False)
            async with worker_at(server.url, Path(folder), settings=settings) as harness:
                for name in names:
                    await _try(name, harness, server, taken)
    return taken


def _cycle() -> list[str]:
    return list(_SITUATIONS) * TRIES


async def _try(
    name: str, harness: Harness, server: DemoServer, taken: dict[str, list[float]]
) -> None:
    harness.envelopes.clear()
    arrived = len(server.requests)
    harness.send(commands.Submit(text="Tell me."))
    await harness.next(_SITUATIONS[name][1])
    while len(server.requests) == arrived:  # noqa: ASYNC110  the server has threads, no events
        await asyncio.sleep(0.005)
    await asyncio.sleep(random.uniform(0.02, 0.15))
    pressed = time.monotonic()
    harness.send(commands.Interrupt())
    ended = await harness.next(events.TaskEnded)
    taken[name].append(time.monotonic() - pressed)
    if ended.outcome != "cancelled":
        raise SystemExit(f"{name}: the task ended as {ended.outcome}")
    if name in ("streaming", "first byte"):
        left = server.requests[-1].client_left
        if not await asyncio.to_thread(left.wait, 5):
            raise SystemExit(f"{name}: the server still streams")
        taken[f"{name}, seen by the server"].append(time.monotonic() - pressed)
    harness.envelopes.clear()
    if (await harness.ask("Still there?")).outcome != "done":
        raise SystemExit(f"{name}: the next turn did not work")


def main() -> None:
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else TRIES
    taken = asyncio.run(measure(tries))
    print(f"{'situation':<32} {'tries':>5} {'p50':>7} {'p95':>7} {'max':>7}  ms")
    for name, seconds in taken.items():
        figures = sorted(1000 * value for value in seconds)
        p50, p95 = statistics.median(figures), figures[int(0.95 * (len(figures) - 1))]
        print(f"{name:<32} {len(figures):>5} {p50:>7.1f} {p95:>7.1f} {figures[-1]:>7.1f}")
    within = [value <= GOAL_SECONDS for name in _SITUATIONS for value in taken[name]]
    print(f"within {GOAL_SECONDS * 1000:.0f} ms: {sum(within)} of {len(within)}")
    raise SystemExit(0 if all(within) else 1)


if __name__ == "__main__":
    main()
