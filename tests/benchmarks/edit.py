"""Prints edits of a 5 MB file, a large preview and a document beside plain work in the same run.

    python tests/benchmarks/edit.py

Absolute figures belong to the machine; the ratios travel. Nothing here asserts.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1]), str(HERE.parent)]

from lag import Lag, measured  # noqa: E402
from probe import median, table  # noqa: E402
from support.pdf import pdf  # noqa: E402

from clacky_tui.files import write_atomic  # noqa: E402
from clacky_tui.tools.base import ToolContext  # noqa: E402
from clacky_tui.tools.documents import extract  # noqa: E402
from clacky_tui.tools.edit import Edit  # noqa: E402
from clacky_tui.tools.write import Write  # noqa: E402

ROUNDS = 7
LINE = "value_{} = compute(alpha, beta, {}) # some words to fill the line\n"
FIVE_MB_LINES, EIGHT_MB_LINES = 74_000, 112_000


def plainly(path: Path) -> float:
    """Seconds to read the file, replace its first word and write it back safely."""
    started = time.perf_counter()
    text = path.read_text(encoding="utf-8")
    write_atomic(path, text.replace("value_0", "value_0", 1).encode())
    return time.perf_counter() - started


async def side_by_side(work: Callable[[int], Awaitable[object]], path: Path) -> tuple[Lag, float]:
    lags, theirs = [], []
    for number in range(ROUNDS):
        lags.append(await measured(work(number)))
        theirs.append(await asyncio.to_thread(plainly, path))
    return Lag.median_of(lags), median(theirs)


async def main(folder: Path) -> None:
    context = ToolContext(working_dir=folder)
    five, eight = folder / "five.py", folder / "eight.py"
    content = "".join(LINE.format(n, n) for n in range(FIVE_MB_LINES))
    crlf = folder / "crlf.py"
    await asyncio.to_thread(five.write_text, content)
    await asyncio.to_thread(crlf.write_bytes, content.replace("\n", "\r\n").encode())
    await asyncio.to_thread(
        eight.write_text, "".join(LINE.format(n, n) for n in range(EIGHT_MB_LINES))
    )
    other = "".join(LINE.format(n, -n) for n in range(EIGHT_MB_LINES))
    document = folder / "a.pdf"
    await asyncio.to_thread(document.write_bytes, pdf(*(f"line {n} of it" for n in range(3000))))

    def edit(name: str, indent: str = "") -> Callable[[int], Awaitable[object]]:
        def once(number: int) -> Awaitable[object]:
            line = (50_000 if indent else 40_000) + 2 * number
            old = indent + LINE.format(line, line) + indent + LINE.format(line + 1, line + 1)
            # Tolerant matches leave the lines as they were but for one word.
            new = old.replace("some words", f"words {number}", 1)
            call = {"path": name, "old_string": old, "new_string": new}
            return Edit().preview(call, context) if indent else Edit().run(call, context)

        return once

    cases: list[tuple[str, Callable[[int], Awaitable[object]], Path]] = [
        ("edit 5 MB", edit("five.py"), five),
        ("edit 5 MB, CRLF", edit("crlf.py"), crlf),
        ("edit preview 5 MB, other indentation", edit("five.py", "    "), five),
        (
            "write preview 8 MB, every line differs",
            lambda _: Write().preview({"path": "eight.py", "content": other}, context),
            eight,
        ),
        ("PDF with 3,000 lines", lambda _: extract(document), five),
    ]
    rows = []
    for name, work, path in cases:
        lag, theirs = await side_by_side(work, path)
        rows.append([name, *lag.cells(theirs, "plain read and write")])
    print(table("Changes of large files", ("", *Lag.heading), rows))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder)))
