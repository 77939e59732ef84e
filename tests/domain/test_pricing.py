"""The price table, row by row, and the arithmetic on it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.pricing import cost_of, price_for, table_key
from clacky_tui.domain.usage import Usage

Row = dict[str, str]
TEXT = resources.files("clacky_tui.domain").joinpath("pricing.csv").read_text("utf-8")
ROWS: list[Row] = list(csv.DictReader(TEXT.splitlines()))
OURS = {row["model"] for row in ROWS if row["price_set"] == "octo-0.11.2"}

AT = datetime(2026, 5, 22, 14, tzinfo=UTC)
WHEN = {
    "flat until 2026-08-16T16:00Z": AT,
    "peak": datetime(2026, 9, 1, 7, tzinfo=UTC),  # a Tuesday
    "off_peak": datetime(2026, 9, 1, 12, tzinfo=UTC),
}


def why_unused(row: Row) -> str:
    """Why a row of the table prices nothing; empty when it does."""
    if row["model"] == "default":
        return "retired: unknown models have no price"
    if row["price_set"] == "upstream-later" and row["model"] in OURS:
        return "superseded: our own set has the model"
    return ""


USED = [row for row in ROWS if not why_unused(row)]
UNUSED = [row for row in ROWS if why_unused(row)]
TIERED = [row for row in USED if row["tiered"] == "true"]


def name_of(row: Row) -> str:
    return f"{row['model']} {row['note']}".strip()


def threshold_of(row: Row) -> int:
    return int(row["vendor_threshold_tokens"] or row["tier_threshold_tokens"])


def expected_cost(row: Row, usage: Usage, tier: str) -> Fraction:
    """The same sum by other means: fractions, straight from the row's text."""
    one_hour = row["input" + tier] if row["provider"] == "anthropic" else row["cache_write" + tier]
    factor = 2 if row["provider"] == "anthropic" else 1
    short = usage.cache_creation_tokens - usage.cache_creation_1h_tokens
    return (
        usage.input_tokens * Fraction(row["input" + tier])
        + usage.cache_read_tokens * Fraction(row["cache_read" + tier])
        + short * Fraction(row["cache_write" + tier])
        + usage.cache_creation_1h_tokens * factor * Fraction(one_hour)
        + usage.output_tokens * Fraction(row["output" + tier])
    ) / 1_000_000


def cost(model: str, usage: Usage, at: datetime = AT) -> Decimal | None:
    return cost_of(model, usage, at).amount


def test_the_table_is_whole() -> None:
    assert len(ROWS) == 73
    assert len(USED) + len(UNUSED) == 73


@pytest.mark.parametrize("row", USED, ids=name_of)
def test_every_used_row_prices_its_model_exactly_by_its_own_figures(row: Row) -> None:
    usage = Usage(12_345, 67_891, 2_345, 1_001, 9_876, 17)
    priced = cost_of(row["model"], usage, WHEN.get(row["note"], AT))
    assert priced.amount is not None
    assert Fraction(priced.amount) == expected_cost(row, usage, "")
    assert (priced.source, priced.price_source) == ("price", f"table:{row['price_set']}")


@pytest.mark.parametrize("row", UNUSED, ids=name_of)
def test_every_unused_row_is_retired_or_superseded(row: Row) -> None:
    if row["model"] == "default":
        assert price_for("default", AT) is None
        return
    for at in WHEN.values():
        price = price_for(row["model"], at)
        assert price is not None
        assert price.source == "table:octo-0.11.2"


@pytest.mark.parametrize("row", TIERED, ids=name_of)
@pytest.mark.parametrize(("beyond", "tier"), [(-1, ""), (0, ""), (1, "_over")])
def test_the_dearer_tier_starts_strictly_above_the_threshold(
    row: Row, beyond: int, tier: str
) -> None:
    threshold = threshold_of(row)
    usage = Usage(threshold - 5_000 - 700 + beyond, 5_000, 700, 100, 1_234)
    assert usage.total_input_tokens == threshold + beyond
    amount = cost(row["model"], usage)
    assert amount is not None
    assert Fraction(amount) == expected_cost(row, usage, tier)


