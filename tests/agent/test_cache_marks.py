"""Marks stand where the next request finds them, whatever happened between."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.agent.cache_marks import (
    BRIDGE_BLOCKS,
    CachePlanner,
    bridge_mark,
    choose_marks,
    content_blocks,
    history_lifetime,
)
from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall
from clacky_tui.domain.pricing import Rates
from clacky_tui.providers.base import MAX_CACHE_MARKS, CachePlan

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
SONNET = Rates(Decimal(3), Decimal(15), Decimal("3.75"), Decimal(6), Decimal("0.3"))
CONTEXT = Message("user", "[Session context]", Origin.SESSION_CONTEXT)
History = tuple[Message, ...]


def user(text: str) -> Message:
    return Message("user", text, Origin.USER)


def said(text: str) -> Message:
    return Message("assistant", text, Origin.MODEL)


def step(name: str, width: int = 1) -> History:
    """A reply with `width` parallel calls and their results."""
    ids = [f"{name}{number}" for number in range(width)]
    calls = tuple(ToolCall(i, "glob", "{}") for i in ids)
    asked = Message("assistant", "Looking.", Origin.MODEL, tool_calls=calls)
    return (asked, *(Message("tool", i, Origin.TOOL, tool_call_id=i) for i in ids))


class Provider:
    """A planner and its requests, one after another, on one clock."""

    def __init__(self) -> None:
        self.planner = CachePlanner()
        self.at = START

    def send(
        self,
        messages: History,
        route: str = "m",
        *,
        after_seconds: float = 10,
        answered: bool = True,
    ) -> CachePlan:
        self.at += timedelta(seconds=after_seconds)
        plan = self.planner.plan(messages, route, self.at, SONNET)
        self.planner.sent(messages, plan, route, self.at, answered=answered)
        return plan


@pytest.fixture
def provider() -> Provider:
    return Provider()


def test_marks_stand_on_the_last_two_inputs() -> None:
    parts = [CONTEXT, user("a"), *step("x", 2)]
    assert choose_marks(parts) == (1, 4)
    assert choose_marks(parts[:2]) == (1,)
    assert choose_marks([*parts, said("done"), CONTEXT, user("b")]) == (4, 7)


messages = st.lists(
    st.one_of(
        st.just((user("u"),)),
        st.just((CONTEXT,)),
        st.just((said("s"),)),
        st.integers(1, 30).map(lambda width: step("x", width)),
    ),
    max_size=12,
).map(lambda groups: tuple(message for group in groups for message in group))


@given(messages, messages)
def test_the_last_mark_of_a_request_is_marked_again_in_the_next(
    first: History, added: History
) -> None:
    provider = Provider()
    earlier = (*first, user("end"))
    last_mark = provider.send(earlier).marks[-1]
    assert last_mark in provider.send((*earlier, *added, user("next"))).marks


@given(st.lists(messages, min_size=1, max_size=5), st.data())
def test_no_plan_ever_has_more_marks_than_are_allowed(
    added: list[History], data: st.DataObject
) -> None:
    provider = Provider()
    history: History = (user("start"),)
    for more in added:
        history = (*history, *more)
        seconds = data.draw(st.sampled_from([10, 400, 4000]))
        answered = data.draw(st.booleans())
        plan = provider.send(history, after_seconds=seconds, answered=answered)
        assert len(plan.marks) + plan.mark_tools + plan.mark_system <= MAX_CACHE_MARKS
        assert list(plan.marks) == sorted(set(plan.marks))
        assert all(history[index].role != "assistant" for index in plan.marks)


def test_wide_calls_get_a_mark_between_and_the_tools_go_without(provider: Provider) -> None:
    history = (user("a"), *step("x", 12))
    provider.send(history[:1])
    plan = provider.send(history)
    assert plan.marks == (0, 2, 13)
    assert not plan.mark_tools
    assert plan.mark_system


def test_narrow_steps_need_no_mark_between(provider: Provider) -> None:
    history = (user("a"), *step("x", 3))
    provider.send(history[:1])
    plan = provider.send(history)
    assert plan.marks == (0, 4)
    assert plan.mark_tools


@given(messages)
def test_a_bridge_is_within_reach_of_the_later_mark(between: History) -> None:
    history = (user("a"), *between, user("b"))
    last = len(history) - 1
    place = bridge_mark(history, 0, last)
    distance = sum(content_blocks(message) for message in history[1:])
    if place is not None:
        assert 0 < place < last
        assert sum(content_blocks(message) for message in history[place + 1 :]) <= BRIDGE_BLOCKS
        assert distance > BRIDGE_BLOCKS


def test_a_model_that_was_left_is_found_again_where_it_was(provider: Provider) -> None:
    history: History = (user("a"), *step("x", 12), said("done"))
    provider.send(history[:1], "first")
    left_at = provider.send(history[:-1], "first").marks[-1]
    history = (*history, CONTEXT, user("b"), *step("y", 12), *step("z", 12), said("done"))
    provider.send(history[:-1], "second")
    assert left_at in provider.send((*history, user("c")), "first").marks


def test_a_request_nobody_answered_is_not_relied_on(provider: Provider) -> None:
    history = (user("a"), *step("x", 12), *step("y", 12))
    provider.send(history[:1])
    provider.send(history[:14], answered=False)
    # The second may have been written or not: its mark and the one before it both stand.
    assert provider.send(history).marks == (0, 13, 26)


def test_after_going_back_the_deepest_remaining_mark_is_used(provider: Provider) -> None:
    history = (user("a"), *step("x", 12), *step("y", 12))
    for end in (1, 14, 27):
        provider.send(history[:end])
    gone_back = (*history[:14], said("stopped"), user("another way"))
    assert provider.send(gone_back).marks == (13, 15)


def test_a_rebuilt_history_starts_from_nothing(provider: Provider) -> None:
    history = (user("a"), *step("x", 12))
    provider.send(history)
    rebuilt = (user("summary"), *history[3:6], user("b"))
    assert provider.send(rebuilt).marks == choose_marks(rebuilt)


def test_marks_that_expired_are_forgotten(provider: Provider) -> None:
    history = (user("a"), *step("x", 12), *step("y", 1))
    provider.send(history[:1])
    provider.send(history[:14])
    assert provider.send(history, after_seconds=400).marks == choose_marks(history)


def test_tools_and_system_prompt_live_an_hour_and_the_history_five_minutes(
    provider: Provider,
) -> None:
    plan = provider.send((user("a"),))
    assert (plan.prefix_lifetime, plan.history_lifetime) == ("1h", "5m")


def test_after_a_pause_the_history_is_written_for_an_hour(provider: Provider) -> None:
    history = (user("a"), *step("x", 1), *step("y", 1))
    assert provider.send(history[:1]).history_lifetime == "5m"
    assert provider.send(history[:3], after_seconds=900).history_lifetime == "1h"
    assert provider.send(history, after_seconds=900).history_lifetime == "1h"


def test_a_warm_history_keeps_the_lifetime_it_was_written_with(provider: Provider) -> None:
    history = (user("a"), *step("x", 1))
    provider.send(history[:1], "left and back")
    provider.send(history[:1], "other", after_seconds=100)
    provider.planner.plan(history[:1], "other", provider.at + timedelta(seconds=400), SONNET)
    plan = provider.planner.plan(history, "left and back", provider.at, SONNET)
    assert plan.history_lifetime == "5m"


@pytest.mark.parametrize(
    ("minutes", "lifetime"),
    [
        ([], "5m"),
        ([10], "1h"),
        ([10, 20], "1h"),
        ([90], "5m"),
        ([90, 10], "5m"),
        ([90, 9, 9], "1h"),
    ],
)
def test_an_hour_pays_from_the_break_even_on(minutes: list[int], lifetime: str) -> None:
    pauses = [timedelta(minutes=m) for m in minutes]
    assert history_lifetime(SONNET, pauses) == lifetime


def test_without_a_price_or_a_dearer_rate_nothing_is_bet() -> None:
    assert history_lifetime(None, [timedelta(minutes=10)] * 5) == "5m"
    dear = replace(SONNET, cache_write_1h=Decimal(100))
    assert history_lifetime(dear, [timedelta(minutes=10)]) == "5m"


def test_blocks_are_counted_as_the_wire_sends_them() -> None:
    asked, *results = step("x", 3)
    assert content_blocks(asked) == 4
    assert content_blocks(replace(asked, reasoning="why")) == 5
    assert content_blocks(results[0]) == 1
    pictures = (TextPart("look"), ImagePart("image/png", "QUJD"))
    assert content_blocks(Message("user", pictures, Origin.USER)) == 2
