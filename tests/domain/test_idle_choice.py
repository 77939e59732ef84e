"""What a pause is worth: keep warm, compress or let expire, by computed cost."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.idle_choice import (
    REQUESTS_AFTER,
    IdleChoice,
    choose,
    cold_costs,
    compression_costs,
    expected_pause_seconds,
)
from clacky_tui.domain.pricing import Rates


def rates(input_: str, output: str, write: str, read: str) -> Rates:
    write_rate = Decimal(write)
    return Rates(Decimal(input_), Decimal(output), write_rate, write_rate, Decimal(read))


SONNET = rates("3", "15", "3.75", "0.3")
AUTOMATIC = rates("1.25", "10", "0", "0.125")
"""A vendor that charges nothing for writing, so a cold token costs the plain input rate."""


def pause(context: int, compressed: int | None, minutes: float, of: Rates = SONNET) -> IdleChoice:
    return choose(
        of,
        context_tokens=context,
        compressed_tokens=compressed,
        idle_seconds=240,
        pause_seconds=60 * minutes,
        ping_every_seconds=240,
    )


def test_a_long_conversation_is_compressed() -> None:
    chosen = pause(120_000, 12_000, 30)
    assert chosen.action == "compress"
    assert chosen.costs["compress"] < chosen.costs["keep_warm"] < chosen.costs["expire"]
    assert "compress now ($0.1" in chosen.reason


def test_a_short_pause_is_bridged_when_there_is_nothing_to_compress() -> None:
    assert pause(60_000, None, 10).action == "keep_warm"
    assert "compress" not in pause(60_000, None, 10).costs


def test_a_long_pause_lets_the_cache_expire() -> None:
    assert pause(60_000, None, 120).action == "expire"


def test_compression_has_to_win_clearly() -> None:
    chosen = pause(30_000, 20_000, 8)
    assert chosen.costs["compress"] < chosen.costs["expire"]
    assert chosen.action == "keep_warm"


def test_costs_are_exact() -> None:
    chosen = pause(100_000, 10_000, 8)
    assert chosen.costs["expire"] == Decimal("0.375") + 10 * Decimal("0.03")
    assert chosen.costs["keep_warm"] == Decimal("0.03024") + 11 * Decimal("0.03")
    asking = Decimal("0.03") + Decimal("0.001875") + Decimal("0.0225")
    assert chosen.costs["compress"] == asking + Decimal("0.0375") + 10 * Decimal("0.003")


def test_where_writing_is_free_a_cold_token_costs_the_input_rate() -> None:
    chosen = pause(100_000, None, 60, AUTOMATIC)
    assert chosen.costs["expire"] == Decimal("0.125") + 10 * Decimal("0.0125")


def test_without_a_price_nothing_is_spent() -> None:
    chosen = choose(
        None,
        context_tokens=100_000,
        compressed_tokens=10_000,
        idle_seconds=240,
        pause_seconds=480,
        ping_every_seconds=240,
    )
    assert chosen.action == "expire"
    assert not chosen.costs


def test_the_pause_is_expected_from_the_sessions_own() -> None:
    assert expected_pause_seconds([], 240) == 480
    assert expected_pause_seconds([30, 60, 100], 240) == 480
    assert expected_pause_seconds([30, 600, 1200, 1800], 240) == 1200


@given(st.integers(20_000, 200_000))
def test_pings_never_cost_more_than_twice_the_rewrite_they_avoid(context: int) -> None:
    idle, pinged = 240.0, Decimal(0)
    while True:
        chosen = choose(
            SONNET,
            context_tokens=context,
            compressed_tokens=None,
            idle_seconds=idle,
            pause_seconds=expected_pause_seconds([], idle),
            ping_every_seconds=240,
        )
        if chosen.action == "expire":
            break
        pinged += context * SONNET.cache_read / 1_000_000
        idle += 240
    assert 0 < pinged <= 2 * context * SONNET.cache_write / 1_000_000


def test_compressing_while_warm_is_priced_as_in_the_choice() -> None:
    costs = compression_costs(SONNET, 120_000, 12_000, is_warm=True)
    assert costs.compressed == pause(120_000, 12_000, 30).costs["compress"]
    assert costs.as_it_is == (1 + REQUESTS_AFTER) * 120_000 * SONNET.cache_read / 1_000_000
    assert costs.compressed < costs.as_it_is


def test_compressing_when_cold_is_priced_as_the_cold_start_tells_it() -> None:
    costs, told = (
        compression_costs(SONNET, 120_000, 12_000, is_warm=False),
        cold_costs(SONNET, 120_000, 12_000),
    )
    assert (costs.next_as_it_is, costs.as_it_is, costs.compressed) == (
        told.next_message,
        told.as_it_is,
        told.compressed,
    )


def test_the_parts_of_a_compression_add_up() -> None:
    for is_warm in (True, False):
        costs = compression_costs(SONNET, 120_000, 12_000, is_warm=is_warm)
        later = REQUESTS_AFTER * 12_000 * SONNET.cache_read / 1_000_000
        assert costs.compressed == costs.compression + costs.next_compressed + later
        assert costs.next_compressed == 12_000 * SONNET.cache_write / 1_000_000


def test_compressing_a_short_conversation_costs_more_than_it_saves() -> None:
    costs = compression_costs(SONNET, 20_000, 12_000, is_warm=True)
    assert costs.compressed > costs.as_it_is
