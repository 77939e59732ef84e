"""Prints how long the billing tab takes over a ledger of a million records: opening, periods, keys.

    python tests/benchmarks/billing_tab.py [records [folder]]

The ledger covers five years: sessions of some fifty requests, three models, six projects. Each figure
is the median of some runs beside the plain way to it in the same run: reading the ledger's records,
already parsed, and adding them up. With a `folder`, ledger and index are kept there, and a second run
has only to open them. Nothing here asserts.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from support.billing_screen import Host, settle  # noqa: E402

from clacky_tui.billing import summary  # noqa: E402
from clacky_tui.billing.ledger import Ledger  # noqa: E402
from clacky_tui.tui.billing.chart import draw_bars  # noqa: E402
from clacky_tui.tui.billing.daily_chart import DailyChart  # noqa: E402
from clacky_tui.tui.billing.page import FiguresPage  # noqa: E402

MODELS = ("claude-sonnet-4-6", "deepseek-v4-flash", "gpt-5.5")
PROJECTS = tuple(f"/home/kim/src/{name}" for name in ("shop", "cli", "site", "api", "notes", "lab"))
YEARS = 5
REQUESTS_PER_SESSION = 50
NOW = datetime(2026, 5, 22, 14, 30, tzinfo=UTC)


def write_ledger(folder: Path, records: int) -> None:
    """Month files of `records` requests up to `NOW`, in the form the ledger writes."""
    folder.mkdir(parents=True)
    dice = random.Random(7)
    sessions = max(1, records // REQUESTS_PER_SESSION)
    step = timedelta(days=365 * YEARS) / sessions
    start = NOW - step * sessions
    written = 0
    months: dict[str, list[str]] = {}
    for session in range(sessions):
        at = start + step * session
        model, project = dice.choice(MODELS), dice.choice(PROJECTS)
        for _ in range(REQUESTS_PER_SESSION):
            at += timedelta(seconds=dice.randrange(20, 120))
            if written >= records or at > NOW:
                break
            written += 1
            read, given, out = dice.randrange(200_000), dice.randrange(4_000), dice.randrange(2_000)
            cost = f"0.{dice.randrange(10**6):06}" if dice.random() > 0.002 else "null"
            months.setdefault(f"{at:%Y-%m}", []).append(
                f'{{"id": "{written:016x}", "session_id": "{session:016x}",'
                f' "timestamp": "{at.isoformat(timespec="seconds")}", "model": "{model}",'
                f' "prompt_tokens": {given + read}, "completion_tokens": {out},'
                f' "cache_read_tokens": {read}, "cache_write_tokens": {given // 2},'
                f' "cost_usd": {cost}, "cost_source": "price", "provider": "example",'
                f' "project": "{project}", "purpose": "chat", "outcome": "ok",'
                f' "cache_write_1h_tokens": 0, "reasoning_tokens": 0}}\n'
            )
    for month, lines in months.items():
        (folder / f"{month}.jsonl").write_text("".join(lines), "utf-8")


ROUNDS = 7
PERIODS = {"d": "day", "w": "week", "m": "month", "y": "year", "a": "all"}


class Taken(NamedTuple):
    """Seconds on the clock, and of the processor in all threads: what a busy machine leaves true."""

    clock: float
    processor: float


def milliseconds(taken: Iterable[float], share: float = 0.5) -> float:
    """The median, or another quantile."""
    ordered = sorted(taken)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  nothing else tells of a frame
        await asyncio.sleep(0.0005)


async def timed(act: Callable[[], Awaitable[None]]) -> Taken:
    start, processor = time.perf_counter(), time.process_time()
    await act()
    return Taken(time.perf_counter() - start, time.process_time() - processor)


def plain_seconds(ledger: Ledger, period: str) -> float:
    """What the records of `period` take to add up, once the ledger's files are parsed."""
    kind = summary.Period(period)
    taken = []
    for _ in range(3 if period != "all" else 1):
        start = time.perf_counter()
        summary.summarize(ledger.read(since=summary.period_start(kind, NOW)), kind, NOW)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def show(what: str, ours_ms: float, beside: str = "") -> None:
    print(f"{what:<32} {ours_ms:8.1f} ms{beside}", flush=True)