def test_there_are_tiered_rows_with_a_threshold_of_their_vendor() -> None:
    assert {row["model"]: threshold_of(row) for row in TIERED} == {
        "claude-sonnet-4.5": 200_000,
        "claude-3-5-sonnet-20241022": 200_000,
        "claude-3-5-sonnet-20240620": 200_000,
        "gpt-5.5": 272_000,
        "gpt-5.4": 272_000,
        "gemini-3.1-pro": 200_000,
        "doubao-seed-2.0-lite": 200_000,
    }


def test_cache_writes_count_towards_the_tier() -> None:
    price = price_for("claude-sonnet-4.5", AT)
    assert price is not None
    assert price.rates_for(Usage(cache_creation_tokens=200_001)) is price.over


@pytest.mark.parametrize(
    ("model", "usage", "usd"),
    [
        ("claude-opus-4.5", Usage(1_000_000, output_tokens=1_000_000), "30"),
        ("claude-sonnet-4.5", Usage(100_000, output_tokens=50_000), "1.05"),
        ("claude-sonnet-4.5", Usage(250_000), "1.5"),
        ("deepseek-v4-pro", Usage(200_000, 800_000), "0.3596"),
        ("claude-sonnet-4-6", Usage(600, 1_800, output_tokens=350), "0.00759"),
    ],
)
def test_published_check_values(model: str, usage: Usage, usd: str) -> None:
    assert cost(model, usage) == Decimal(usd)


def test_a_one_hour_write_costs_twice_the_input_at_anthropic_in_both_tiers() -> None:
    price = price_for("claude-sonnet-4.5", AT)
    assert price is not None
    assert price.base.cache_write_1h == 2 * price.base.input
    assert price.over.cache_write_1h == 2 * price.over.input
    assert price.base.cache_write == Decimal("3.75")
    other = price_for("gpt-5.5", AT)
    assert other is not None
    assert other.base.cache_write_1h == other.base.cache_write


@given(
    st.builds(
        Usage,
        st.integers(0, 10**12),
        st.integers(0, 10**12),
        st.integers(10**9, 10**12),
        st.integers(0, 10**9),
        st.integers(0, 10**12),
    ),
    st.integers(1, 28),
)
def test_cost_is_exact_at_any_size_and_decimal_context(usage: Usage, precision: int) -> None:
    row = next(row for row in ROWS if row["model"] == "claude-sonnet-4.5")
    with localcontext() as context:
        context.prec = precision
        amount = cost("claude-sonnet-4.5", usage)
    assert amount is not None
    assert Fraction(amount) == expected_cost(row, usage, "_over")


