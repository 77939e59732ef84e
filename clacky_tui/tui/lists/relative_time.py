"""How long ago something happened."""

from __future__ import annotations

from datetime import datetime

from clacky_tui.i18n import tr

_DAYS_AS_COUNT = 7
"""Older things are told by their date (spec/tui-cli.md 7.9)."""


def time_ago(at: datetime, now: datetime) -> str:
    """``just now``, ``5 min ago``, ``3 h ago``, ``yesterday``, ``4 days ago``, ``12 Nov``, ``12 Nov 2025``.

    Args:
        at: timezone-aware; a moment after `now`, as of another machine's clock, is just now.
        now: timezone-aware; days begin in its zone.
    """
    minutes = int((now - at).total_seconds() // 60)
    local = at.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if minutes < 1:
        return tr("just now")
    if minutes < 60:
        return tr("{minutes} min ago", minutes=minutes)
    if days == 0 or minutes < 6 * 60:
        return tr("{minutes} h ago", minutes=minutes // 60)
    if days == 1:
        return tr("yesterday")
    if days < _DAYS_AS_COUNT:
        return tr("{days} days ago", days=days)
    return (
        tr("{date.day} {date:%b}", date=local)
        if local.year == now.year
        else tr("{date.day} {date:%b %Y}", date=local)
    )
