"""`clacky billing` as text and as JSON, in a process of its own where that matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clacky_tui.billing.ledger import Ledger, default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.cli.billing import RULE, billing
from clacky_tui.domain.usage import Usage

Make = Callable[..., UsageRecord]
pytestmark = pytest.mark.usefixtures("noon_here")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(billing, arguments)


def now() -> datetime:
    return datetime.now().astimezone()


@pytest.fixture
def ledger() -> Ledger:
    return default_ledger()


def test_an_empty_ledger_prints_zeros_and_says_so(clacky_home: Path) -> None:
    result = run()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:3] == ["📊 Billing Summary (month)", RULE, "💰 Total cost:              $0.0000"]
    assert "no records" in lines
    assert lines[-1].endswith(f"{clacky_home / 'billing'}/")
    assert result.stderr == ""


def test_the_text_shows_totals_models_and_days(ledger: Ledger, make: Make) -> None:
    at = now()
    ledger.append(make(at, model="dear", cost=Decimal("2.5")))
    ledger.append(make(at, model="cheap", cost=Decimal("0.00001")))
    ledger.append(make(at, model="strange", cost=None, cost_source="unknown"))
    result = run("--period", "day", "--days", "3")
    lines = result.stdout.splitlines()
    assert "💰 Total cost:              $2.5000" in lines
    assert "📝 Total tokens:              8,250" in lines
    assert "🔢 API requests:                  3" in lines
    assert "   1 of them without a known price, not in the sums" in lines
    start = lines.index("By Model") + 2
    assert lines[start : start + 6] == [
        "dear",
        "  Cost: $2.5000  |  Requests: 1",
        "cheap",
        "  Cost: <$0.0001  |  Requests: 1",
        "strange",
        "  Cost: ?  |  Requests: 1",
    ]
    start = lines.index("Recent Daily Usage") + 2
    today, *before = lines[start : start + 3]
    assert today == f"{at.date()}     $2.5000  {'█' * 24}"
    assert before == [f"{at.date() - timedelta(days=n)}     $0.0000" for n in (1, 2)]


def test_a_small_day_still_has_one_cell_of_bar(ledger: Ledger, make: Make) -> None:
    ledger.append(make(now(), cost=Decimal(100)))
    ledger.append(make(now() - timedelta(days=1), cost=Decimal("0.0001")))
    lines = run("--days", "2").stdout.splitlines()
    start = lines.index("Recent Daily Usage") + 2
    assert lines[start + 1].endswith("$0.0001  █")


@pytest.mark.parametrize("period", ["day", "week", "month", "year", "all"])
def test_the_json_sums_exactly_to_the_lines_of_the_ledger(
    period: str, ledger: Ledger, make: Make
) -> None:
    at = now()
    for number in range(1, 40):
        cost = Decimal(number) / Decimal(7) if number % 5 else None
        source = "price" if cost is not None else "unknown"
        ledger.append(make(at, cost=cost, cost_source=source, model=f"m{number % 3}"))
    lines = [line for path in ledger.folder.iterdir() for line in path.read_text().splitlines()]
    written = [json.loads(line, parse_float=Fraction)["cost_usd"] for line in lines]
    total = sum((Fraction(cost) for cost in written if cost is not None), Fraction(0))

    result = run("--period", period, "--json")
    assert result.exit_code == 0
    summary = json.loads(result.stdout, parse_float=Fraction)
    assert summary["total_cost"] == total
    assert sum(model["cost"] for model in summary["by_model"].values()) == total
    assert sum(summary["by_day"].values()) == total
    assert sum(day["cost"] for day in summary["daily"]) == total
    assert (summary["record_count"], summary["unpriced_requests"]) == (39, 7)


def test_the_json_says_unknown_with_null(ledger: Ledger, make: Make) -> None:
    ledger.append(make(now(), cost=None, cost_source="unknown"))
    summary = json.loads(run("--json").stdout)
    assert summary["total_cost"] == 0
    assert summary["unpriced_requests"] == 1
    assert [model["cost"] for model in summary["by_model"].values()] == [None]
    assert summary["daily"][-1]["cost"] is None


def test_days_sets_the_length_of_the_daily_section_oldest_first() -> None:
    daily = json.loads(run("--json", "--days", "7").stdout)["daily"]
    today = now().date()
    assert [d["date"] for d in daily] == [str(today - timedelta(days=n)) for n in range(6, -1, -1)]
    assert len(json.loads(run("--json").stdout)["daily"]) == 30


def test_filters_keep_one_session_or_one_model(ledger: Ledger, make: Make) -> None:
    for session, model in (("a", "x"), ("a", "y"), ("b", "y")):
        ledger.append(make(now(), session_id=session, model=model))
    counts = [
        json.loads(run("--json", *arguments).stdout)["record_count"]
        for arguments in (["--session", "a"], ["--model", "y"], ["--session", "b", "--model", "x"])
    ]
    assert counts == [2, 2, 0]


def test_corrupt_lines_are_reported_on_stderr_only(ledger: Ledger, make: Make) -> None:
    ledger.append(make(now()))
    (path,) = ledger.folder.iterdir()
    path.write_bytes(path.read_bytes() + b"{torn\nnonsense\n")
    result = run("--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["record_count"] == 1
    assert result.stderr == "Warning: skipped 2 corrupt lines in the ledger.\n"


def test_an_unreadable_month_is_reported_by_name(ledger: Ledger) -> None:
    blocked = ledger.folder / f"{now():%Y-%m}.jsonl"
    blocked.mkdir(parents=True)
    result = run()
    assert result.exit_code == 0
    assert str(blocked) in result.stderr


def test_names_of_models_cannot_steer_the_terminal(ledger: Ledger, make: Make) -> None:
    ledger.append(make(now(), model="evil\x1b[2J\nfake: $0"))
    assert "\x1b" not in run().stdout
    assert "evil\ufffd[2J\ufffdfake: $0" in run().stdout.splitlines()


@pytest.mark.parametrize("arguments", [["--period", "decade"], ["--days", "0"], ["--days", "91"]])
def test_wrong_options_are_usage_errors(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_simulated_costs_are_never_in_it(make: Make) -> None:
    default_ledger(simulated=True).append(make(now()))
    assert json.loads(run("--json").stdout)["record_count"] == 0


def test_it_prints_in_a_terminal_that_has_no_such_letters(ledger: Ledger, make: Make) -> None:
    ledger.append(make(now(), usage=Usage(1_234)))
    done = subprocess.run(
        [sys.executable, "-c", "from clacky_tui.cli.billing import billing; billing()"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"1,234" in done.stdout


def test_it_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom clacky_tui.cli.billing import billing\n"
        "billing(['--period', 'all'], standalone_mode=False)\n"
        "print([m for m in ('rich', 'textual', 'pydantic', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_another_currency_only_when_asked(ledger: Ledger, make: Make) -> None:
    ledger.append(make(now(), model="m", cost=Decimal("2.5")))
    lines = run("--period", "day", "--currency", "EUR=0.5").stdout.splitlines()
    assert "💰 Total cost:              €1.2500" in lines
    assert lines[-1] == "1 USD = 0.5 EUR"
    found = json.loads(run("--json", "--currency", "EUR=0.5").stdout)
    assert (found["total_cost"], found["total_cost_converted"]) == (2.5, 1.25)
    assert "€" not in run().stdout
