"""The rows of the settings tab: made from the schemas, complete, and in both languages."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest

from clacky_tui.config.preferences import Preferences, problem_of
from clacky_tui.config.settings import Settings
from clacky_tui.domain.money import DEFAULT_RATES
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import load_catalogue
from clacky_tui.tui.settings.fields import (
    ADVANCED_FIELDS,
    SCREEN_WORDS,
    Field,
    FieldRow,
    Words,
    advanced_rows,
    screen_fields,
)

WORDS = Words("Label", "meaning")


def test_every_preference_has_a_row_with_words_and_only_values_the_file_takes() -> None:
    rows = screen_fields(["hacker", "light"])
    assert [row.name for row in rows] == [f.name for f in fields(Preferences) if f.repr]
    assert {row.name for row in rows} <= set(SCREEN_WORDS)
    assert [row.name for row in rows if not row.choices] == ["exchange_rate"]
    for row in rows:
        if not row.choices:
            continue
        assert getattr(Preferences(), row.name) in row.choices
        for value in row.choices:
            assert value is None or problem_of(row.name, value) is None


def test_every_advanced_row_is_a_setting_that_is_read() -> None:
    rows = advanced_rows(Settings(max_day_cost=Decimal("2.50")))
    assert {row.field.name: row.shown for row in rows} == {
        "max_turns": "30",
        "max_task_cost_usd": "no limit",
        "max_cost_usd": "no limit",
        "max_day_cost_usd": "$2.50",
        "max_month_cost_usd": "no limit",
        "enable_compression": "on",
        "compression_threshold_tokens": "150,000",
        "parallel_tools": "on",
        "send_unmasked_to_model": "off",
        "sweep_trash": "on",
        "max_sessions": "200",
    }


def test_every_row_speaks_chinese() -> None:
    catalogue = load_catalogue("zh")
    every = [*SCREEN_WORDS.values(), *(field.words for field in ADVANCED_FIELDS)]
    values = {v for f in screen_fields([]) for v in f.choices if isinstance(v, str)}
    said = {text for words in every for text in (words.label, words.meaning)} | values
    assert said - set(catalogue) - {"", "en", "zh", *DEFAULT_RATES} == set()


def test_choices_go_round_in_both_directions() -> None:
    field = Field("it", WORDS, ("a", "b", "c"))
    assert [FieldRow(field, "c").after(1), FieldRow(field, "a").after(-1)] == ["a", "c"]
    assert FieldRow(field, "gone").after(1) == "a"
    assert FieldRow(field, "gone").after(-1) == "c"


@pytest.mark.parametrize(
    ("kind", "least", "typed", "value"),
    [
        ("text", 0, " words ", "words"),
        ("count", 0, "12", 12),
        ("count", 0, "", None),
        ("count", 0, "0", None),
        ("money", 0, "$2.50", Decimal("2.50")),
        ("money", 0, "", None),
    ],
)
def test_what_is_typed_becomes_a_value(kind: str, least: int, typed: str, value: object) -> None:
    assert Field("it", WORDS, kind=kind, least=least).read(typed) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "least", "typed"),
    [
        ("count", 0, "-1"),
        ("count", 0, "1.5"),
        ("count", 1, ""),
        ("count", 1, "0"),
        ("money", 0, "-1"),
        ("money", 0, "NaN"),
        ("money", 0, "inf"),
        ("money", 0, "much"),
    ],
)
def test_what_is_no_value_is_refused_with_a_reason(kind: str, least: int, typed: str) -> None:
    with pytest.raises(ConfigError, match="is no"):
        Field("it", WORDS, kind=kind, least=least).read(typed)  # type: ignore[arg-type]
