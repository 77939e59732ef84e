"""Prints how long a session of 10,000 messages takes to open beside an empty one, in one run.

    python tests/benchmarks/resume.py [messages]

The screen is measured from its making until the composer takes keys, until the end of the session
is shown, and until the worker has told how it stands; then the worker alone, in a process of its own.
Nothing here asserts.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clacky_tui.config.settings import Settings

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

ROUNDS = 5
ANSWER = "It reads one token after another until the line ends, then it begins again. " * 4


# Nothing of the app is imported up here: what the first frame does not need is part of the time.


def write_session(number: int, exchanges: int, folder: str) -> Path:
    from support.stored_sessions import SessionWriter

    writer = SessionWriter(f"{number:08x}" * 2, working_dir=folder, simulated=True)
    for turn in range(exchanges):
        writer.exchange(f"question {turn}", ANSWER)
    return writer.close()


async def screen(path: Path | None, folder: Path) -> tuple[float, float, float, float]:
    """Seconds until the composer has the focus, it took a key, the end is shown, all is ready."""
    from clacky_tui.tui.app import ClackyApp

    def load() -> tuple[Settings, None]:
        from clacky_tui.config.settings import Settings

        return Settings(), None

    start = time.perf_counter()
    app = ClackyApp(
        working_dir=folder, mode="confirm_safes", theme_name=None, load=load, resume=path
    )
    async with app.run_test(size=(120, 40)) as pilot:
        composer = time.perf_counter() - start
        pressing = asyncio.create_task(pilot.press("x"))
        while app._composer.text != "x":  # noqa: ASYNC110  only the screen itself tells
            await asyncio.sleep(0.002)
        key = time.perf_counter() - start
        while app._transcript.entry_count < (3 if path else 1):  # noqa: ASYNC110  only the screen itself tells
            await asyncio.sleep(0.002)
        shown = time.perf_counter() - start
        while not app._bar._fields["tasks"]:  # noqa: ASYNC110  only the screen itself tells
            await asyncio.sleep(0.002)
        ready = time.perf_counter() - start
        await pressing
        await app._leave(0)
    return composer, key, shown, ready


async def worker(path: Path | None, folder: Path) -> float:
    """Seconds until the worker has told that the session is open."""
    from clacky_tui.agent.worker import AgentWorker
    from clacky_tui.commands import Shutdown
    from clacky_tui.config.settings import Settings

    told = asyncio.Event()
    start = time.perf_counter()
    agent = AgentWorker(Settings(), lambda _: told.set(), working_dir=folder, resume=path)
    serving = asyncio.create_task(agent.run())
    await told.wait()
    taken = time.perf_counter() - start
    agent.send(Shutdown())
    await serving
    return taken


def in_new_process(what: str, path: Path | None, folder: str) -> tuple[float, ...]:
    """The medians of a few runs, each of them in a process that has imported nothing yet."""
    arguments = [sys.executable, __file__, what, str(path or ""), folder]
    runs = [
        subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(ROUNDS)
    ]
    return tuple(statistics.median(map(float, values)) for values in zip(*runs, strict=True))


def show(what: str, ours: float, beside: float) -> None:
    print(
        f"{what:<34} {ours * 1000:8.1f} ms   empty {beside * 1000:8.1f} ms   ratio {ours / beside:.2f}"
    )


def main() -> None:
    if len(sys.argv) == 4:
        path = Path(sys.argv[2]) if sys.argv[2] else None
        folder = Path(sys.argv[3])
        if sys.argv[1] == "screen":
            print(*asyncio.run(screen(path, folder)))
        else:
            print(asyncio.run(worker(path, folder)))
        return
    exchanges = int((sys.argv[1:] or ["10000"])[0]) // 2
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLACKY_HOME"] = home
        small, large = write_session(1, 1, home), write_session(2, exchanges, home)
        print(f"{2 * exchanges:,} messages, {large.stat().st_size / 1e6:.1f} MB")
        empty = in_new_process("screen", small, home)
        full = in_new_process("screen", large, home)
        for what, ours, beside in zip(
            ("composer ready", "first key taken", "end of the session shown", "worker ready"),
            full,
            empty,
            strict=True,
        ):
            show(what, ours, beside)
        show(
            "worker alone",
            *in_new_process("worker", large, home),
            *in_new_process("worker", small, home),
        )
        from clacky_tui.sessions.reader import read_session

        start = time.perf_counter()
        read_session(large)
        print(
            f"{'of which reading the journal':<34} {(time.perf_counter() - start) * 1000:8.1f} ms"
        )


if __name__ == "__main__":
    main()
