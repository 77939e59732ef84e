"""Five-hour blocks: where they begin and end, gaps, burn rate and projection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.usage_home import UsageHome

from clacky_tui.usage.blocks import WINDOW, Request, active_block, make_blocks, read_requests
from clacky_tui.usage.entry import PICO
from clacky_tui.usage.report import Query

START = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
LONG_AFTER = START + timedelta(days=9)


def requests(*minutes: int, cost: int | None = PICO) -> list[Request]:
    return [Request(START + timedelta(minutes=m), "m", 10, 20, 30, 40, cost) for m in minutes]


def test_a_block_begins_with_the_hour_and_the_next_one_when_it_is_over() -> None:
    first, second = make_blocks(requests(0, 200, 290, 291), LONG_AFTER)
    assert (first.start.hour, first.start.minute) == (9, 0)
    assert (first.requests, first.last) == (3, START + timedelta(minutes=290))
    assert (second.start.hour, second.start.minute, second.requests) == (14, 0, 1)
    assert not first.is_active and not second.is_active


def test_what_comes_at_the_very_end_of_a_block_still_belongs_to_it() -> None:
    assert [block.requests for block in make_blocks(requests(-10, 100, 290), LONG_AFTER)] == [3]


def test_five_hours_of_silence_are_a_gap() -> None:
    before, gap, after = make_blocks(requests(0, 400), LONG_AFTER)
    assert gap.is_gap and not before.is_gap and not after.is_gap
    assert gap.start == START + WINDOW
    assert gap.end == START + timedelta(minutes=400)
    assert gap.burn_rate is None


def test_the_running_block_is_projected_to_its_end() -> None:
    now = START + timedelta(minutes=50)  # at ten o'clock, four hours before its end
    (block,) = make_blocks(requests(0, 40), now)
    assert block.is_active and active_block([block]) is block
    rate, projection = block.burn_rate, block.projection(now)
    assert rate is not None and projection is not None
    assert rate.tokens_per_minute == 200 / 40
    assert rate.tokens_per_minute_uncached == 60 / 40
    assert rate.usd_per_hour == 3
    assert projection.remaining_minutes == 240
    assert projection.total_tokens == 200 + 240 * 5
    assert projection.cost == Decimal(14)


def test_a_lone_request_has_no_rate() -> None:
    (block,) = make_blocks(requests(0), START + timedelta(minutes=1))
    assert block.burn_rate is None
    assert block.projection(START + timedelta(minutes=1)) is None


def test_unknown_costs_are_counted_and_not_zero() -> None:
    (block,) = make_blocks(requests(0, 1, cost=None), LONG_AFTER)
    assert (block.cost, block.unpriced_requests) == (None, 2)


@given(st.lists(st.integers(0, 5_000), max_size=60))
def test_every_request_is_in_one_block_and_blocks_do_not_overlap(minutes: list[int]) -> None:
    blocks = make_blocks(requests(*sorted(minutes)), LONG_AFTER)
    real = [block for block in blocks if not block.is_gap]
    assert sum(block.requests for block in real) == len(minutes)
    assert all(block.last - block.start <= WINDOW for block in real if block.last)
    assert all(one.last < two.first for one, two in pairwise(real)
               if one.last and two.first)  # fmt: skip


def test_the_index_gives_the_requests_in_their_order(person: UsageHome) -> None:
    person.reply(START + timedelta(minutes=5), session="b", model="nobody-knows")
    person.reply(START, session="a", read=400, wrote=30)
    first, second = read_requests(person.index(), Query())
    assert (first.at, first.cache_read, first.cache_write) == (START, 400, 30)
    assert first.cost_pico is not None and second.cost_pico is None
    assert second.model == "nobody-knows"


@pytest.mark.parametrize(("minutes", "active"), [(0, True), (289, True), (290, False)])
def test_a_block_is_active_until_its_end(minutes: int, active: bool) -> None:
    (block,) = make_blocks(requests(0), START + timedelta(minutes=minutes))
    assert block.is_active is active
