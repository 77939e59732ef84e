"""How periods, days and months read; English whatever the machine's locale."""

from __future__ import annotations

from datetime import datetime

from clacky_tui.billing.summary import Period, Span, Summary

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def period_title(summary: Summary) -> str:
    """The period by name: ``22 May 2026``, ``Week of 18 May 2026``, ``May 2026``, ``2026``."""
    start = (summary.start or summary.end).astimezone()
    match summary.period:
        case Period.DAY:
            return f"{start.day} {_month(start)} {start.year}"
        case Period.WEEK:
            return f"Week of {start.day} {_month(start)} {start.year}"
        case Period.MONTH:
            return f"{_month(start)} {start.year}"
        case Period.YEAR:
            return str(start.year)
        case Period.ALL:
            return "All time"


def span_title(span: Span, period: Period) -> str:
    """One bar by name: ``22 May 14:00``, ``Fri 22 May``, ``May 2026``."""
    start = span.start
    match period:
        case Period.DAY:
            return f"{start.day} {_month(start)} {start.hour:02}:00"
        case Period.WEEK | Period.MONTH:
            return f"{_DAYS[start.weekday()]} {start.day} {_month(start)}"
        case Period.YEAR | Period.ALL:
            return f"{_month(start)} {start.year}"


def span_label(span: Span, period: Period) -> str:
    """The few cells under a bar: the hour, the day of the month, or the month."""
    match period:
        case Period.DAY:
            return f"{span.start.hour:02}"
        case Period.WEEK | Period.MONTH:
            return f"{span.start.day:02}"
        case Period.YEAR | Period.ALL:
            return _month(span.start)


def span_unit(period: Period) -> str:
    """What one bar stands for."""
    match period:
        case Period.DAY:
            return "hour"
        case Period.WEEK | Period.MONTH:
            return "day"
        case Period.YEAR | Period.ALL:
            return "month"


def _month(at: datetime) -> str:
    return _MONTHS[at.month - 1]
