"""`clacky pricing show`: the price of a model explained, as text and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "clacky_tui", "pricing", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_tiered_price_is_explained_with_its_source_and_threshold(clacky_home: Path) -> None:
    shown = run("show", "openai/gpt-5.5")
    assert shown.returncode == 0
    assert "Source    table:octo-0.11.2, entry gpt-5.5" in shown.stdout
    assert "above 272,000" in shown.stdout
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["Output", "30", "45"] in lines


def test_json_has_exact_rates_and_validity(clacky_home: Path) -> None:
    shown = run("show", "claude-sonnet-4-6", "--json")
    price = json.loads(shown.stdout)
    assert price["entry"] == "claude-sonnet-4.6"
    assert price["rates"]["cache_read"] == 0.3
    assert (price["tiers"], price["valid_until"]) == ([], None)
    assert price["valid_from"] == "2026-03-13T00:00:00+00:00"
    assert '"cache_write": 3.75' in shown.stdout


def test_the_users_own_price_wins_and_a_bad_one_is_warned_about(clacky_home: Path) -> None:
    clacky_home.mkdir()
    (clacky_home / "pricing.yml").write_text("gpt-5.5: {input: 1, output: 2}\nbad: {input: 1}\n")
    shown = run("show", "gpt-5.5")
    assert "override:pricing.yml" in shown.stdout
    assert "output is missing" in shown.stderr


def test_the_catalogue_answers_for_the_host_that_is_named(clacky_home: Path) -> None:
    shown = run("show", "glm-5.3-flash", "--provider", "api.z.ai", "--json")
    assert json.loads(shown.stdout)["entry"] == "zai/GLM-5.3-Flash"


def test_an_unknown_model_is_said_to_be_unknown_not_free(clacky_home: Path) -> None:
    shown = run("show", "no-\x1b[31msuch-model")
    assert shown.returncode == 1
    assert "unknown, not as free" in shown.stdout
    assert "pricing.yml" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert json.loads(run("show", "no-such-model", "--json").stdout)["known"] is False
