"""Lines of the ledger: ours and those the original wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.billing.record import NotARecordError, UsageRecord, from_line, to_line
from clacky_tui.domain.usage import Usage

ORIGINAL = (
    b'{"id":"0b7e","session_id":"a1b2c3d4e5f60718","timestamp":"2026-06-03T09:12:44+02:00",'
    b'"model":"claude-sonnet-4-6","prompt_tokens":2400,"completion_tokens":350,'
    b'"cache_read_tokens":1800,"cache_write_tokens":0,"cost_usd":0.00759,"cost_source":"price"}'
)

tokens = st.integers(0, 10**14)
words = st.text(max_size=30)
costs = st.integers(0, 60).flatmap(
    lambda places: st.decimals(min_value=0, max_value=10**11, places=places)
)
moments = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, zone),
    st.integers(946_900_000, 4_102_000_000),  # within 2000 to 2099 in every zone
    st.timezones(),
)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    written = draw(tokens)
    one_hour = draw(st.integers(0, written))
    counts = (draw(tokens), draw(tokens), written, one_hour, draw(tokens), draw(tokens))
    return Usage(*counts, web_searches=draw(tokens))


@st.composite
def records(draw: st.DrawFn) -> UsageRecord:
    cost = draw(st.none() | costs)
    known = st.sampled_from(["api", "price", "estimated"])
    return UsageRecord(
        session_id=draw(words),
        timestamp=draw(moments),
        model=draw(words),
        usage=draw(st.none() | usages()),
        cost=cost,
        cost_source="unknown" if cost is None else draw(known),  # type: ignore[arg-type]
        id=draw(words),
        provider=draw(words),
        project=draw(st.text(st.characters(), max_size=30)),
        purpose=draw(st.sampled_from(["chat", "compression", "title", "subagent"])),
        outcome=draw(st.sampled_from(["ok", "failed", "cancelled", "rejected"])),
    )


@given(records())
def test_a_record_survives_its_line(record: UsageRecord) -> None:
    line = to_line(record)
    assert b"\n" not in line
    assert from_line(line) == record


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_refused(line: bytes) -> None:
    try:
        from_line(line)
    except NotARecordError:
        return


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=3,
)


@given(st.dictionaries(st.sampled_from(list(json.loads(ORIGINAL))), json_values))
def test_any_values_are_a_record_or_refused(damage: dict[str, Any]) -> None:
    try:
        from_line(json.dumps(json.loads(ORIGINAL) | damage).encode())
    except NotARecordError:
        return


def test_every_cut_of_a_line_is_refused(make: Callable[..., UsageRecord]) -> None:
    line = to_line(make())
    for length in range(len(line)):
        with pytest.raises(NotARecordError):
            from_line(line[:length])


def test_the_line_holds_the_originals_keys_first_and_counts_reads_inside_the_prompt(
    make: Callable[..., UsageRecord],
) -> None:
    fields = json.loads(to_line(make()))
    assert list(fields)[:10] == list(json.loads(ORIGINAL))
    assert fields["prompt_tokens"] == 2_400
    assert fields["cache_write_tokens"] == 40
    assert (fields["cache_write_1h_tokens"], fields["reasoning_tokens"]) == (10, 5)


def test_a_cost_is_written_with_every_digit_and_without_exponent(
    make: Callable[..., UsageRecord],
) -> None:
    line = to_line(make(cost=Decimal("1.2345678901234567890123456789E-7")))
    assert b'"cost_usd": 0.00000012345678901234567890123456789,' in line


def test_unknown_cost_and_unreported_usage_are_null(make: Callable[..., UsageRecord]) -> None:
    fields = json.loads(to_line(make(cost=None, cost_source="unknown", usage=None)))
    nulls = {key for key, value in fields.items() if value is None}
    assert nulls == {
        "prompt_tokens",
        "completion_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "cost_usd",
        "cache_write_1h_tokens",
        "reasoning_tokens",
    }


def test_the_time_is_local_with_its_offset(
    make: Callable[..., UsageRecord], zone: Callable[[str], None]
) -> None:
    zone("Europe/Berlin")
    fields = json.loads(to_line(make(datetime(2026, 6, 3, 7, 12, 44, 999, tzinfo=UTC))))
    assert fields["timestamp"] == "2026-06-03T09:12:44+02:00"


def test_a_line_of_the_original_loads() -> None:
    record = from_line(ORIGINAL)
    assert record.usage == Usage(600, 1_800, 0, 0, 350)
    assert record.cost == Decimal("0.00759")
    assert record.timestamp == datetime(2026, 6, 3, 9, 12, 44, tzinfo=timezone(timedelta(hours=2)))
    assert (record.provider, record.project, record.purpose, record.outcome) == (
        "",
        "",
        "chat",
        "ok",
    )


def old_line(**changes: Any) -> bytes:
    fields = json.loads(ORIGINAL) | changes
    return json.dumps({k: v for k, v in fields.items() if v != "absent"}).encode()


def test_an_old_line_without_id_and_with_a_naive_time_loads(zone: Callable[[str], None]) -> None:
    zone("America/New_York")
    record = from_line(old_line(id="absent", timestamp="2026-07-01T08:00:00"))
    assert record.id == ""
    assert record.timestamp == datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_an_old_zero_of_an_unknown_source_is_unknown_not_free() -> None:
    assert from_line(old_line(cost_usd=0.0, cost_source="unknown")).cost is None
    assert from_line(old_line(cost_usd=0.0, cost_source="price")).cost == 0


def test_an_old_source_word_of_its_own_counts_as_estimated() -> None:
    assert from_line(old_line(cost_source="default")).cost_source == "estimated"


def test_more_reads_than_prompt_leave_no_negative_input() -> None:
    usage = from_line(old_line(prompt_tokens=100, cache_read_tokens=300)).usage
    assert usage == Usage(0, 300, 0, 0, 350)


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "absent"},
        {"timestamp": "yesterday"},
        {"timestamp": "1970-01-01T00:00:00Z"},
        {"timestamp": "0001-01-01T00:00:00"},
        {"cost_usd": -1},
        {"cost_usd": "0.5"},
        {"cost_usd": True},
        {"cost_usd": float("nan")},
        {"prompt_tokens": -5},
        {"prompt_tokens": 1.5},
        {"completion_tokens": 10**30},
        {"model": 7},
    ],
)
def test_impossible_values_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotARecordError):
        from_line(old_line(**changes))


@pytest.mark.parametrize(
    "line",
    [b"[" * 100_000, ORIGINAL.replace(b"0.00759", b"1e-99999999999999999999"), b"[]", b"null"],
)
def test_hostile_lines_are_refused(line: bytes) -> None:
    with pytest.raises(NotARecordError):
        from_line(line)


def test_a_record_without_a_time_zone_cannot_be_made(make: Callable[..., UsageRecord]) -> None:
    with pytest.raises(NotARecordError):
        make(datetime(2026, 5, 22))  # noqa: DTZ001
