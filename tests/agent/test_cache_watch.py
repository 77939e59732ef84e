"""What a session says of a missed cache, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from support.cache_simulator import VirtualClock
from support.scripted_server import ask, user

from clacky_tui import events
from clacky_tui.agent import cache_watch
from clacky_tui.agent.cache_watch import CacheWatch
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.pricing import price_for
from clacky_tui.domain.usage import Usage
from clacky_tui.providers.base import ModelRequest

SONNET, OPUS = "claude-sonnet-4-5", "claude-opus-4-6"
WRITTEN = Usage(cache_creation_tokens=50_000)
COLD = Usage(cache_creation_tokens=51_000)


def reply(text: str) -> Message:
    return Message("assistant", text, Origin.MODEL)


FIRST = ask("a", tools=("t",))
SECOND = replace(FIRST, messages=(*FIRST.messages, reply("b"), user("c")))


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    clock = VirtualClock()
    with patch.object(cache_watch, "now", clock.now):
        yield clock


@pytest.fixture
def watch(clock: VirtualClock) -> CacheWatch:
    return CacheWatch()


def send(
    watch: CacheWatch, request: ModelRequest, usage: Usage | None, model: str = SONNET
) -> events.CacheMissed | None:
    return watch.observe(watch.prepare(request, model, price_for(model, datetime.now(UTC))), usage)


def missed(watch: CacheWatch, request: ModelRequest, model: str = SONNET) -> events.CacheMissed:
    """The miss of `request`, which comes cold after `FIRST`."""
    assert send(watch, FIRST, WRITTEN) is None
    event = send(watch, request, COLD, model)
    assert event is not None
    return event


def test_a_warm_session_says_nothing(watch: CacheWatch) -> None:
    send(watch, FIRST, WRITTEN)
    assert send(watch, SECOND, Usage(cache_read_tokens=50_000, cache_creation_tokens=900)) is None


def test_a_switch_names_both_models(watch: CacheWatch) -> None:
    event = missed(watch, SECOND, OPUS)
    assert event.cause == f"model switched from {SONNET} to {OPUS}"
    assert (event.expected_tokens, event.got_tokens) == (50_000, 0)
    assert event.first_difference == ""


def test_an_expired_cache_tells_how_long_nothing_was_asked(
    watch: CacheWatch, clock: VirtualClock
) -> None:
    send(watch, FIRST, WRITTEN)
    clock.advance(12 * 60)
    event = send(watch, SECOND, COLD)
    assert event is not None and event.cause == "expired after 12 idle minutes"
    assert event.extra_cost == Decimal("0.1725")  # 50,000 x (3.75 - 0.30) per million
    assert watch.lifetime_seconds == 3600


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"system": "Be long."}, "system prompt changed"),
        ({"tools": ()}, "tools changed"),
        ({"reasoning_level": "high"}, "reasoning level changed"),
        ({}, "provider: nothing changed on this side"),
    ],
)
def test_the_cause_is_what_changed(watch: CacheWatch, changed: dict[str, Any], cause: str) -> None:
    assert missed(watch, replace(SECOND, **changed)).cause == cause


def test_an_edited_history_tells_where(watch: CacheWatch) -> None:
    send(watch, SECOND, WRITTEN)
    edited = replace(SECOND, messages=(FIRST.messages[0], reply("B"), user("c"), user("d")))
    event = send(watch, edited, COLD)
    assert event is not None
    assert event.cause == "history edited"
    assert event.first_difference == "message 2 of 4 (assistant)"


def test_a_message_that_is_gone_is_said_to_be(watch: CacheWatch) -> None:
    send(watch, SECOND, WRITTEN)
    event = send(watch, FIRST, COLD)
    assert event is not None
    assert event.first_difference == "message 2, which is gone"


def test_fields_that_are_not_sent_are_no_difference(watch: CacheWatch) -> None:
    renumbered = tuple(replace(message, task_id=9) for message in SECOND.messages)
    event = missed(watch, replace(SECOND, messages=renumbered))
    assert event.cause.startswith("provider")


def test_a_rebuilt_history_is_no_miss(watch: CacheWatch) -> None:
    send(watch, SECOND, WRITTEN)
    watch.expect_cold_request()
    assert send(watch, ask("summary"), COLD) is None


def test_a_request_without_usage_is_planned_around_and_not_judged(watch: CacheWatch) -> None:
    send(watch, FIRST, WRITTEN)
    assert send(watch, SECOND, None) is None
    assert watch.prepare(
        SECOND, SONNET, price_for(SONNET, datetime.now(UTC))
    ).request.cache.marks == (0, 2)


def test_an_unknown_price_leaves_the_cost_open(watch: CacheWatch) -> None:
    send(watch, FIRST, WRITTEN, "house-model")
    event = send(watch, SECOND, COLD, "house-model")
    assert event is not None and event.extra_cost is None


def test_models_without_the_long_lifetime_are_never_asked_for_it(
    watch: CacheWatch, clock: VirtualClock
) -> None:
    send(watch, FIRST, WRITTEN, "gpt-5.5")
    clock.advance(900)
    send(watch, SECOND, COLD, "gpt-5.5")
    assert watch.lifetime_seconds == 300
