"""The demo model's cache accounting follows the providers' published rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.providers.base import CACHE_LIFETIME_SECONDS, CacheLifetime
from clacky_tui.providers.demo.prefix_cache import (
    BreakpointOrderError,
    CacheBlock,
    InputTokens,
    PrefixCache,
    TooManyBreakpointsError,
    anthropic_blocks,
    count_tokens,
    openai_prefix,
)

KILO = b"x" * 4096  # 1,024 tokens
LIFETIME_SECONDS = CACHE_LIFETIME_SECONDS["5m"]
HOUR_SECONDS = CACHE_LIFETIME_SECONDS["1h"]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> PrefixCache:
    return PrefixCache(clock)


def blocks(
    *contents: bytes, marked: tuple[int, ...] = (), marked_1h: tuple[int, ...] = ()
) -> list[CacheBlock]:
    def lifetime(index: int) -> CacheLifetime | None:
        return "1h" if index in marked_1h else "5m" if index in marked else None

    return [CacheBlock(content, lifetime(index)) for index, content in enumerate(contents)]


def test_a_token_is_four_bytes_rounded_up() -> None:
    assert [count_tokens("a" * n) for n in (0, 1, 4, 5)] == [0, 1, 1, 2]
    assert count_tokens("终端") == 2


def test_first_request_writes_up_to_its_last_breakpoint(cache: PrefixCache) -> None:
    counted = cache.explicit("m", blocks(KILO, KILO, b"y" * 400, marked=(0, 1)))
    assert counted == InputTokens(uncached=100, written=2048)


def test_next_request_reads_what_was_written_and_writes_the_rest(cache: PrefixCache) -> None:
    cache.explicit("m", blocks(KILO, marked=(0,)))
    counted = cache.explicit("m", blocks(KILO, b"y" * 400, b"z" * 40, marked=(1,)))
    assert counted == InputTokens(uncached=10, read=1024, written=100)


def test_a_changed_byte_in_front_loses_everything(cache: PrefixCache) -> None:
    cache.explicit("m", blocks(KILO, KILO, marked=(1,)))
    counted = cache.explicit("m", blocks(b"X" + KILO[1:], KILO, marked=(1,)))
    assert counted == InputTokens(uncached=0, written=2048)


def test_below_the_minimum_nothing_is_cached(cache: PrefixCache) -> None:
    short = blocks(KILO[:-4], marked=(0,))
    assert cache.explicit("m", short) == InputTokens(uncached=1023)
    assert cache.explicit("m", short) == InputTokens(uncached=1023)


def test_models_do_not_share_entries(cache: PrefixCache) -> None:
    cache.explicit("m", blocks(KILO, marked=(0,)))
    assert cache.explicit("other", blocks(KILO, marked=(0,))).read == 0


def test_look_back_ends_after_twenty_blocks(cache: PrefixCache) -> None:
    cache.explicit("m", blocks(KILO, marked=(0,)))
    nineteen_on = blocks(KILO, *[b"t" * 4] * 19, marked=(19,))
    assert cache.explicit("m", nineteen_on).read == 1024
    fresh = PrefixCache(Clock())
    fresh.explicit("m", blocks(KILO, marked=(0,)))
    twenty_on = blocks(KILO, *[b"t" * 4] * 20, marked=(20,))
    assert fresh.explicit("m", twenty_on).read == 0


def test_a_second_breakpoint_bridges_the_look_back(cache: PrefixCache) -> None:
    cache.explicit("m", blocks(KILO, marked=(0,)))
    wide = blocks(KILO, *[b"t" * 4] * 30, marked=(0, 30))
    assert cache.explicit("m", wide) == InputTokens(uncached=0, read=1024, written=30)


def test_entries_live_five_minutes_and_each_read_renews_them(
    cache: PrefixCache, clock: Clock
) -> None:
    prefix = blocks(KILO, marked=(0,))
    cache.explicit("m", prefix)
    clock.now = LIFETIME_SECONDS - 1
    assert cache.explicit("m", prefix).read == 1024
    clock.now = 2 * LIFETIME_SECONDS - 2
    assert cache.explicit("m", prefix).read == 1024
    clock.now = 3 * LIFETIME_SECONDS
    assert cache.explicit("m", prefix) == InputTokens(uncached=0, written=1024)


def test_a_fifth_breakpoint_is_refused(cache: PrefixCache) -> None:
    with pytest.raises(TooManyBreakpointsError, match="Found 5"):
        cache.explicit("m", blocks(*[KILO] * 5, marked=(0, 1, 2, 3, 4)))


def test_a_longer_lifetime_after_a_shorter_one_is_refused(cache: PrefixCache) -> None:
    with pytest.raises(BreakpointOrderError, match="must not come after"):
        cache.explicit("m", blocks(KILO, KILO, marked=(0,), marked_1h=(1,)))
    cache.explicit("m", blocks(KILO, KILO, marked=(1,), marked_1h=(0,)))


def test_each_lifetime_is_billed_for_what_it_covers(cache: PrefixCache) -> None:
    mixed = blocks(KILO, KILO, b"y" * 400, marked=(2,), marked_1h=(1,))
    assert cache.explicit("m", mixed) == InputTokens(0, written=2148, written_1h=2048)
    longer = blocks(KILO, KILO, b"y" * 400, b"z" * 40, marked=(3,), marked_1h=(1,))
    assert cache.explicit("m", longer) == InputTokens(0, read=2148, written=10)


def test_after_a_pause_only_the_long_lived_part_is_read(cache: PrefixCache, clock: Clock) -> None:
    mixed = blocks(KILO, KILO, marked=(1,), marked_1h=(0,))
    cache.explicit("m", mixed)
    clock.now = LIFETIME_SECONDS + 1
    assert cache.explicit("m", mixed) == InputTokens(0, read=1024, written=1024)
    clock.now += HOUR_SECONDS + 1
    assert cache.explicit("m", mixed) == InputTokens(0, written=2048, written_1h=1024)


def test_a_longer_lifetime_asked_for_later_does_not_save_what_is_there(
    cache: PrefixCache, clock: Clock
) -> None:
    cache.explicit("m", blocks(KILO, marked=(0,)))
    upgraded = blocks(KILO, KILO, marked_1h=(0, 1))
    assert cache.explicit("m", upgraded) == InputTokens(0, read=1024, written=1024, written_1h=1024)
    clock.now = LIFETIME_SECONDS + 1
    assert cache.explicit("m", upgraded).read == 0


def test_automatic_cache_reads_whole_steps_from_the_minimum_up(cache: PrefixCache) -> None:
    assert cache.automatic("m", b"a" * 4 * 1500) == InputTokens(uncached=1500)
    longer = b"a" * 4 * 1500 + b"b" * 400
    assert cache.automatic("m", longer) == InputTokens(uncached=192, read=1408)


def test_automatic_cache_stops_at_the_first_difference(cache: PrefixCache) -> None:
    cache.automatic("m", b"a" * 4 * 3000)
    forked = b"a" * 4 * 1200 + b"b" * 4 * 1800
    assert cache.automatic("m", forked) == InputTokens(uncached=3000 - 1152, read=1152)
    cache.automatic("other", b"c" * 4 * 1023)
    assert cache.automatic("other", b"c" * 4 * 1023).read == 0


def test_blocks_come_in_cache_order_and_breakpoints_are_no_content() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    long = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    body: dict[str, Any] = {
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "user", "content": [{"type": "text", "text": "hi", **mark}]},
        ],
        "system": [{"type": "text", "text": "sys"}],
        "tools": [{"name": "t", **long}],
    }
    tool, system, plain, marked = anthropic_blocks(body)
    assert tool.content.startswith(b"tool:")
    assert system.content.startswith(b"system:")
    assert plain.content == marked.content
    assert [b.lifetime for b in (tool, system, plain, marked)] == ["1h", None, None, "5m"]


def test_marking_a_message_does_not_change_its_automatic_prefix() -> None:
    marked = {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}
    assert openai_prefix({"messages": [{"role": "user", "content": [marked]}]}) == openai_prefix(
        {"messages": [{"role": "user", "content": "hi"}]}
    )


@given(
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=12),
    marks=st.sets(st.integers(0, 11), max_size=4),
    rounds=st.integers(1, 3),
)
def test_the_classes_always_add_up_to_the_whole_input(
    sizes: list[int], marks: set[int], rounds: int
) -> None:
    cache = PrefixCache(Clock())
    request = blocks(*[b"x" * size for size in sizes], marked=tuple(marks))
    for _ in range(rounds):
        counted = cache.explicit("m", request)
        assert counted.total == count_tokens(b"x" * sum(sizes))
        assert min(counted.uncached, counted.read, counted.written) >= 0
