"""A stretch of days to report on, the one before it, and how it is divided for a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from clacky_tui.usage.report import By

_MOST_DAY_BARS = 92
"""A longer stretch of a person's own is divided into months."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
"""No ledger reaches back further, or on. What can be written lies between, which keeps the stretches
before and after it within a calendar that begins with the year 1."""
_NOTHING_BEFORE = date(1900, 1, 1)


class Period(StrEnum):
    """What kind of stretch it is."""

    DAY = "day"
    WEEK = "week"
    """From Monday."""
    MONTH = "month"
    YEAR = "year"
    ALL = "all"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `first` to `last`, local days, both inclusive; `first` is None for all time."""

    period: Period
    first: date | None
    last: date

    @property
    def days(self) -> int:
        """How many; 0 for all time."""
        return (self.last - self.first).days + 1 if self.first else 0

    @property
    def unit(self) -> By:
        """What one bar of its chart stands for: `By.HOUR`, `By.DAY` or `By.MONTH`."""
        if self.first is None or self.period is Period.YEAR or self.days > _MOST_DAY_BARS:
            return By.MONTH
        return By.HOUR if self.days == 1 else By.DAY

    def before(self, today: date) -> Stretch | None:
        """What it is compared with; None for all time, and where there is nothing before.

        That is the stretch before it; of one that is not over yet, as many days as have passed.
        """
        if self.first is None:
            return None
        previous = self.moved(-1)
        if previous == self:
            return None
        if previous.first is None or not self.first <= today < self.last:
            return previous
        last = previous.first + (today - self.first)
        return Stretch(self.period, previous.first, min(previous.last, last))

    def moved(self, step: int) -> Stretch:
        """The stretch `step` after it (before it where negative).

        All time stays where it is, and so does what would lie before 1900.
        """
        if self.first is None:
            return self
        first = self.first
        match self.period:
            case Period.MONTH:
                moved = stretch_of(Period.MONTH, _months_later(first, step))
            case Period.YEAR:
                moved = stretch_of(Period.YEAR, first.replace(year=first.year + step))
            case _:
                shift = timedelta(days=self.days * step)
                moved = Stretch(self.period, first + shift, self.last + shift)
        return moved if moved.first and moved.first >= _NOTHING_BEFORE else self


def stretch_of(period: Period, day: date) -> Stretch:
    """The calendar `period` that `day` lies in; all time ends with it."""
    match period:
        case Period.WEEK:
            first = day - timedelta(days=day.weekday())
            return Stretch(period, first, first + timedelta(days=6))
        case Period.MONTH:
            first = day.replace(day=1)
            return Stretch(period, first, _months_later(first, 1) - timedelta(days=1))
        case Period.YEAR:
            return Stretch(period, date(day.year, 1, 1), date(day.year, 12, 31))
        case Period.ALL:
            return Stretch(period, None, day)
        case _:
            return Stretch(period, day, day)


def parse_stretch(text: str) -> Stretch:
    """The days written as ``2026-05-01 2026-05-09``, or as one day.

    Raises:
        ValueError: they are not; the message is a sentence for a person.
    """
    days = text.replace(",", " ").split()
    try:
        first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    except (ValueError, IndexError):
        first, last = date.max, date.min
    if first > last or len(days) > 2 or first.year < _FIRST_YEAR or last.year > _LAST_YEAR:
        raise ValueError(
            f"{text!r} is no stretch of days; write the first and the last one: "
            "2026-05-01 2026-05-09."
        )
    return Stretch(Period.CUSTOM, first, last)


def next_start(start: date, unit: By) -> date:
    """The first day of the bar after the one that begins with `start`, of days or months."""
    return _months_later(start, 1) if unit is By.MONTH else start + timedelta(days=1)


def _months_later(first: date, months: int) -> date:
    months += first.year * 12 + first.month - 1
    return date(months // 12, months % 12 + 1, 1)
