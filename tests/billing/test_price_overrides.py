"""The user's own prices: exact, forgiving about what is missing, clear about what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clacky_tui.billing.price_overrides import PriceOverrides, read_overrides
from clacky_tui.domain.usage import Usage

FULL = """\
# ours
My-Company/Model-1:
  input: 0.1
  output: 1.30
  cache_read: 0.01
  cache_write: 0.125
  cache_write_1h: 0.2
  over: {above_tokens: 1000, input: 0.2, output: 2, cache_read: 0.02}
plain: {input: 3, output: 15}
free: {input: 0, output: 0}
"""


def read(folder: Path, text: str) -> PriceOverrides:
    path = folder / "pricing.yml"
    path.write_text(text)
    return read_overrides(path)


def test_a_missing_or_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read_overrides(tmp_path / "none.yml") == PriceOverrides()
    assert read(tmp_path, "# nothing yet\n") == PriceOverrides()


def test_rates_are_kept_to_the_digit_in_both_tiers(tmp_path: Path) -> None:
    price = read(tmp_path, FULL).price_for("my-company/MODEL-1")
    assert price is not None
    assert price.cost(Usage(1, 1, 2, 1, 1)) == Decimal("0.000001735")
    assert price.cost(Usage(1_001)) == Decimal("0.0002002")
    assert price.source == "override:pricing.yml"
    assert price.holds_at(datetime(2000, 1, 1, tzinfo=UTC))


def test_missing_cache_rates_cost_what_input_costs(tmp_path: Path) -> None:
    price = read(tmp_path, FULL).price_for("some-vendor/plain")
    assert price is not None
    assert price.cost(Usage(1, 1, 2, 1)) == Decimal("0.000012")


def test_a_price_of_nothing_is_a_price(tmp_path: Path) -> None:
    price = read(tmp_path, FULL).price_for("free")
    assert price is not None
    assert price.cost(Usage(1_000_000)) == 0


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ("bad: {input: 1}", "output is missing"),
        ("bad: {input: 1, output: dear}", "output is not a number"),
        ("bad: {input: [1], output: 1}", "input is not a number"),
        ("bad: {input: -1, output: 1}", "input is not a plausible"),
        ("bad: {input: NaN, output: 1}", "input is not a plausible"),
        ("bad: {input: 1e9, output: 1}", "input is not a plausible"),
        ("bad: {input: 1, output: 1, cached: 1}", "unknown key cached"),
        ("bad: {input: 1, output: 1, over: {input: 1, output: 1}}", "over.above_tokens"),
        ("bad: {input: 1, output: 1, over: 5}", "over must hold"),
        ("bad: 5", "expected input and output"),
    ],
)
def test_a_bad_entry_is_named_and_its_neighbours_hold(
    tmp_path: Path, entry: str, word: str
) -> None:
    found = read(tmp_path, f"good: {{input: 1, output: 2}}\n{entry}\n")
    assert found.price_for("good") is not None
    assert found.price_for("bad") is None
    (problem,) = found.problems
    assert "pricing.yml" in problem
    assert "bad" in problem
    assert word in problem


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "just text", "a: [\n", "\x00", "1: {input: 1}\n? [x]\n: y"]
)
def test_a_file_that_is_no_price_list_is_ignored_and_named(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.prices == {}
    assert "pricing.yml" in found.problems[0]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in read_overrides(tmp_path).problems[0]


@given(text=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_makes_reading_fail(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pricing.yml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    read_overrides(path)
