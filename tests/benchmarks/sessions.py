"""Prints what listing and searching stored sessions cost beside the plain way, in one run.

    python tests/benchmarks/sessions.py [sessions to list] [sessions to search]

Lists are held against reading the newest line of each file, searches against `grep -rl`. Nothing here
asserts.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from support.stored_sessions import START, SessionWriter  # noqa: E402

from clacky_tui import paths  # noqa: E402
from clacky_tui.sessions.backwards import read_events_backwards  # noqa: E402
from clacky_tui.sessions.reader import read_session  # noqa: E402
from clacky_tui.sessions.store import list_sessions, search_sessions  # noqa: E402

WORDS = ("the", "parser", "reads", "one", "token", "after", "another", "until", "done", "解析器")
ROUNDS = 5
NEEDLE = "zanzibar"


def write_sessions(count: int, exchanges: int) -> None:
    for number in range(count):
        at = START + timedelta(minutes=number)
        writer = SessionWriter(f"{number:08x}" * 2, at=at)
        for turn in range(exchanges):
            text = " ".join(WORDS[(number + turn + i) % len(WORDS)] for i in range(60))
            needle = NEEDLE if number % 100 == 0 and turn == 0 else ""
            writer.exchange(f"question {turn} {needle}", text)
        writer.close()


def seconds(work: Callable[[], object]) -> float:
    """The median of a few runs."""
    taken: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def newest_lines() -> list[object]:
    found: list[object] = []
    for path in paths.sessions_dir().glob("*.jsonl"):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            found.append(json.loads(file.read().splitlines()[-1]))
    return found


def grep() -> None:
    subprocess.run(["grep", "-rl", NEEDLE, str(paths.sessions_dir())], capture_output=True)


def show(what: str, ours: float, beside: float, name: str) -> None:
    print(
        f"{what:<34} {ours * 1000:8.1f} ms   {name} {beside * 1000:8.1f} ms   ratio {ours / beside:.2f}"
    )


def measure_list(count: int) -> None:
    write_sessions(count, exchanges=1)
    start = time.perf_counter()
    list_sessions()
    build = time.perf_counter() - start
    beside = seconds(newest_lines)
    show(f"build the index of {count:,}", build, beside, "newest lines")
    show(f"list {count:,}", seconds(list_sessions), beside, "newest lines")


def measure_search(count: int) -> None:
    write_sessions(count, exchanges=20)
    start = time.perf_counter()
    hits = search_sessions(NEEDLE, 1000)
    build = time.perf_counter() - start
    beside = seconds(grep)
    show(f"build the index of {count:,}", build, beside, "grep -rl")
    work = lambda: search_sessions(NEEDLE, 1000)  # noqa: E731
    show(f"search {count:,}, {len(hits)} found", seconds(work), beside, "grep -rl")


def measure_opening() -> None:
    writer = SessionWriter("f" * 16)
    for _ in range(5_000):
        writer.exchange("question", " ".join(WORDS * 4))
    path = writer.close()
    page = seconds(lambda: read_events_backwards(path, None, 60))
    show(
        "last 60 events of 10,000 messages", page, seconds(lambda: read_session(path)), "whole read"
    )


def main() -> None:
    listed, searched = [int(a) for a in sys.argv[1:]] or [5_000, 1_000]
    for measure in (
        lambda: measure_list(listed),
        lambda: measure_search(searched),
        measure_opening,
    ):
        with tempfile.TemporaryDirectory() as home:
            os.environ["CLACKY_HOME"] = home
            measure()


if __name__ == "__main__":
    main()
