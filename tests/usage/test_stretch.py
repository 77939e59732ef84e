"""Stretches of days: their ends, their neighbours, and what a person may write."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.usage.report import By
from clacky_tui.usage.stretch import Period, Stretch, parse_stretch, stretch_of

DAY = date(2026, 5, 22)  # a Friday
days = st.dates(date(2001, 1, 1), date(2098, 1, 1))
periods = st.sampled_from([Period.DAY, Period.WEEK, Period.MONTH, Period.YEAR])


@pytest.mark.parametrize(
    ("period", "first", "last", "unit"),
    [
        (Period.DAY, DAY, DAY, By.HOUR),
        (Period.WEEK, date(2026, 5, 18), date(2026, 5, 24), By.DAY),
        (Period.MONTH, date(2026, 5, 1), date(2026, 5, 31), By.DAY),
        (Period.YEAR, date(2026, 1, 1), date(2026, 12, 31), By.MONTH),
        (Period.ALL, None, DAY, By.MONTH),
    ],
)
def test_periods_are_those_of_the_calendar(
    period: Period, first: date | None, last: date, unit: By
) -> None:
    stretch = stretch_of(period, DAY)
    assert (stretch.first, stretch.last, stretch.unit) == (first, last, unit)


@given(periods, days, st.integers(-30, 30))
def test_neighbours_touch_and_lead_back(period: Period, day: date, steps: int) -> None:
    stretch = stretch_of(period, day)
    after = stretch.moved(1)
    assert after.first == stretch.last + timedelta(days=1)
    assert after == stretch_of(period, stretch.last + timedelta(days=1))
    assert stretch.moved(steps).moved(-steps) == stretch


def test_a_month_that_is_not_over_is_compared_with_as_many_days() -> None:
    before = stretch_of(Period.MONTH, DAY).before(DAY)
    assert before is not None
    assert (before.first, before.last) == (date(2026, 4, 1), date(2026, 4, 22))
    march = stretch_of(Period.MONTH, date(2026, 3, 31))
    february = march.before(date(2026, 3, 30))
    assert february is not None
    assert february.last == date(2026, 2, 28)


def test_a_month_that_is_over_is_compared_with_the_whole_one_before() -> None:
    before = stretch_of(Period.MONTH, date(2026, 4, 3)).before(DAY)
    assert before == stretch_of(Period.MONTH, date(2026, 3, 1))
    assert stretch_of(Period.ALL, DAY).before(DAY) is None


@pytest.mark.parametrize(
    ("text", "first", "last", "unit"),
    [
        ("2026-05-01 2026-05-09", date(2026, 5, 1), date(2026, 5, 9), By.DAY),
        (" 2026-05-01,2026-05-01 ", date(2026, 5, 1), date(2026, 5, 1), By.HOUR),
        ("2026-05-01", date(2026, 5, 1), date(2026, 5, 1), By.HOUR),
        ("20250101 20260509", date(2025, 1, 1), date(2026, 5, 9), By.MONTH),
    ],
)
def test_days_are_written_from_and_to(text: str, first: date, last: date, unit: By) -> None:
    stretch = parse_stretch(text)
    assert stretch == Stretch(Period.CUSTOM, first, last)
    assert stretch.unit is unit


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-05-09 2026-05-01",
        "2026-13-01",
        "1 2 3",
        "0001-01-01",
        "2026-01-01 9999-12-31",
    ],
)
def test_what_is_no_stretch_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write the first and the last one"):
        parse_stretch(text)


@pytest.mark.parametrize(
    "stretch",
    [
        stretch_of(Period.YEAR, DAY),
        stretch_of(Period.MONTH, DAY),
        parse_stretch("2000-01-01 2099-12-31"),
    ],
)
def test_the_way_back_has_an_end(stretch: Stretch) -> None:
    for _ in range(2000):
        stretch = stretch.moved(-1)
    assert stretch.moved(-1) == stretch
    assert stretch.before(DAY) is None
