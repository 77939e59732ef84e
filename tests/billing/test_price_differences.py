"""Our price table against the genai-prices catalogue: every difference is known and has its reason.

Each row of the table is compared at one moment of its validity, in every token class and tier, by
the model's bare name. A new difference, or one that is gone, fails: settle it in `pricing.csv` or
write its reason here.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest

from clacky_tui.billing.price_catalogue import catalogue_price
from clacky_tui.domain.pricing import Price, Rates, price_for
from clacky_tui.domain.usage import Usage

TEXT = resources.files("clacky_tui.domain").joinpath("pricing.csv").read_text("utf-8")
ROWS = list(csv.DictReader(TEXT.splitlines()))
ORIGINAL = sorted({row["model"] for row in ROWS if row["price_set"] == "octo-0.11.2"})

FRIDAY_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FRIDAY_PEAK = datetime(2026, 11, 20, 7, tzinfo=UTC)
SATURDAY_PEAK_HOUR = datetime(2026, 11, 21, 7, tzinfo=UTC)

CATALOGUE_NAMES = {
    "gemini-3.1-pro": "gemini-3.1-pro-preview",
    "gemini-3-flash": "gemini-3-flash-preview",
}
"""Where the catalogue knows a model by another name only."""

CNY_LIST = (
    "a bare GLM name leads the catalogue to open.bigmodel.cn, whose CNY list it converts at 7.25 and "
    "gives in its cheapest length tier; ours is the USD list of api.z.ai"
)
NOT_LISTED = "the catalogue does not list the vendor's own API"
MINIMAX_WRITES = "the original prices cache writes as input; today's row has the vendor's 0.375"
BILLED_THEN = "the catalogue keeps only the current peak rate, whatever the date"

EVERY_CLASS = "input output cache_write cache_write_1h cache_read"
DIFFERENCES: dict[str, tuple[str, str]] = {
    "claude-3-5-haiku-20241022": (
        EVERY_CLASS,
        "the catalogue has no history; 1/5 was asked until 2024-12-03",
    ),
    "deepseek-v4-pro": (
        EVERY_CLASS,
        "ours is the list price of the first weeks, the catalogue's the promotion",
    ),
    "deepseek-v4-flash 2026-08-16T16:00Z peak": (EVERY_CLASS, BILLED_THEN),
    "deepseek-v4-flash-vision-exp 2026-08-16T16:00Z peak": (EVERY_CLASS, BILLED_THEN),
    "glm-5.1": (EVERY_CLASS, CNY_LIST),
    "glm-5": (EVERY_CLASS, CNY_LIST),
    "glm-5-turbo": (EVERY_CLASS, CNY_LIST),
    "glm-4.7": (EVERY_CLASS, CNY_LIST),
    "glm-5.2": (EVERY_CLASS, CNY_LIST),
    "glm-5.3": (EVERY_CLASS, CNY_LIST),
    "minimax-m2.5": ("cache_write cache_write_1h", MINIMAX_WRITES),
    "minimax-m2.7": ("cache_write cache_write_1h", MINIMAX_WRITES),
    "gemini-3.6-flash": (
        EVERY_CLASS,
        "the catalogue has no launch price; 1.5/7.5 was asked until 2026-08-13",
    ),
}
"""By row: the token classes that differ, and why."""

UNKNOWN: dict[str, str] = {
    "glm-5v-turbo": NOT_LISTED,
    **dict.fromkeys((row["model"] for row in ROWS if row["provider"] == "qwen"), NOT_LISTED),
    **dict.fromkeys((row["model"] for row in ROWS if row["provider"] == "mimo"), NOT_LISTED),
    **dict.fromkeys((row["model"] for row in ROWS if row["provider"] == "volcengine"), NOT_LISTED),
}


def instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def moment_of(row: dict[str, str]) -> datetime:
    """Noon UTC of a working day on which the row holds, or a peak hour; today for a row still open."""
    today = FRIDAY_PEAK if row["hours"] == "peak" else FRIDAY_NOON
    if row["valid_until"] and instant(row["valid_until"]) <= today:
        day = instant(row["valid_until"]) - timedelta(days=1)
        day -= timedelta(days=max(0, day.weekday() - 4))
        return day.replace(hour=today.hour, minute=0)
    if row["valid_from"] and instant(row["valid_from"]) > today:
        return instant(row["valid_from"]) + timedelta(hours=12)
    return today


def label(row: dict[str, str]) -> str:
    return " ".join(part for part in (row["model"], row["valid_from"], row["hours"]) if part)


def catalogue(model: str, at: datetime, provider: str = "") -> Price | None:
    return catalogue_price(CATALOGUE_NAMES.get(model, model), provider, at)


def differing_classes(ours: Price, theirs: Price) -> set[str]:
    """Token classes that cost differently below or above a threshold of either."""
    steps = {0, *(t.above_tokens + 1 for price in (ours, theirs) for t in price.tiers)}
    found: set[str] = set()
    for tokens in steps:
        a, b = ours.rates_for(Usage(tokens)), theirs.rates_for(Usage(tokens))
        found |= {name for name in Rates.__slots__ if getattr(a, name) != getattr(b, name)}
    return found


def test_every_difference_is_known_and_every_known_one_is_there() -> None:
    found: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for row in ROWS:
        at = moment_of(row)
        ours, theirs = price_for(row["model"], at), catalogue(row["model"], at)
        assert ours is not None, label(row)
        if theirs is None:
            unknown.add(row["model"])
        elif classes := differing_classes(ours, theirs):
            found[label(row)] = classes
    assert unknown == set(UNKNOWN)
    assert found == {row: set(classes.split()) for row, (classes, _) in DIFFERENCES.items()}


def test_of_the_originals_thirty_models_today_only_the_glm_names_differ() -> None:
    agree: set[str] = set()
    differ: set[str] = set()
    for model in ORIGINAL:
        ours, theirs = price_for(model, FRIDAY_NOON), catalogue(model, FRIDAY_NOON)
        assert ours is not None
        if theirs is not None:
            (differ if differing_classes(ours, theirs) else agree).add(model)
    assert len(ORIGINAL) == 30
    assert differ == {"glm-5.1", "glm-5", "glm-5-turbo", "glm-4.7"}
    assert len(agree) == 18
    assert set(ORIGINAL) - agree - differ == set(UNKNOWN) & set(ORIGINAL)
    assert len(set(UNKNOWN) & set(ORIGINAL)) == 8


@pytest.mark.parametrize("model", ["glm-5.1", "glm-5", "glm-4.7", "glm-5.2", "glm-5.3"])
def test_at_z_ai_the_catalogue_confirms_our_glm_figures(model: str) -> None:
    ours, theirs = price_for(model, FRIDAY_NOON), catalogue(model, FRIDAY_NOON, "api.z.ai")
    assert ours is not None
    assert theirs is not None
    assert differing_classes(ours, theirs) == set()


@pytest.mark.parametrize("model", ["deepseek-v4-flash", "deepseek-v4-pro"])
def test_deepseek_agrees_at_noon_and_at_peak_and_is_off_peak_on_our_weekend_only(
    model: str,
) -> None:
    for at in (FRIDAY_NOON, FRIDAY_PEAK):
        ours, theirs = price_for(model, at), catalogue(model, at)
        assert ours is not None
        assert theirs is not None
        assert differing_classes(ours, theirs) == set()
    ours, theirs = price_for(model, SATURDAY_PEAK_HOUR), catalogue(model, SATURDAY_PEAK_HOUR)
    assert ours is not None
    assert theirs is not None
    assert ours.base.input * 2 == theirs.base.input, "the catalogue knows no weekdays"
