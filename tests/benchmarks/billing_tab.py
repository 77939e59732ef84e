"""Prints how long the billing tab takes over a ledger of a million records: opening, periods, keys.

    python tests/benchmarks/billing_tab.py [records]

The ledger covers five years: sessions of some fifty requests, three models, six projects. Nothing here
asserts.
"""

from __future__ import annotations

import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

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
