"""Sums over periods: calendars, daylight saving, unknown prices, exactness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.billing.ledger import LedgerRead
from clacky_tui.billing.record import UsageRecord
from clacky_tui.billing.summary import Period, Summary, last_days, period_start, summarize
from clacky_tui.domain.usage import Usage

Make = Callable[..., UsageRecord]
NOW = datetime(2026, 5, 22, 14, 30, tzinfo=UTC)  # a Friday


def local(*parts: int) -> datetime:
    return datetime(*parts).astimezone()  # type: ignore[arg-type]


def days_of(summary: Summary) -> list[str]:
    return [day.start.date().isoformat() for day in summary.by_day]


@pytest.mark.parametrize(
    ("period", "start"),
    [
        (Period.DAY, datetime(2026, 5, 22, tzinfo=UTC)),
        (Period.WEEK, datetime(2026, 5, 18, tzinfo=UTC)),
        (Period.MONTH, datetime(2026, 5, 1, tzinfo=UTC)),
        (Period.YEAR, datetime(2026, 1, 1, tzinfo=UTC)),
        (Period.ALL, None),
    ],
)
def test_periods_start_with_the_calendar(
    period: Period, start: datetime | None, zone: Callable[[str], None]
) -> None:
    zone("UTC")
    assert period_start(period, NOW) == start


def test_on_a_monday_the_week_starts_today(zone: Callable[[str], None]) -> None:
    zone("UTC")
    monday = datetime(2026, 5, 18, 0, 0, 1, tzinfo=UTC)
    assert period_start(Period.WEEK, monday) == datetime(2026, 5, 18, tzinfo=UTC)


def test_a_start_before_the_clock_change_has_the_offset_of_then(
    zone: Callable[[str], None],
) -> None:
    zone("Europe/Berlin")
    after_change = local(2026, 3, 29, 12)
    assert period_start(Period.MONTH, after_change) == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert period_start(Period.DAY, after_change) == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_a_midnight_that_does_not_exist_is_the_first_instant_of_its_day(
    zone: Callable[[str], None],
) -> None:
    zone("America/Santiago")  # 2026-09-06 begins at 01:00
    start = period_start(Period.DAY, local(2026, 9, 6, 12))
    assert start == datetime(2026, 9, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(("month", "hours"), [(3, 23), (10, 25)])
def test_days_of_23_and_25_hours_hold_all_their_requests_once(
    month: int, hours: int, make: Make, zone: Callable[[str], None]
) -> None:
    zone("Europe/Berlin")
    change = {3: 29, 10: 25}[month]
    start = local(2026, month, change)
    hourly = [make(start + timedelta(hours=n), cost=Decimal(1)) for n in range(-1, hours + 1)]
    read = LedgerRead(tuple(hourly))
    summary = summarize(read, Period.MONTH, local(2026, month, change, 23, 59))
    by_day = {day.start.day: day.totals.requests for day in summary.by_day}
    assert (by_day[change - 1], by_day[change]) == (1, hours)
    dates = [day.start.date() for day in summary.by_day]
    assert len(dates) == len(set(dates))


def test_the_last_instant_of_a_month_is_not_in_the_next(
    make: Make, zone: Callable[[str], None]
) -> None:
    zone("America/New_York")
    records = (make(local(2026, 4, 30, 23, 59, 59)), make(local(2026, 5, 1)))
    summary = summarize(LedgerRead(records), Period.MONTH, local(2026, 5, 1, 12))
    assert summary.totals.requests == 1
    assert days_of(summary) == ["2026-05-01"]


def test_empty_days_are_there_oldest_first(make: Make, zone: Callable[[str], None]) -> None:
    zone("UTC")
    read = LedgerRead((make(datetime(2026, 5, 19, 8, tzinfo=UTC)),))
    summary = summarize(read, Period.WEEK, NOW)
    assert days_of(summary) == [f"2026-05-{day}" for day in range(18, 23)]
    assert [day.totals.requests for day in summary.by_day] == [0, 1, 0, 0, 0]
    assert [day.totals.cost for day in summary.by_day] == [0, Decimal("0.00759"), 0, 0, 0]


def test_all_time_starts_with_the_first_request(make: Make, zone: Callable[[str], None]) -> None:
    zone("UTC")
    read = LedgerRead((make(datetime(2026, 3, 31, tzinfo=UTC)),))
    summary = summarize(read, Period.ALL, NOW)
    assert (days_of(summary)[0], days_of(summary)[-1]) == ("2026-03-31", "2026-05-22")
    assert [span.start.month for span in summary.bars] == [3, 4, 5]


def test_a_day_is_shown_by_the_hour(make: Make, zone: Callable[[str], None]) -> None:
    zone("UTC")
    read = LedgerRead((make(datetime(2026, 5, 22, 9, 59, tzinfo=UTC)),))
    bars = summarize(read, Period.DAY, NOW).bars
    assert [span.totals.requests for span in bars] == [int(hour == 9) for hour in range(24)]


def test_an_hour_that_does_not_exist_has_no_bar(make: Make, zone: Callable[[str], None]) -> None:
    zone("Europe/Berlin")
    read = LedgerRead((make(local(2026, 3, 29, 3, 30)),))
    bars = summarize(read, Period.DAY, local(2026, 3, 29, 12)).bars
    assert [span.start.hour for span in bars] == [0, 1, *range(3, 24)]
    assert [span.start.hour for span in bars if span.totals.requests] == [3]


def test_unknown_prices_are_counted_and_never_added(
    make: Make, zone: Callable[[str], None]
) -> None:
    zone("UTC")
    records = (
        make(model="priced", cost=Decimal("2")),
        make(model="unknown", cost=None, cost_source="unknown"),
        make(model="mixed", cost=Decimal("3")),
        make(model="mixed", cost=None, cost_source="unknown"),
    )
    summary = summarize(LedgerRead(records), Period.MONTH, NOW)
    assert (summary.total_cost, summary.totals.unpriced_requests) == (5, 2)
    rows = [(m, t.cost, t.requests, t.unpriced_requests) for m, t in summary.by_model]
    assert rows == [
        ("mixed", Decimal(3), 2, 1),
        ("priced", Decimal(2), 1, 0),
        ("unknown", None, 1, 1),
    ]


def test_a_period_of_unknown_prices_only_has_no_known_cost(
    make: Make, zone: Callable[[str], None]
) -> None:
    zone("UTC")
    read = LedgerRead((make(cost=None, cost_source="unknown"),))
    summary = summarize(read, Period.MONTH, NOW)
    assert summary.totals.cost is None
    assert summary.by_day[-1].totals.cost is None


def test_unreported_usage_counts_as_a_request_without_tokens(
    make: Make, zone: Callable[[str], None]
) -> None:
    zone("UTC")
    records = (make(usage=None), make(usage=Usage(10, 20, 30, 5, 40, 7)))
    totals = summarize(LedgerRead(records), Period.MONTH, NOW).totals
    assert (totals.requests, totals.usage) == (2, Usage(10, 20, 30, 5, 40, 7))
    assert totals.usage.cache_hit_rate == 20 / 60


def test_a_request_from_a_clock_that_ran_ahead_has_its_own_day(
    make: Make, zone: Callable[[str], None]
) -> None:
    zone("UTC")
    read = LedgerRead((make(datetime(2026, 5, 24, tzinfo=UTC)),))
    summary = summarize(read, Period.MONTH, NOW)
    assert days_of(summary)[-1] == "2026-05-24"
    assert summary.by_day[-1].totals.requests == 1


spread = st.lists(
    st.tuples(
        st.integers(0, 400 * 24 * 60),
        st.sampled_from(["a", "b", "c"]),
        st.none() | st.decimals(min_value=0, max_value=10**9, places=50),
    ),
    max_size=30,
)


@given(spread, st.sampled_from(Period))
def test_total_models_days_and_bars_agree_to_the_last_digit(
    entries: list[tuple[int, str, Decimal | None]], period: Period
) -> None:
    records = tuple(
        UsageRecord(
            session_id="s",
            timestamp=NOW - timedelta(minutes=minutes),
            model=model,
            usage=Usage(1),
            cost=cost,
            cost_source="unknown" if cost is None else "price",
        )
        for minutes, model, cost in entries
    )
    summary = summarize(LedgerRead(records), period, NOW)
    since = summary.start
    inside = [r for r in records if since is None or r.timestamp >= since]
    expected = sum((Fraction(r.cost) for r in inside if r.cost is not None), Fraction(0))
    bars = [span.totals for span in summary.bars]
    for parts in (
        [summary.totals],
        [totals for _, totals in summary.by_model],
        [day.totals for day in summary.by_day],
        bars,
        [totals for span in summary.bars for _, totals in span.by_model],
    ):
        assert sum((Fraction(p.cost) for p in parts if p.cost is not None), Fraction(0)) == expected
        assert sum(part.requests for part in parts) == len(inside)
        assert sum(part.usage.input_tokens for part in parts) == len(inside)


def test_the_last_days_end_today_whatever_the_period(
    make: Make, zone: Callable[[str], None]
) -> None:
    zone("Europe/Berlin")
    now = local(2026, 3, 30, 12)
    days = last_days([make(local(2026, 3, 28, 12)), make(local(2026, 1, 1))], 4, now)
    assert [day.start.day for day in days] == [27, 28, 29, 30]
    assert [day.totals.requests for day in days] == [0, 1, 0, 0]


def test_the_mapping_has_the_documented_keys(make: Make, zone: Callable[[str], None]) -> None:
    zone("UTC")
    summary = summarize(LedgerRead((make(),), skipped_lines=2), Period.DAY, NOW)
    fields = summary.to_json_dict()
    assert fields["from"] == "2026-05-22T00:00:00+00:00"
    assert fields["to"] == "2026-05-22T14:30:00+00:00"
    assert fields["by_day"] == {"2026-05-22": Decimal("0.00759")}
    assert fields["total_tokens"] == 2_750
    assert (fields["record_count"], fields["skipped_lines"]) == (1, 2)
    assert fields["by_model"]["claude-sonnet-4-6"]["requests"] == 1
    assert fields["daily"][0]["tokens"] == 2_750
    assert summarize(LedgerRead(()), Period.ALL, NOW).to_json_dict()["from"] is None