def show_taken(what: str, taken: list[Taken], plain_ms: float | None = None) -> None:
    clock = milliseconds(each.clock for each in taken)
    processor = milliseconds(each.processor for each in taken)
    beside = f"   processor {processor:6.1f} ms"
    if plain_ms is not None:
        beside += f"   plain {plain_ms:8.1f} ms   ratio {clock / plain_ms:6.3f}"
    show(what, clock, beside)


async def index_with_keys() -> None:
    """Fill the index in the other process, and press keys meanwhile."""
    app = Host(clock=lambda: NOW)
    echoes: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        pane = app.pane
        start = time.perf_counter()
        page = app.query_one(FiguresPage)
        await until(lambda: pane._desk.is_filling or page._overview is not None)
        await until(lambda: page._overview is not None or not pane._desk.is_filling)
        while pane._desk.is_filling:
            before = page.chosen_bar
            key = "left" if before else "right"
            pressed = time.perf_counter()
            app.simulate_key(key)
            await until(lambda: page.chosen_bar != before or not pane._desk.is_filling)  # noqa: B023
            echoes.append(time.perf_counter() - pressed)
            await asyncio.sleep(0.03)
        seconds = time.perf_counter() - start
        await settle(pilot)
    if echoes:
        print(f"indexing took {seconds:.1f} s; {len(echoes)} keys meanwhile")
        show("key while indexing, median", milliseconds(echoes))
        show("key while indexing, p95", milliseconds(echoes, 0.95))


async def open_and_switch(ledger: Ledger) -> None:
    opened = []
    for _ in range(3):
        app = Host(clock=lambda: NOW, hidden=True)
        async with app.run_test(size=(120, 40)) as pilot:
            await settle(pilot)
            page = app.query_one(FiguresPage)

            async def open_tab() -> None:
                app.pane.display = True  # noqa: B023
                await until(lambda: page._overview is not None)  # noqa: B023
                await pilot.pause()

            opened.append(await timed(open_tab))
    plain = 1000 * plain_seconds(ledger, "month")
    show_taken("open the tab", opened, plain)

    app = Host(clock=lambda: NOW)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        page, chart = app.query_one(FiguresPage), app.query_one(DailyChart)
        for key, period in PERIODS.items():
            taken = []
            for _ in range(ROUNDS):
                await pilot.press("m" if key != "m" else "w")
                await settle(pilot)
                before = page._overview

                async def switch() -> None:
                    app.simulate_key(key)  # noqa: B023
                    await until(lambda: page._overview is not before)  # noqa: B023
                    await pilot.pause()

                taken.append(await timed(switch))
            show_taken(f"switch to {period}", taken, 1000 * plain_seconds(ledger, period))
        await settle(pilot)
        draws = []
        for _ in range(ROUNDS):
            draw_bars.cache_clear()
            draws.append(await timed(chart._draw))
        show_taken("draw the chart anew", draws)


@contextmanager
def home_of(folder: str | None) -> Iterator[Path]:
    """A folder that is kept, or one that is not."""
    if folder is not None:
        yield Path(folder)
    else:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with home_of(sys.argv[2] if len(sys.argv) > 2 else None) as home:
        os.environ["CLACKY_HOME"] = str(home)
        folder = home / "billing"
        if not folder.exists():
            start = time.perf_counter()
            write_ledger(folder, records)
            show("write the ledger", 1000 * (time.perf_counter() - start))
        asyncio.run(index_with_keys())
        ledger = Ledger(folder)
        start = time.perf_counter()
        ledger.read()
        show("plain: parse the whole ledger", 1000 * (time.perf_counter() - start))
        asyncio.run(open_and_switch(ledger))


if __name__ == "__main__":
    main()
