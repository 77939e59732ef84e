"""Prints grep and glob over a generated tree of 20,000 files beside ripgrep, fd and find in the same run.

    python tests/benchmarks/search.py

Absolute figures belong to the machine; the ratios travel. Nothing here asserts. "lag" is how long a
task that sleeps 1 ms on the same event loop was late meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest import mock

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from lag import Lag, measured  # noqa: E402
from probe import median, table  # noqa: E402

from clacky_tui.tools.base import ToolContext  # noqa: E402
from clacky_tui.tools.glob import Glob  # noqa: E402
from clacky_tui.tools.grep import Grep  # noqa: E402

FILES = 20_000
ROUNDS = 5
WORDS = ("alpha", "beta", "gamma", "value", "total", "count", "index", "buffer", "stream", "token")
PATTERNS = ("needle_in_hay", r"return \w+", r"\bneedle\w*\b", "(?i)NEEDLE.*true")


def make_tree(root: Path) -> None:
    """1,000 folders of 20 files with 20 to 80 lines; one file in 500 holds the needle."""
    pick = random.Random(7)
    (root / ".git").mkdir()
    (root / ".gitignore").write_text("*.log\nnode_modules/\n/build\n!keep.log\n__pycache__/\n")
    for number in range(FILES):
        folder = root / f"pkg{number // 400:02}" / f"mod{number // 20 % 20:02}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"def {pick.choice(WORDS)}(): return {pick.randint(0, 9999)}  # {pick.choice(WORDS)}"
            for _ in range(pick.randint(20, 80))
        ]
        if number % 500 == 3:
            lines.insert(5, "needle_in_hay = True")
        suffix = pick.choice((".py", ".ts", ".md", ".json", ".txt"))
        (folder / f"file{number:05}{suffix}").write_text("\n".join(lines) + "\n")


def command_seconds(*command: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


async def side_by_side(
    work: Callable[[], Awaitable[object]], command: tuple[str, ...]
) -> tuple[Lag, float]:
    """Medians of rounds that take turns, so that both see the same noise."""
    lags, theirs = [], []
    for _ in range(ROUNDS):
        lags.append(await measured(work()))
        theirs.append(await asyncio.to_thread(command_seconds, *command))
    return Lag.median_of(lags), median(theirs)


async def main(root: Path) -> None:
    await asyncio.to_thread(make_tree, root)
    context = ToolContext(working_dir=root)
    rg, fd = shutil.which("rg"), shutil.which("fd") or shutil.which("fdfind")
    rows = []
    for pattern in PATTERNS if rg else ():
        command = (rg or "", "--line-number", pattern, str(root))

        def search(pattern: str = pattern) -> Awaitable[object]:
            return Grep().run({"pattern": pattern}, context)

        lag, theirs = await side_by_side(search, command)
        rows.append([f"grep {pattern}", *lag.cells(theirs, "rg")])
        with mock.patch("clacky_tui.tools.grep.shutil.which", return_value=None):
            lag, theirs = await side_by_side(search, command)
        rows.append([f"grep {pattern}, no rg", *lag.cells(theirs, "rg")])
    peers = [("find", ("find", str(root), "-name", "*.py"))]
    if fd:
        peers.append(("fd", (fd, "--extension", "py", ".", str(root))))
    for name, command in peers:
        lag, theirs = await side_by_side(lambda: Glob().run({"pattern": "*.py"}, context), command)
        rows.append(["glob *.py", *lag.cells(theirs, name)])
    print(table(f"Search in {FILES:,} files", ("", *Lag.heading), rows))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder)))
