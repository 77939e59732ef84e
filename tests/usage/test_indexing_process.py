"""The process that fills the index, as the screen starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.ledger_days import days_of_records, write_records

from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.report import Query, make_report

NOW = datetime(2026, 5, 22, 14, 30, tzinfo=UTC)


@pytest.fixture
def requests(clacky_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many the user's ledger holds; nobody else has a history."""
    monkeypatch.setenv("HOME", str(tmp_path))
    records = days_of_records(NOW, 200)
    write_records(clacky_home / "billing", records)
    return len(records)


def start(index: Path, *agents: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "clacky_tui.usage.background", str(index), *agents],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def indexed(path: Path) -> int:
    with closing(UsageIndex(path)) as index:
        return make_report(index, Query()).totals.requests


@pytest.mark.parametrize("agents", [(), ("clacky",), ("clacky", "claude")])
def test_it_tells_how_far_it_is_and_fills_the_index(
    requests: int, tmp_path: Path, agents: tuple[str, ...]
) -> None:
    told, trouble = start(tmp_path / "i.sqlite", *agents).communicate(timeout=60)
    percents = list(map(int, told.split()))
    assert percents == sorted(percents)
    assert (percents[0], percents[-1], trouble) == (0, 100, "")
    assert indexed(tmp_path / "i.sqlite") == requests


def test_other_agents_are_left_alone(requests: int, tmp_path: Path) -> None:
    start(tmp_path / "i.sqlite", "claude").communicate(timeout=60)
    assert requests
    assert indexed(tmp_path / "i.sqlite") == 0


def test_a_signal_ends_it_in_good_order(requests: int, tmp_path: Path) -> None:
    process = start(tmp_path / "i.sqlite")
    assert process.stdout is not None
    assert process.stdout.readline() == "0\n"
    os.kill(process.pid, signal.SIGTERM)
    _, trouble = process.communicate(timeout=60)
    assert (process.returncode, trouble) == (0, "")
    start(tmp_path / "i.sqlite").communicate(timeout=60)
    assert indexed(tmp_path / "i.sqlite") == requests


def test_it_ends_quietly_when_nobody_listens_any_more(requests: int, tmp_path: Path) -> None:
    process = start(tmp_path / "i.sqlite")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 0
    assert requests
