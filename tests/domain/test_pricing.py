"""The price table, row by row, and the arithmetic on it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.pricing import Price, price_for, table_key, table_prices
from clacky_tui.domain.usage import Usage

Row = dict[str, str]
TEXT = resources.files("clacky_tui.domain").joinpath("pricing.csv").read_text("utf-8")
ROWS: list[Row] = list(csv.DictReader(TEXT.splitlines()))
TIERED = [row for row in ROWS if row["above_tokens"]]

AT = datetime(2026, 5, 22, 14, tzinfo=UTC)
BEFORE_ALL_CHANGES = datetime(2024, 11, 5, tzinfo=UTC)


def instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def moment_of(row: Row) -> datetime:
    """A time at which `row` is the price of its model."""
    at = instant(row["valid_from"]) if row["valid_from"] else BEFORE_ALL_CHANGES
    if not row["hours"]:
        return at
    hour = 7 if row["hours"] == "peak" else 12
    monday = at + timedelta(days=7 - at.weekday())
    return monday.replace(hour=hour)


def name_of(row: Row) -> str:
    return " ".join(part for part in (row["model"], row["valid_from"], row["hours"]) if part)


def expected_cost(row: Row, usage: Usage, tier: str) -> Fraction:
    """The same sum by other means: fractions, straight from the row's text."""
    one_hour = row["cache_write_1h" + tier] or row["cache_write" + tier]
    short = usage.cache_creation_tokens - usage.cache_creation_1h_tokens
    return (
        usage.input_tokens * Fraction(row["input" + tier])
        + usage.cache_read_tokens * Fraction(row["cache_read" + tier])
        + short * Fraction(row["cache_write" + tier])
        + usage.cache_creation_1h_tokens * Fraction(one_hour)
        + usage.output_tokens * Fraction(row["output" + tier])
    ) / 1_000_000


def known(model: str, at: datetime = AT) -> Price:
    price = price_for(model, at)
    assert price is not None
    return price


def test_every_row_is_the_price_of_its_model_at_some_time_and_exact() -> None:
    usage = Usage(12_345, 67_891, 2_345, 1_001, 9_876, 17)
    for row in ROWS:
        price = known(row["model"], moment_of(row))
        assert Fraction(price.cost(usage)) == expected_cost(row, usage, ""), name_of(row)
        assert (price.model, price.source) == (row["model"], f"table:{row['price_set']}")


@pytest.mark.parametrize("model", sorted({row["model"] for row in ROWS}))
def test_at_any_time_exactly_one_row_holds(model: str) -> None:
    prices = table_prices(model)
    changes = {price.valid_from for price in prices} | {price.valid_until for price in prices}
    for change in changes - {None} | {AT}:
        assert change is not None
        week = (change + timedelta(hours=hour) for hour in range(-1, 24 * 7))
        for at in (change - timedelta(microseconds=1), *week):
            assert sum(price.holds_at(at) for price in prices) == 1, (model, at)


def test_the_models_of_the_original_keep_its_figures_until_a_day_that_is_told() -> None:
    ours = [row for row in ROWS if row["price_set"] == "octo-0.11.2"]
    assert len(ours) == len({row["model"] for row in ours}) == 30
    assert not any(row["valid_from"] for row in ours)
    ended = {row["model"] for row in ours if row["valid_until"]}
    assert len(ended) == 12
    later = {
        row["model"] for row in ROWS if row["valid_from"] and row["price_set"] != "octo-0.11.2"
    }
    assert ended <= later


@pytest.mark.parametrize("row", TIERED, ids=name_of)
@pytest.mark.parametrize(("beyond", "tier"), [(-1, ""), (0, ""), (1, "_above")])
def test_the_dearer_tier_starts_strictly_above_the_threshold(
    row: Row, beyond: int, tier: str
) -> None:
    threshold = int(row["above_tokens"])
    usage = Usage(threshold - 5_000 - 700 + beyond, 5_000, 700, 100, 1_234)
    assert usage.total_input_tokens == threshold + beyond
    amount = known(row["model"], moment_of(row)).cost(usage)
    assert Fraction(amount) == expected_cost(row, usage, tier)


def test_tiers_start_where_each_vendor_starts_them() -> None:
    assert {row["model"]: int(row["above_tokens"]) for row in TIERED} == {
        "claude-sonnet-4.5": 200_000,
        "claude-sonnet-4.6": 200_000,
        "gpt-5.5": 272_000,
        "gpt-5.4": 272_000,
        "gpt-5.6-sol": 272_000,
        "gpt-5.6-terra": 272_000,
        "gpt-5.6-luna": 272_000,
        "gemini-3.1-pro": 200_000,
        "minimax-m3": 512_000,
        "doubao-seed-2.0-lite": 200_000,
        "qwen-plus-latest": 256_000,
        "qwen3.6-plus": 256_000,
        "qwen3.6-flash": 256_000,
        "qwen3.6-max": 128_000,
        "qwen3.7-plus": 256_000,
    }


def test_sonnet_4_6_is_flat_since_its_long_window_became_standard() -> None:
    long = Usage(250_000)
    before, since = datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 13, tzinfo=UTC)
    assert known("claude-sonnet-4-6", before).cost(long) == Decimal("1.5")
    assert known("claude-sonnet-4-6", since).cost(long) == Decimal("0.75")


def test_cache_writes_count_towards_the_tier() -> None:
    price = known("claude-sonnet-4.5")
    assert price.rates_for(Usage(cache_creation_tokens=200_001)) is price.tiers[0].rates


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
def test_published_check_values_hold_for_their_time(model: str, usage: Usage, usd: str) -> None:
    assert known(model).cost(usage) == Decimal(usd)


def test_a_one_hour_write_costs_twice_the_input_at_anthropic_in_both_tiers() -> None:
    for row in ROWS:
        if row["provider"] == "anthropic":
            price = known(row["model"], moment_of(row))
            for rates in (price.base, *(tier.rates for tier in price.tiers)):
                assert rates.cache_write_1h == 2 * rates.input
                assert rates.cache_write == rates.input * Decimal("1.25")
    other = known("gpt-5.5")
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
        amount = known("claude-sonnet-4.5").cost(usage)
    assert Fraction(amount) == expected_cost(row, usage, "_above")


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
        (datetime(2026, 9, 10, 1, tzinfo=UTC), "0.3"),  # V4.1 Flash takes over
        (datetime(2026, 9, 10, 12, tzinfo=UTC), "0.15"),
    ],
)
def test_timed_prices_follow_the_hour_and_the_weekday_in_beijing(
    at: datetime, input_usd: str
) -> None:
    for model in ("deepseek-v4-flash", "deepseek-v4-flash-vision-exp"):
        assert known(model, at).base.input == Decimal(input_usd)


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (" Claude-Sonnet-4-5-20250929 ", "claude-sonnet-4.5"),
        ("claude-sonnet-46", "claude-sonnet-4.6"),
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
    assert table_prices(model) == ()


@given(st.text())
def test_any_name_is_priced_or_unknown_without_an_error(model: str) -> None:
    key = table_key(model)
    assert key is None or table_key(key) == key
