"""Short commands through the terminal tool against the same in ``bash -c``, turn by turn.

Run with ``python tests/benchmarks/terminal.py [commands]`` from the repository. Both sides take turns in
one run, so that noise of the machine meets both; the goal is a ratio of the sums of at most 2. The home
directory is empty: what the user's own rc files and prompt hooks cost is not ours. The last figure is 50 MB
of output, with the longest time the event loop was away.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from clacky_tui.tools.base import ToolContext  # noqa: E402
from clacky_tui.tools.terminal.tool import Terminal  # noqa: E402

COMMANDS = 100
GOAL_RATIO = 2.0
SAMPLES = ("true", "echo hello", "ls -la", "cat numbers | wc -l", "pwd; echo $HOME")
FLOOD_BYTES = 50_000_000


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMMANDS
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        folder = Path(home, "project")
        await asyncio.to_thread(_fill, folder)
        for shell in filter(None, map(shutil.which, ("bash", "zsh"))):
            os.environ["SHELL"] = shell
            context = ToolContext(folder)
            await _compare(shell, count, context)
            if shell.endswith("bash"):
                await _flood(context)
            await context.close()


def _fill(folder: Path) -> None:
    folder.mkdir()
    (folder / "numbers").write_text("\n".join(map(str, range(500))))


async def _compare(shell: str, count: int, context: ToolContext) -> None:
    tool = Terminal()
    started = time.perf_counter()
    await tool.run({"command": "true"}, context)
    first = time.perf_counter() - started
    ours: list[float] = []
    plain: list[float] = []
    for number in range(count):
        command = SAMPLES[number % len(SAMPLES)]
        started = time.perf_counter()
        await tool.run({"command": command}, context)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", command),
            cwd=context.working_dir,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        await process.communicate()
        plain.append(time.perf_counter() - started)
    ratio = sum(ours) / sum(plain)
    print(f"{shell}: first command, with the start of the shell, {1000 * first:.0f} ms")
    print(f"  tool     {_figures(ours)}")
    print(f"  bash -c  {_figures(plain)}")
    print(f"  ratio {ratio:.2f} (goal: at most {GOAL_RATIO:g})")


def _figures(seconds: list[float]) -> str:
    figures = sorted(1000 * value for value in seconds)
    p95 = figures[int(0.95 * (len(figures) - 1))]
    return f"p50 {statistics.median(figures):5.2f}  p95 {p95:5.2f}  sum {sum(figures):6.0f} ms"


async def _flood(context: ToolContext) -> None:
    command = f"yes 'a line of plain output' | head -c {FLOOD_BYTES}"
    started = time.perf_counter()
    task = asyncio.create_task(Terminal().run({"command": command}, context))
    longest = 0.0
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0)
        longest = max(longest, time.perf_counter() - before)
    seconds = time.perf_counter() - started
    print(f"  50 MB in {seconds:.1f} s; the loop was away for at most {1000 * longest:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
