"""Noticing repeated calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.agent.loop_guard import REMEMBERED_CALLS, STOP, LoopGuard, signature
from clacky_tui.domain.messages import ToolCall


def call(arguments: str, name: str = "grep") -> ToolCall:
    return ToolCall("id", name, arguments)


def test_different_calls_bring_nothing() -> None:
    guard = LoopGuard()
    assert [guard.observe([call(f'{{"n": {number}}}')]) for number in range(20)] == [None] * 20


def test_the_same_call_is_answered_ever_more_sternly_and_then_stopped() -> None:
    guard = LoopGuard()
    said = [guard.observe([call("{}")]) for _ in range(6)]
    assert said[0] is None
    mild, warning, critical = said[1:4]
    assert mild is not None and "before" in mild
    assert warning is not None and "Warning" in warning
    assert critical is not None and "no further tool call" in critical
    assert said[4:] == [STOP, STOP]
    assert all(text.startswith("[SYSTEM]") for text in (mild, warning, critical))


def test_something_new_between_ends_the_streak() -> None:
    guard = LoopGuard()
    test_run, first_edit, second_edit = call("{}", "terminal"), call("1", "edit"), call("2", "edit")
    said = [guard.observe([one]) for one in (test_run, first_edit, test_run, second_edit, test_run)]
    assert said[1] is None
    assert said[3] is None
    assert said[4] == said[2] != STOP


def test_one_repeated_call_among_new_ones_counts() -> None:
    guard = LoopGuard()
    guard.observe([call("1"), call("2")])
    assert guard.observe([call("3"), call("2")])


def test_two_equal_calls_in_one_reply_are_no_loop() -> None:
    assert LoopGuard().observe([call("1"), call("1")]) is None


def test_what_lies_too_far_back_is_forgotten() -> None:
    guard = LoopGuard()
    guard.observe([call("first")])
    for number in range(REMEMBERED_CALLS):
        guard.observe([call(str(number))])
    assert guard.observe([call("first")]) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": {"c": 2, "d": [3]}}', '{ "b": {"d": ["3"], "c": "2"}, "a": 1 }'),
        ('{"text": "\\u00e9"}', '{"text": "é"}'),
        ("no json", "no json"),
    ],
)
def test_arguments_that_ask_for_the_same_are_equal(one: str, other: str) -> None:
    assert signature(call(one)) == signature(call(other))


def test_order_in_a_list_and_the_name_of_the_tool_matter() -> None:
    assert signature(call("[1, 2]")) != signature(call("[2, 1]"))
    assert signature(call("{}", "grep")) != signature(call("{}", "glob"))


@given(st.text() | st.just("[" * 100_000))
def test_any_text_of_arguments_has_a_signature(arguments: str) -> None:
    assert signature(call(arguments)) == signature(call(arguments))