@pytest.mark.parametrize(
    ("at", "input_usd"),
    [
        (datetime(2026, 8, 16, 15, 59, 59, tzinfo=UTC), "0.14"),
        (datetime(2026, 8, 16, 16, tzinfo=UTC), "0.22"),  # Monday 00:00 in Beijing
        (datetime(2026, 8, 17, 0, 59, tzinfo=UTC), "0.22"),
        (datetime(2026, 8, 17, 1, tzinfo=UTC), "0.44"),
        (datetime(2026, 8, 17, 3, 59, tzinfo=UTC), "0.44"),
        (datetime(2026, 8, 17, 4, tzinfo=UTC), "0.22"),
        (datetime(2026, 8, 17, 6, tzinfo=UTC), "0.44"),
        (datetime(2026, 8, 17, 9, 59, tzinfo=UTC), "0.44"),
        (datetime(2026, 8, 17, 10, tzinfo=UTC), "0.22"),
        (datetime(2026, 8, 22, 7, tzinfo=UTC), "0.22"),  # Saturday
        (datetime(2026, 8, 23, 7, tzinfo=UTC), "0.22"),  # Sunday
        (datetime(2026, 8, 24, 1, tzinfo=UTC), "0.44"),  # Monday 09:00 in Beijing
    ],
)
def test_timed_prices_follow_the_hour_and_the_weekday_in_beijing(
    at: datetime, input_usd: str
) -> None:
    price = price_for("deepseek-v4-flash-vision-exp", at)
    assert price is not None
    assert price.base.input == Decimal(input_usd)


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (" Claude-Sonnet-4-5-20250929 ", "claude-sonnet-4.5"),
        ("claude-sonnet-46", "claude-sonnet-4.5"),
        ("anthropic/claude-opus-4.6", "claude-opus-4.5"),
        ("openrouter/anthropic/claude-haiku-4.5", "claude-haiku-4.5"),
        ("abs-claude-sonnet-4-5", "claude-sonnet-4.5"),
        ("jp.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4.5"),
        ("us.anthropic.claude-opus-5-v1:0", "claude-opus-5"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"),
        ("deepseek-chat", "deepseek-v4-flash"),
        ("deepseek/deepseek-v4-pro", "deepseek-v4-pro"),
        ("deepseek/deepseek-v4-flash-vision-exp", "deepseek-v4-flash-vision-exp"),
        ("moonshotai/kimi-k25", "kimi-k2.5"),
        ("openai/gpt-5.5", "gpt-5.5"),
        ("gpt5-5", "gpt-5.5"),
        ("gpt-5.4-mini", "gpt-5.4-mini"),
        ("gpt-5.4-codex-nano", "gpt-5.4-nano"),
        ("gpt-5-4", "gpt-5.4"),
        ("o4mini", "o4-mini"),
        ("MiniMax-M2.5", "minimax-m2.5"),
        ("google/gemini-3.1-pro", "gemini-3.1-pro"),
        ("Qwen/qwen3.7-max", "qwen3.7-max"),
    ],
)
def test_known_names_lead_to_their_row(model: str, key: str) -> None:
    assert table_key(model) == key


@pytest.mark.parametrize(
    "model",
    [
        "",
        "   ",
        "demo",
        "default",
        "claude-sonnet-4-20250514",
        "claude-sonnet-4-20250845",
        "claude-opus-4-1",
        "claude-3-7-sonnet",
        "claude-sonnet-4.5:batch",
        "anthropic/claude-opus-4.6-fast",
        "deepseek/deepseek-v4-flash:free",
        "kimi-k2-thinking",
        "glm-5-x-foo",
        "gpt-5.5-pro",
        "o3-mini",
        "local/qwen3",
        "claude-opus-5-20270101",
    ],
)
def test_unknown_names_have_no_price(model: str) -> None:
    assert price_for(model, AT) is None
    unknown = cost_of(model, Usage(1_000), AT)
    assert (unknown.amount, unknown.source, unknown.price_source) == (None, "unknown", "")


@given(st.text())
def test_any_name_is_priced_or_unknown_without_an_error(model: str) -> None:
    key = table_key(model)
    assert key is None or table_key(key) == key


def test_the_providers_own_figure_comes_first() -> None:
    priced = cost_of("claude-opus-4.5", Usage(1_000), AT, api_cost=Decimal("0.001"))
    assert (priced.amount, priced.source) == (Decimal("0.001"), "api")
    assert cost_of("no-such-model", None, AT, api_cost=Decimal(0)).amount == 0


@pytest.mark.parametrize("nonsense", ["NaN", "Infinity", "-1", "1e50"])
def test_a_nonsensical_figure_of_the_provider_is_ignored(nonsense: str) -> None:
    priced = cost_of("claude-opus-4.5", Usage(1_000), AT, api_cost=Decimal(nonsense))
    assert (priced.amount, priced.source) == (Decimal("0.005"), "price")


def test_unreported_usage_has_no_price_even_for_a_known_model() -> None:
    assert cost_of("claude-opus-4.5", None, AT).source == "unknown"
