"""`clacky models`: the configured models listed, and asked a word each."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from clacky_tui.billing.ledger import default_ledger
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer

CONFIG = """\
models:
  - {model: claude-sonnet-4-5, api_key: sk-one, base_url: "https://api.anthropic.com", type: default}
  - {model: "odd-\\e[31m模型", api_key: sk-two, base_url: "http://[broken", wire: carrier-pigeon}
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "clacky_tui", "models", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def configure(home: Path, servers: ExitStack, steps: dict[str, Step]) -> list[DemoServer]:
    """One configured model, with a server of its own, for each step."""
    lines, started = ["models:"], []
    for model, step in steps.items():
        server = servers.enter_context(DemoServer(script=[step], tokens_per_second=0))
        row = f"model: {model}, api_key: sk-0123456789, base_url: '{server.url}'"
        lines.append(f"  - {{{row}, anthropic_format: true}}")
        started.append(server)
    home.mkdir()
    (home / "config.yml").write_text("\n".join(lines))
    return started


def test_the_list_marks_the_default_and_shows_host_wire_window_and_price(clacky_home: Path) -> None:
    clacky_home.mkdir()
    (clacky_home / "config.yml").write_text(CONFIG)
    shown = run()
    assert shown.returncode == 0, shown.stderr
    head, first, second = shown.stdout.splitlines()
    assert head.split()[:4] == ["Model", "Host", "Wire", "Window"]
    assert first.split() == (
        ["*", "claude-sonnet-4-5", "api.anthropic.com", "anthropic", "200,000", "3", "/", "15"]
    )
    assert second.split()[-5:] == ["no", "base_url", "carrier-pigeon?", "?", "?"]
    assert "\x1b" not in shown.stdout
    assert "sk-one" not in shown.stdout


def test_the_list_as_json_has_exact_prices_and_null_for_what_is_unknown(clacky_home: Path) -> None:
    clacky_home.mkdir()
    (clacky_home / "config.yml").write_text(CONFIG)
    first, second = json.loads(run("--json").stdout)
    assert (first["default"], first["context_window_tokens"]) == (True, 200_000)
    assert first["usd_per_million_tokens"] == {"input": 3, "output": 15}
    assert (second["default"], second["usd_per_million_tokens"]) == (False, None)


def test_a_test_tells_the_good_the_refused_and_the_slow_and_books_each_once(
    clacky_home: Path, servers: ExitStack
) -> None:
    steps = {
        "claude-sonnet-4-5": Step(text="Ready."),
        "claude-haiku-4-5": Step(status=401),
        "claude-opus-4-5": Step(text="Ready.", start_gate=threading.Event()),
    }
    good, *_ = configure(clacky_home, servers, steps)
    shown = run("--test", "--timeout", "4", "--json")
    assert shown.returncode == 1, shown.stderr
    ready, refused, slow = json.loads(shown.stdout)
    assert (ready["ok"], ready["code"], ready["output_tokens"] > 0) == (True, None, True)
    assert 0 < ready["time_to_first_token_seconds"] <= ready["duration_seconds"]
    assert ready["tokens_per_second"] is None
    assert (refused["code"], refused["cost_usd"]) == ("auth", 0)
    assert "api_key in config.yml" in refused["hint"]
    assert (slow["code"], slow["cost_usd"]) == ("timeout", None)
    assert "within 4 s" in slow["message"]

    [request] = good.requests
    assert request.body["max_tokens"] == 16
    assert "tools" not in request.body
    records = {record.model: record for record in default_ledger().read().records}
    assert {record.purpose for record in records.values()} == {"test"}
    assert {model: record.outcome for model, record in records.items()} == {
        "claude-sonnet-4-5": "ok",
        "claude-haiku-4-5": "rejected",
        "claude-opus-4-5": "failed",
    }
    assert records["claude-sonnet-4-5"].cost
    assert records["claude-opus-4-5"].cost is None


def test_only_the_named_models_are_asked(clacky_home: Path, servers: ExitStack) -> None:
    steps = {"claude-sonnet-4-5": Step(text="Ready."), "claude-haiku-4-5": Step(text="Ready.")}
    asked, left_alone = configure(clacky_home, servers, steps)
    shown = run("--test", "Claude-Sonnet-4-5")
    assert shown.returncode == 0, shown.stderr
    [line] = shown.stdout.splitlines()
    assert line.startswith("ok      claude-sonnet-4-5 (127.0.0.1)  first token ")
    assert (len(asked.requests), len(left_alone.requests)) == (1, 0)


def test_what_cannot_be_asked_is_explained_and_not_booked(clacky_home: Path) -> None:
    clacky_home.mkdir()
    (clacky_home / "config.yml").write_text(
        "models:\n  - {model: a, api_key: sk-1, base_url: 'http://[broken'}\n"
        "  - {model: b, base_url: 'http://127.0.0.1:9'}\n"
    )
    shown = run("--test")
    assert shown.returncode == 1
    assert "no usable base_url" in shown.stdout
    assert "The model b has no api_key." in shown.stdout
    assert default_ledger().read().records == ()


def test_a_used_up_budget_sends_nothing(clacky_home: Path, servers: ExitStack) -> None:
    [server] = configure(clacky_home, servers, {"claude-sonnet-4-5": Step(text="Ready.")})
    with (clacky_home / "config.yml").open("a") as file:
        file.write("\nsettings: {max_day_cost_usd: 0.000001}\n")
    assert run("--test").returncode == 0
    shown = run("--test")
    assert shown.returncode == 1
    assert "budget" in shown.stderr
    assert len(server.requests) == 1


def test_a_name_that_is_not_configured_is_refused_with_those_that_are(clacky_home: Path) -> None:
    clacky_home.mkdir()
    (clacky_home / "config.yml").write_text(CONFIG)
    shown = run("--test", "gpt-0")
    assert shown.returncode != 0
    assert "claude-sonnet-4-5" in shown.stderr


def test_without_a_model_the_demo_model_is_asked_and_its_cost_is_pretended(
    clacky_home: Path,
) -> None:
    shown = run("--test")
    assert shown.returncode == 0, shown.stderr
    assert "built-in demo model" in shown.stderr
    assert " demo" in shown.stdout
    assert default_ledger().read().records == ()
    [record] = default_ledger(simulated=True).read().records
    assert record.purpose == "test"
