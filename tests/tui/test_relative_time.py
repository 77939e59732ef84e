"""How long ago something happened, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from clacky_tui.tui.lists.relative_time import time_ago

NOW = datetime(2026, 5, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=9), "9 h ago"),
        (timedelta(hours=10), "yesterday"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=7), "15 May"),
        (timedelta(days=200), "3 Nov 2025"),
    ],
)
def test_words_get_coarser_with_age(ago: timedelta, words: str) -> None:
    assert time_ago(NOW - ago, NOW) == words


def test_the_small_hours_count_hours_over_midnight() -> None:
    one_at_night = NOW.replace(hour=1)
    assert time_ago(one_at_night - timedelta(hours=3), one_at_night) == "3 h ago"


def test_days_begin_where_the_person_is() -> None:
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert time_ago(NOW - timedelta(hours=19), tokyo) == "yesterday"
    assert time_ago(NOW - timedelta(hours=19), NOW) == "yesterday"
    assert time_ago(NOW - timedelta(hours=9), tokyo) == "9 h ago"
