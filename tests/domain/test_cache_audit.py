"""Every miss has its cause, its place and its price."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.cache_audit import (
    MISS_TOKENS,
    AuditedRequest,
    CacheAudit,
    Cause,
    Miss,
    first_difference,
)
from clacky_tui.domain.pricing import Rates
from clacky_tui.domain.usage import Usage

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
SONNET = Rates(Decimal(3), Decimal(15), Decimal("3.75"), Decimal(6), Decimal("0.3"))
FIRST = AuditedRequest(
    at=START,
    model="sonnet",
    reasoning_level="off",
    tools_digest="t",
    system_digest="s",
    message_digests=("a", "b", "c"),
    usage=Usage(cache_creation_tokens=50_000, output_tokens=100),
    lifetime=timedelta(minutes=5),
)
SECOND = replace(
    FIRST,
    at=START + timedelta(seconds=30),
    message_digests=("a", "b", "c", "d"),
    usage=Usage(cache_read_tokens=50_000, cache_creation_tokens=1_000),
)
COLD = Usage(cache_read_tokens=4_000, cache_creation_tokens=47_000)


def observed(*requests: AuditedRequest, rates: Rates | None = SONNET) -> Miss | None:
    """What the audit says of the last of `requests`."""
    audit = CacheAudit()
    return [audit.observe(request, rates) for request in requests][-1]


def test_a_request_that_read_everything_is_no_miss() -> None:
    assert observed(FIRST, SECOND) is None


def test_the_first_request_misses_nothing() -> None:
    assert observed(FIRST) is None


def test_small_losses_are_not_worth_a_word() -> None:
    lost = Usage(cache_read_tokens=50_000 - MISS_TOKENS, cache_creation_tokens=1_000 + MISS_TOKENS)
    assert observed(FIRST, replace(SECOND, usage=lost)) is None


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"model": "opus"}, Cause.MODEL),
        ({"reasoning_level": "high"}, Cause.REASONING),
        ({"tools_digest": "t2"}, Cause.TOOLS),
        ({"system_digest": "s2"}, Cause.SYSTEM),
        ({"message_digests": ("a", "x", "c", "d")}, Cause.HISTORY),
        ({"at": START + timedelta(minutes=12)}, Cause.EXPIRED),
        ({}, Cause.PROVIDER),
    ],
)
def test_each_cause_is_told_apart(changed: dict[str, object], cause: Cause) -> None:
    miss = observed(FIRST, replace(SECOND, usage=COLD, **changed))  # type: ignore[arg-type]
    assert miss is not None
    assert miss.cause is cause
    assert (miss.expected_tokens, miss.got_tokens) == (50_000, 4_000)


def test_the_first_message_that_differs_is_named() -> None:
    edited = replace(SECOND, usage=COLD, message_digests=("a", "x", "c", "d"))
    miss = observed(FIRST, edited)
    assert miss is not None and miss.first_difference == 1
    assert first_difference(("a", "b"), ("a",)) == 1
    assert first_difference(("a",), ("a", "b")) is None


def test_an_hour_of_life_makes_twelve_minutes_no_excuse() -> None:
    first = replace(FIRST, lifetime=timedelta(hours=1))
    late = replace(SECOND, at=START + timedelta(minutes=12), usage=COLD)
    miss = observed(first, late)
    assert miss is not None and miss.cause is Cause.PROVIDER


def test_the_extra_cost_is_writing_minus_reading() -> None:
    miss = observed(FIRST, replace(SECOND, usage=COLD))
    assert miss is not None
    assert miss.lost_tokens == 46_000
    assert miss.extra_cost == Decimal("0.1587")  # 46,000 x (3.75 - 0.30) per million
    long_lived = replace(COLD, cache_creation_1h_tokens=47_000)
    dearer = observed(FIRST, replace(SECOND, usage=long_lived))
    assert dearer is not None
    assert dearer.extra_cost == Decimal("0.2622")  # 46,000 x (6.00 - 0.30)
    fresh = observed(FIRST, replace(SECOND, usage=Usage(51_000)))
    assert fresh is not None
    assert fresh.extra_cost == Decimal("0.1350")  # 50,000 x (3.00 - 0.30)


def test_an_unknown_price_stays_unknown() -> None:
    miss = observed(FIRST, replace(SECOND, usage=COLD), rates=None)
    assert miss is not None and miss.extra_cost is None


def test_a_shorter_conversation_has_not_missed_what_it_no_longer_sends() -> None:
    back = replace(SECOND, message_digests=("a", "x"), usage=Usage(400, 20_000))
    assert observed(FIRST, back) is None


def test_a_rebuilt_history_is_expected_to_be_cold() -> None:
    audit = CacheAudit()
    audit.observe(FIRST, SONNET)
    audit.forget()
    assert audit.observe(replace(SECOND, usage=COLD), SONNET) is None


def test_a_provider_without_a_cache_is_not_accused() -> None:
    plain = replace(FIRST, usage=Usage(50_000))
    assert observed(plain, replace(SECOND, usage=Usage(51_000))) is None


def test_an_automatic_cache_is_held_to_whole_steps() -> None:
    def automatic(read: int, total: int, second: int) -> AuditedRequest:
        usage = Usage(total - read, read)
        return replace(FIRST, at=START + timedelta(seconds=second), usage=usage)

    warm = (automatic(0, 10_000, 0), automatic(9_984, 11_000, 10))
    assert observed(*warm) is None
    miss = observed(*warm, automatic(0, 12_000, 20))
    assert miss is not None
    assert (miss.cause, miss.expected_tokens) == (Cause.PROVIDER, 10_880)


@given(
    st.lists(
        st.tuples(st.integers(0, 90_000), st.integers(0, 90_000), st.integers(0, 90_000)),
        min_size=2,
        max_size=8,
    )
)
def test_a_miss_never_claims_more_than_was_sent(counts: list[tuple[int, int, int]]) -> None:
    audit = CacheAudit()
    for fresh, read, written in counts:
        miss = audit.observe(replace(FIRST, usage=Usage(fresh, read, written)), SONNET)
        if miss is not None:
            assert MISS_TOKENS < miss.lost_tokens <= fresh + written
            assert miss.extra_cost is not None and miss.extra_cost > 0
