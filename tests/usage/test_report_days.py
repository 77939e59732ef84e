"""Days, hours and months of a report: midnight, summer time, zones far ahead, whatever the locale."""

from __future__ import annotations

import locale
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lines_reader import LinesReader
from support.usage_home import UsageHome

from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.reader import Machine
from clacky_tui.usage.refresh import refresh
from clacky_tui.usage.report import By, Query, make_report

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
)


def days(index: UsageIndex, zone: str | None = None) -> dict[str, int]:
    query = Query(by=(By.DAY,), zone=ZoneInfo(zone) if zone else None)
    return {str(row.key[0]): row.sums.requests for row in make_report(index, query).rows}


def test_a_session_across_midnight_is_parted_at_each_zones_own(person: UsageHome) -> None:
    person.replies(datetime(2026, 11, 19, 23, 58, tzinfo=UTC), (0, 1, 2, 3))
    person.replies(datetime(2026, 11, 19, 15, 58, tzinfo=UTC), (0, 1, 2, 3))
    index = person.index()
    assert days(index) == {"2026-11-19": 6, "2026-11-20": 2}
    assert days(index, "Asia/Shanghai") == {"2026-11-19": 2, "2026-11-20": 6}
    assert days(index, "America/New_York") == {"2026-11-19": 8}


def test_days_of_23_and_25_hours(person: UsageHome) -> None:
    for first in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)):
        for hour in range(72):
            person.reply(first + timedelta(hours=hour))
    found = days(person.index(), "Europe/Berlin")
    assert (found["2026-03-29"], found["2026-10-25"]) == (23, 25)
    assert (found["2026-03-30"], found["2026-10-26"]) == (24, 24)


def test_ranges_are_whole_local_days(person: UsageHome) -> None:
    person.replies(datetime(2026, 11, 19, 15, 59, tzinfo=UTC), (0, 1, 2))
    index = person.index()
    shanghai = ZoneInfo("Asia/Shanghai")
    that_day = Query(since=date(2026, 11, 20), until=date(2026, 11, 20), zone=shanghai)
    assert make_report(index, that_day).totals.requests == 2
    before = Query(until=date(2026, 11, 19), zone=shanghai)
    assert make_report(index, before).totals.requests == 1


def test_weeks_months_and_hours_are_local_too(person: UsageHome) -> None:
    person.reply(datetime(2026, 11, 30, 20, tzinfo=UTC))  # a Monday; in Shanghai Tuesday, December
    index, zone = person.index(), ZoneInfo("Asia/Shanghai")
    query = Query(by=(By.WEEK, By.MONTH, By.HOUR), zone=zone)
    (row,) = make_report(index, query).rows
    assert row.key == (date(2026, 11, 30), date(2026, 12, 1), 4)


@pytest.mark.parametrize("zone", ZONES)
def test_the_machines_own_zone_is_as_good_as_a_named_one(
    person: UsageHome, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    for month in range(1, 13):
        person.replies(datetime(2026, month, 1, tzinfo=UTC), tuple(range(0, 2_880, 137)))
    named = days(person.index(), zone)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    assert days(person.index()) == named


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("days")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1_700_000_000, 1_800_000_000), min_size=1, max_size=30),
    st.sampled_from(ZONES),
)
def test_any_instants_fall_on_the_days_the_standard_library_gives(
    folder: Path, instants: list[int], zone: str
) -> None:
    import json
    import tempfile

    home = Path(tempfile.mkdtemp(dir=folder))
    (home / "lines").mkdir()
    lines = (
        json.dumps({"key": f"{number}", "at": at, "input": 1}) + "\n"
        for number, at in enumerate(instants)
    )
    (home / "lines" / "a.jsonl").write_text("".join(lines))
    index = UsageIndex(home / "usage.sqlite")
    refresh(index, readers=(LinesReader(),), machine=Machine({}, home), workers=1)
    expected: dict[str, int] = {}
    for at in instants:
        day = str(datetime.fromtimestamp(at, ZoneInfo(zone)).date())
        expected[day] = expected.get(day, 0) + 1
    assert days(index, zone) == dict(sorted(expected.items()))
    index.close()


def test_a_locale_with_other_numbers_changes_nothing(person: UsageHome) -> None:
    person.reply(datetime(2026, 11, 20, 12, tzinfo=UTC), given=1_234_567)
    plain = person.run("--csv").stdout
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("de_DE.UTF-8", "C.UTF-8", "C"):
            try:
                locale.setlocale(locale.LC_ALL, name)
            except locale.Error:
                continue
            assert person.run("--csv").stdout == plain
            assert "1,234,567" in person.run().stdout
    finally:
        locale.setlocale(locale.LC_ALL, before)
