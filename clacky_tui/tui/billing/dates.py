"""How stretches of time, days and months read, in the language of the screen."""

from __future__ import annotations

from datetime import date

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.usage.overview import Bar
from clacky_tui.usage.report import By
from clacky_tui.usage.stretch import Period, Stretch

_MONTHS = (
    tr_noop("Jan"), tr_noop("Feb"), tr_noop("Mar"), tr_noop("Apr"), tr_noop("May"), tr_noop("Jun"),
    tr_noop("Jul"), tr_noop("Aug"), tr_noop("Sep"), tr_noop("Oct"), tr_noop("Nov"), tr_noop("Dec"),
)  # fmt: skip
WEEKDAYS = (
    tr_noop("Mon"), tr_noop("Tue"), tr_noop("Wed"), tr_noop("Thu"), tr_noop("Fri"), tr_noop("Sat"),
    tr_noop("Sun"),
)  # fmt: skip


def stretch_title(stretch: Stretch) -> str:
    """By name: ``22 May 2026``, ``Week of 18 May 2026``, ``May 2026``, ``2026``, ``1 – 9 May 2026``."""
    first = stretch.first
    if first is None:
        return tr("All time")
    match stretch.period:
        case Period.MONTH if first.day == 1 and stretch.last.month == first.month:
            return month_title(first)
        case Period.WEEK:
            return tr("Week of {day}", day=_full_day(first))
        case Period.YEAR:
            return str(first.year)
        case _ if stretch.days == 1:
            return _full_day(first)
    return _days(first, stretch.last)


def short_title(stretch: Stretch) -> str:
    """The days themselves, short: ``21 May``, ``1–22 Apr``, ``30 Apr – 2 May``."""
    first, last = stretch.first, stretch.last
    if first is None:
        return tr("all time")
    if first == last:
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return tr("{first}–{last} {month}", first=first.day, last=last.day, month=_month(last))
    if first.year == last.year:
        return f"{_day(first)} – {_day(last)}"
    return _days(first, last)


def bar_title(bar: Bar, unit: By) -> str:
    """One bar by name: ``22 May 14:00``, ``Fri 22 May``, ``May 2026``."""
    start = bar.start
    if unit is By.HOUR:
        return f"{_day(start)} {start.hour:02}:00"
    if unit is By.MONTH:
        return month_title(start)
    return tr("{weekday} {day}", weekday=tr(WEEKDAYS[start.weekday()]), day=_day(start))


def bar_label(bar: Bar, unit: By) -> str:
    """The few cells under a bar: the hour, the day of the month, or the month."""
    if unit is By.HOUR:
        return f"{bar.start.hour:02}"
    return _month(bar.start) if unit is By.MONTH else f"{bar.start.day:02}"


def month_title(day: date) -> str:
    """``May 2026``."""
    return tr("{month} {year}", month=_month(day), year=day.year)


def _day(day: date) -> str:
    return tr("{day} {month}", day=day.day, month=_month(day))


def _full_day(day: date) -> str:
    return tr("{day} {month} {year}", day=day.day, month=_month(day), year=day.year)


def _days(first: date, last: date) -> str:
    if first.year != last.year:
        return f"{_full_day(first)} – {_full_day(last)}"
    return tr("{first} – {last} {year}", first=_day(first), last=_day(last), year=first.year)


def _month(day: date) -> str:
    return tr(_MONTHS[day.month - 1])
