"""One stretch of time, told in several ways that must agree to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.ledger_days import UNPRICED, days_of_records, write_records
from support.time_zone import in_zone

from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.money import exact_sum
from clacky_tui.domain.usage import Usage
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.overview import TABLES, Overview, read_overview, read_table
from clacky_tui.usage.pricing import Pricer
from clacky_tui.usage.readers.ledger import LedgerReader
from clacky_tui.usage.records import Choice, Record, list_records
from clacky_tui.usage.refresh import bytes_to_read, refresh
from clacky_tui.usage.report import ORDERS, By
from clacky_tui.usage.stretch import Period, Stretch, stretch_of

NOW = datetime(2026, 5, 22, 14, 30, tzinfo=UTC)
OWN = frozenset({"clacky"})
STRETCHES = [
    *(stretch_of(period, NOW.date()) for period in Period if period is not Period.CUSTOM),
    Stretch(Period.CUSTOM, date(2026, 3, 3), date(2026, 5, 4)),
    Stretch(Period.CUSTOM, date(2025, 6, 3), date(2026, 5, 4)),
]


class Home:
    """A ledger and the index of it."""

    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "billing"
        self.index = UsageIndex(folder / "cache" / "usage.sqlite")
        self.readers = (LedgerReader(self.ledger),)

    def write(self, *records: UsageRecord) -> None:
        write_records(self.ledger, records)
        refresh(self.index, readers=self.readers, workers=1)

    def overview(self, stretch: Stretch, order: str = "cost", now: datetime = NOW) -> Overview:
        return read_overview(self.index, stretch, agents=OWN, order=order, now=now, pricer=Pricer())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.index.close()


def _within(records: list[UsageRecord], stretch: Stretch) -> list[UsageRecord]:
    first = stretch.first or date.min
    return [r for r in records if first <= r.timestamp.astimezone().date() <= stretch.last]


def _record(at: datetime, cost: str | None = "1", **fields: object) -> UsageRecord:
    defaults: dict[str, object] = {
        "session_id": "s",
        "timestamp": at,
        "model": "claude-sonnet-4-6",
        "usage": Usage(1_000, 9_000, 500, 0, 200),
        "cost": None if cost is None else Decimal(cost),
        "cost_source": "unknown" if cost is None else "price",
        "id": at.isoformat(),
    }
    return UsageRecord(**(defaults | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [1, 2])
def test_cards_bars_tables_heat_and_records_add_up_to_the_ledger(home: Home, seed: int) -> None:
    records = days_of_records(NOW, 500, seed)
    home.write(*records)
    for stretch in STRETCHES:
        expected = _within(records, stretch)
        cost = exact_sum(r.cost for r in expected if r.cost is not None)
        overview = home.overview(stretch)
        totals = overview.totals
        assert (totals.cost or 0, totals.requests) == (cost, len(expected))
        assert totals.unpriced_requests == sum(r.model == UNPRICED for r in expected)
        assert sum(bar.sums.requests for bar in overview.bars) == len(expected)
        assert exact_sum(bar.sums.cost or Decimal(0) for bar in overview.bars) == cost
        for bar in overview.bars:
            parts = [each.cost or Decimal(0) for each in bar.by_model.values()]
            assert exact_sum(parts) == (bar.sums.cost or 0)
        for by in TABLES:
            table = overview.tables.get(by) or read_table(home.index, stretch, OWN, by, "cost")
            assert exact_sum(row.sums.cost or Decimal(0) for row in table.rows) == cost
            assert sum(row.sums.requests for row in table.rows) == len(expected)
            assert table.left_out == 0
        assert sum(pico for pico, _ in overview.heat.values()) == cost * 10**12
        assert sum(requests for _, requests in overview.heat.values()) == len(expected)


@pytest.mark.parametrize("order", ORDERS)
def test_both_ways_to_a_table_give_the_same_one(home: Home, order: str) -> None:
    home.write(*days_of_records(NOW, 90))
    stretch = stretch_of(Period.ALL, NOW.date())
    derived = home.overview(stretch, order).tables
    for by in (By.MODEL, By.PROVIDER):
        read = read_table(home.index, stretch, OWN, by, order)
        assert [(row.name, row.sums) for row in read.rows] == [
            (row.name, row.sums) for row in derived[by].rows
        ]


def test_bars_are_without_gaps_up_to_today(home: Home) -> None:
    home.write(_record(NOW), _record(NOW - timedelta(days=20)))
    month = home.overview(stretch_of(Period.MONTH, NOW.date()))
    assert [bar.start.day for bar in month.bars] == list(range(1, 23))
    day = home.overview(stretch_of(Period.DAY, NOW.date()))
    assert [bar.start.hour for bar in day.bars] == list(range(24))
    assert [bar.start.hour for bar in day.bars if bar.sums.entries] == [14]
    april = home.overview(stretch_of(Period.MONTH, NOW.date()).moved(-1))
    assert len(april.bars) == 30
    assert april.totals.cost == 0
    assert april.totals.requests == 0


def test_unknown_is_none_and_never_zero(home: Home) -> None:
    home.write(_record(NOW, None, model="local/qwen3", usage=None))
    overview = home.overview(stretch_of(Period.MONTH, NOW.date()))
    assert overview.totals.cost is None
    assert overview.saving is None
    assert overview.totals.unknown["input"] == 1
    assert overview.bars[-1].sums.cost is None


def test_the_cache_saved_what_plain_input_would_have_cost(home: Home) -> None:
    home.write(
        _record(NOW, usage=Usage(1_000, 9_000, 500, 0, 200)),
        _record(NOW - timedelta(minutes=1), None, model="nobody/knows"),
    )
    saving = home.overview(stretch_of(Period.MONTH, NOW.date())).saving
    assert saving is not None
    # claude-sonnet-4-6: 3 in, 15 out, 3.75 written, 0.30 read, USD per million
    assert saving.full_price == Decimal("0.0345")  # 10,500 x 3 + 200 x 15
    assert saving.saved == Decimal("0.0345") - Decimal("0.010575")


def test_a_month_is_projected_from_its_days_so_far(home: Home) -> None:
    home.write(_record(NOW, "11"), _record(NOW - timedelta(days=40), "99"))
    for period in (Period.DAY, Period.MONTH, Period.YEAR, Period.ALL):
        outlook = home.overview(stretch_of(period, NOW.date())).outlook
        assert outlook is not None
        assert outlook.per_day == Decimal("0.5")
        assert outlook.projected == Decimal("15.5")
    assert home.overview(stretch_of(Period.MONTH, NOW.date()).moved(-1)).outlook is None


def test_the_stretch_before_has_as_many_days(home: Home) -> None:
    home.write(
        _record(NOW, "3"),
        _record(datetime(2026, 4, 22, 23, 59).astimezone(), "2"),
        _record(datetime(2026, 4, 23, 0, 1).astimezone(), "50"),
    )
    overview = home.overview(stretch_of(Period.MONTH, NOW.date()))
    assert overview.before is not None
    assert overview.before.cost == Decimal(2)


def test_a_long_table_says_what_is_left_out(home: Home) -> None:
    home.write(
        *(
            _record(NOW - timedelta(seconds=n), str(n + 1), session_id=f"{n:04}", id=f"{n}")
            for n in range(250)
        )
    )
    stretch = stretch_of(Period.MONTH, NOW.date())
    table = read_table(home.index, stretch, OWN, By.SESSION, "cost")
    assert (len(table.rows), table.left_out) == (200, 50)
    assert [row.name for row in table.rows[:2]] == ["0249", "0248"]


def test_records_come_newest_first_page_by_page_none_twice(home: Home) -> None:
    records = days_of_records(NOW, 90)
    home.write(*records)
    everything = _paged(home, Choice(OWN), 7)
    assert [r.at for r in everything] == sorted((r.at for r in everything), reverse=True)
    assert len({r.id for r in everything}) == len(everything) == len(records)
    assert exact_sum(r.cost for r in everything if r.cost is not None) == exact_sum(
        r.cost for r in records if r.cost is not None
    )
    unpriced = _paged(home, Choice(OWN, by=By.MODEL, value=UNPRICED), 5)
    assert {(r.model, r.cost, r.cost_kind) for r in unpriced} == {(UNPRICED, None, "unknown")}
    assert len(unpriced) == sum(r.model == UNPRICED for r in records)
    nowhere = _paged(home, Choice(OWN, by=By.PROJECT, value=None), 50)
    assert len(nowhere) == sum(not r.project for r in records)
    assert _paged(home, Choice(frozenset({"claude"})), 50) == []


def test_records_are_those_of_the_days_asked_for(home: Home) -> None:
    midnight = datetime(2026, 5, 22).astimezone()
    second = timedelta(seconds=1)
    home.write(*(_record(at) for at in (midnight - second, midnight, NOW)))
    until = midnight + timedelta(days=1)
    found = _paged(home, Choice(OWN, midnight, until, By.AGENT, "clacky"), 10)
    assert [record.at for record in found] == [NOW, midnight]
    assert found[0].cache_write == 500
    assert _paged(home, Choice(OWN, midnight - second, midnight), 10)[0].at == midnight - second


def _paged(home: Home, choice: Choice, size: int) -> list[Record]:
    found: list[Record] = []
    while page := list_records(home.index, choice, size, found[-1] if found else None):
        found += page
    return found


def test_what_is_to_be_read_is_known_without_reading(home: Home) -> None:
    write_records(home.ledger, days_of_records(NOW, 30))
    size = sum(path.stat().st_size for path in home.ledger.iterdir())
    assert bytes_to_read(home.index, readers=home.readers) == size
    refresh(home.index, readers=home.readers, workers=1)
    assert bytes_to_read(home.index, readers=home.readers) == 0


def test_an_hour_that_clocks_jump_over_has_no_bar(tmp_path: Path) -> None:
    with in_zone("Europe/Berlin"):
        home = Home(tmp_path)
        day = date(2026, 3, 29)
        home.write(
            _record(datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
            _record(datetime(2026, 3, 29, 1, 1, tzinfo=UTC)),
        )
        overview = home.overview(
            stretch_of(Period.DAY, day), now=datetime(2026, 3, 29, 12, tzinfo=UTC)
        )
        assert [bar.start.hour for bar in overview.bars] == [0, 1, *range(3, 24)]
        assert [bar.start.hour for bar in overview.bars if bar.sums.entries] == [1, 3]
        assert set(overview.heat) == {(6, 1), (6, 3)}
        home.index.close()
