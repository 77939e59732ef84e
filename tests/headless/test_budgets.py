"""Budgets in a run without a screen: warned about on standard error, stopped, gone over knowingly."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ExitCode
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer

ROOT = str(Path(__file__).parents[2])
MODEL = "claude-sonnet-4-5"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    running = DemoServer(script=[Step(text="Done.")] * 2, tokens_per_second=0)
    running.start()
    yield running
    running.stop()


def spent(usd: str, project: Path) -> None:
    record = UsageRecord(
        "elsewhere", datetime.now(UTC), MODEL, Usage(1), Decimal(usd), "price", project=str(project)
    )
    default_ledger().append(record)


def run(
    server: DemoServer, home: Path, folder: Path, limits: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """One task in `folder` with `limits` in config.yml."""
    home.mkdir(exist_ok=True)
    (home / "config.yml").write_text(f"settings: {limits}\n")
    return subprocess.run(
        [sys.executable, "-m", "clacky_tui", *arguments, "-m", "hi"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": ROOT,
            "CLACKY_API_KEY": "sk-budget-0123456789",
            "CLACKY_BASE_URL": server.endpoint("anthropic").base_url,
            "CLACKY_MODEL": MODEL,
            "CLACKY_ANTHROPIC_FORMAT": "true",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_budget_that_runs_low_is_warned_about_on_standard_error(
    server: DemoServer, clacky_home: Path, tmp_path: Path
) -> None:
    spent("1.7", tmp_path)
    done = run(server, clacky_home, tmp_path, "{max_day_cost_usd: 2, max_month_cost_usd: 3}")
    assert done.returncode == ExitCode.OK
    assert "Warning: $1.70 of the day budget of $2.00 is used (85 %).\n" in done.stderr
    assert "Warning: $1.70 of the month budget of $3.00 is used (57 %).\n" in done.stderr
    assert "budget" not in done.stdout


@pytest.mark.parametrize(
    ("limits", "whose"),
    [
        ("{max_day_cost_usd: 1}", "day budget of $1.0000"),
        ("{max_month_cost_usd: 1}", "month budget of $1.0000"),
        (f"{{budgets: [{{model: {MODEL}, day_usd: 1}}]}}", f"for model {MODEL}"),
        ("{budgets: [{project: PROJECT, month_usd: 1}]}", "for project"),
    ],
)
def test_a_used_up_budget_stops_the_run_and_an_option_goes_over_it(
    server: DemoServer, clacky_home: Path, tmp_path: Path, limits: str, whose: str
) -> None:
    spent("2", tmp_path)
    limits = limits.replace("PROJECT", str(tmp_path))
    stopped = run(server, clacky_home, tmp_path, limits)
    assert stopped.returncode == ExitCode.FAILURE
    assert whose in stopped.stderr
    assert "--over-budget" in stopped.stderr
    assert not server.requests
    over = run(server, clacky_home, tmp_path, limits, "--over-budget")
    assert over.returncode == ExitCode.OK, over.stderr
    assert "(200 %)" in over.stderr
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("limits", "arguments", "scope"),
    [
        ("{max_task_cost_usd: 0.000001}", (), "task"),
        ("{max_cost_usd: 0.000001}", (), "session"),
        ("{}", ("--max-cost", "0.000001"), "session"),
    ],
)
def test_a_task_and_a_session_stop_before_their_next_request(
    clacky_home: Path, tmp_path: Path, limits: str, arguments: tuple[str, ...], scope: str
) -> None:
    call = ScriptedCall("glob", {"pattern": "*"})
    server = DemoServer(
        script=[Step(text="I look.", tool_calls=(call,)), Step(text="Done.")], tokens_per_second=0
    )
    server.start()
    try:
        done = run(server, clacky_home, tmp_path, limits, *arguments)
        assert len(server.requests) == 1
    finally:
        server.stop()
    assert done.returncode == ExitCode.FAILURE
    assert f"of the {scope} budget of <$0.0001 is spent" in done.stderr
