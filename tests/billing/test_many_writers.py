"""Eight processes that write into one ledger at once: no record is lost, none is torn.

`CLACKY_TEST_APPENDS` says how many each of them appends; 10,000 are asked for, the suite makes do
with fewer.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.usage import Usage

WRITERS = 8
APPENDS = int(os.environ.get("CLACKY_TEST_APPENDS", "250"))
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def write(folder: Path, writer: int, appends: int) -> None:
    ledger = Ledger(folder)
    for number in range(appends):
        padding = "x" * (writer * 700 + number % 97)
        ledger.append(
            UsageRecord(
                session_id=f"{writer}",
                timestamp=AT,
                model="m",
                usage=Usage(number, output_tokens=writer),
                cost=Decimal(1).scaleb(-9),
                cost_source="api",
                id=f"{writer}-{number}",
                project=padding,
            )
        )


def test_eight_writers_lose_and_tear_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=write, args=(tmp_path, writer, APPENDS)) for writer in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    read = Ledger(tmp_path).read()
    assert (read.skipped_lines, read.unreadable) == (0, ())
    expected = {f"{writer}-{number}" for writer in range(WRITERS) for number in range(APPENDS)}
    assert len(read.records) == len(expected)
    assert {record.id for record in read.records} == expected
    assert Ledger(tmp_path).spent(AT) == WRITERS * APPENDS * Decimal(1).scaleb(-9)
    (file,) = tmp_path.iterdir()
    for line in file.read_bytes().splitlines():
        fields = json.loads(line)
        writer, number = map(int, fields["id"].split("-"))
        assert fields["project"] == "x" * (writer * 700 + number % 97)
