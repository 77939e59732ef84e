"""How long to wait before sending again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.providers.retry import MAX_ATTEMPTS, retry_wait_seconds


def test_the_wait_doubles_from_one_second_to_thirty() -> None:
    waits = [retry_wait_seconds(n, None, lambda: 0.0) for n in range(1, MAX_ATTEMPTS)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30]


def test_jitter_takes_up_to_half_of_the_wait_off() -> None:
    assert retry_wait_seconds(3, None, lambda: 1.0) == 2
    assert retry_wait_seconds(3, None, lambda: 0.5) == 3


def test_what_the_server_asks_for_wins_up_to_two_minutes() -> None:
    assert retry_wait_seconds(1, 17.5, lambda: 1.0) == 17.5
    assert retry_wait_seconds(1, 3600, lambda: 1.0) == 120


def test_a_server_that_asks_for_no_wait_is_not_hammered() -> None:
    assert retry_wait_seconds(4, 0.0, lambda: 0.0) == 8


@given(
    attempt=st.integers(-5, 10**9),
    asked=st.none() | st.floats(0, 1e9),
    jitter=st.floats(0, 1),
)
def test_every_wait_is_bounded(attempt: int, asked: float | None, jitter: float) -> None:
    assert 0 < retry_wait_seconds(attempt, asked, lambda: jitter) <= 120
