"""Ledgers for tests of the billing tab: several models, projects and sessions over many days."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from clacky_tui.billing.record import UsageRecord, to_line
from clacky_tui.domain.usage import Usage

MODELS = ("claude-sonnet-4-6", "deepseek-v4-flash", "gpt-5.5", "kimi-k2.6", "local/qwen3")
UNPRICED = "local/qwen3"
PROJECTS = ("/home/kim/src/shop", "/home/kim/src/cli", "")


def days_of_records(now: datetime, days: int, seed: int = 7) -> list[UsageRecord]:
    """A few requests on most of the last `days` days, at working hours, none after `now`."""
    dice = random.Random(seed)
    records = []
    for day in range(days):
        start = (now - timedelta(days=day)).replace(hour=8, minute=0)
        for number in range(dice.choice((0, 1, 2, 4))):
            at = start + timedelta(minutes=dice.randrange(9 * 60))
            if at > now:
                continue
            model = dice.choice(MODELS)
            cost = None if model == UNPRICED else Decimal(dice.randrange(1, 10**6)) / 10**6
            read = dice.randrange(300_000)
            records.append(
                UsageRecord(
                    session_id=f"{day // 3:08x}",
                    timestamp=at,
                    model=model,
                    usage=Usage(dice.randrange(5_000), read, read // 20, 0, dice.randrange(3_000)),
                    cost=cost,
                    cost_source="unknown" if cost is None else "price",
                    id=f"{day:06}-{number}",
                    provider="example" if dice.random() < 0.8 else "",
                    project=dice.choice(PROJECTS),
                )
            )
    return records


def write_records(folder: Path, records: Iterable[UsageRecord]) -> None:
    """Append `records` to the month files in `folder`, as the ledger does, but quickly."""
    folder.mkdir(parents=True, exist_ok=True)
    months: dict[str, list[bytes]] = {}
    for record in records:
        months.setdefault(f"{record.timestamp:%Y-%m}", []).append(to_line(record))
    for month, lines in months.items():
        with (folder / f"{month}.jsonl").open("ab") as file:
            file.write(b"\n".join(lines) + b"\n")
