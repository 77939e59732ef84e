"""Prints what ``@`` costs among 50,000 files: the walk beside find, each letter, and the loop's lag.

    python tests/benchmarks/mention.py

Absolute figures belong to the machine; the ratios travel. Nothing here asserts. "lag" is how long a
task that sleeps 1 ms on the same event loop was late meanwhile.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from lag import Lag, measured  # noqa: E402
from probe import table  # noqa: E402

from clacky_tui.tui.chat.file_index import FileIndex  # noqa: E402
from clacky_tui.tui.run import SWITCH_SECONDS  # noqa: E402

FOLDERS, FILES = 250, 200
QUERIES = ("h", "ha", "handler", "handler_19", "pkg7mod", "p7h19")


def lay_out(root: Path) -> None:
    for folder in range(FOLDERS):
        inner = root / f"pkg{folder}" / "src" / f"mod{folder % 17}"
        inner.mkdir(parents=True)
        for number in range(FILES):
            (inner / f"handler_{number}_{folder}.py").touch()


def seconds_of_find(root: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["find", str(root), "-type", "f"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


async def rows(root: Path) -> list[list[str]]:
    index = FileIndex(root)
    find = seconds_of_find(root)
    lines = [["walk", *(await measured(index.refresh())).cells(find, "find")]]
    for query in QUERIES:
        lag = await measured(index.matches(query))
        lines.append([f"@{query}", *lag.cells(find, "find")])
    return lines


def main() -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder))
        lines = asyncio.run(rows(Path(folder)))
    print(table(f"@ among {FOLDERS * FILES:,} files", ["", *Lag.heading], lines))


if __name__ == "__main__":
    main()
