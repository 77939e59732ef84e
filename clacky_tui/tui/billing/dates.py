"""How stretches of time, days and months read; English whatever the machine's locale."""

from __future__ import annotations

from datetime import date

from clacky_tui.usage.overview import Bar
from clacky_tui.usage.report import By
from clacky_tui.usage.stretch import Period, Stretch

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def stretch_title(stretch: Stretch) -> str:
    """By name: ``22 May 2026``, ``Week of 18 May 2026``, ``May 2026``, ``2026``, ``1 – 9 May 2026``."""
    first = stretch.first
    if first is None:
        return "All time"
    match stretch.period:
        case Period.MONTH if first.day == 1 and stretch.last.month == first.month:
            return f"{_month(first)} {first.year}"
        case Period.WEEK:
            return f"Week of {_day(first)} {first.year}"
        case Period.YEAR:
            return str(first.year)
        case _ if stretch.days == 1:
            return f"{_day(first)} {first.year}"
    start = _day(first) if first.year == stretch.last.year else f"{_day(first)} {first.year}"
    return f"{start} – {_day(stretch.last)} {stretch.last.year}"


def short_title(stretch: Stretch) -> str:
    """The days themselves, short: ``21 May``, ``1–22 Apr``, ``30 Apr – 2 May``."""
    first, last = stretch.first, stretch.last
    if first is None:
        return "all time"
    if first == last:
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last)}"
    if first.year == last.year:
        return f"{_day(first)} – {_day(last)}"
    return f"{_day(first)} {first.year} – {_day(last)} {last.year}"


def bar_title(bar: Bar, unit: By) -> str:
    """One bar by name: ``22 May 14:00``, ``Fri 22 May``, ``May 2026``."""
    start = bar.start
    if unit is By.HOUR:
        return f"{_day(start)} {start.hour:02}:00"
    if unit is By.MONTH:
        return month_title(start)
    return f"{WEEKDAYS[start.weekday()]} {_day(start)}"


def bar_label(bar: Bar, unit: By) -> str:
    """The few cells under a bar: the hour, the day of the month, or the month."""
    if unit is By.HOUR:
        return f"{bar.start.hour:02}"
    return _month(bar.start) if unit is By.MONTH else f"{bar.start.day:02}"


def month_title(day: date) -> str:
    """``May 2026``."""
    return f"{_month(day)} {day.year}"


def _day(day: date) -> str:
    return f"{day.day} {_month(day)}"


def _month(day: date) -> str:
    return _MONTHS[day.month - 1]
