"""The parts of a request as the gauge counts them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.agent.compression_plan import plan_compression
from clacky_tui.agent.context_gauge import CATEGORIES, gauge_context
from clacky_tui.agent.prompt import ROLE, RULES
from clacky_tui.domain.messages import Message, Origin, ToolCall
from clacky_tui.tools.schema import tool_schemas

PROMPT = f"{ROLE}\n\n{RULES}"
CONTEXT = Message("user", "[Session context: Today is 2026-05-22]", Origin.SESSION_CONTEXT)
ASKED = Message("user", "x" * 400, Origin.USER)
CALLED = Message("assistant", "", Origin.MODEL, tool_calls=(ToolCall("1", "grep", "{}"),))
RESULT = Message("tool", "y" * 8000, Origin.TOOL, tool_call_id="1")


def test_every_part_is_counted_once_where_it_belongs() -> None:
    bare = gauge_context(PROMPT, [], (), window_tokens=None).categories
    assert bare.keys() == set(CATEGORIES)
    assert bare == {**dict.fromkeys(CATEGORIES, 0), "system": bare["system"]}
    full = gauge_context(
        PROMPT + "\n\n# Rules of this project, from AGENTS.md\n\nUse tabs.",
        [CONTEXT, ASKED, CALLED, RESULT],
        tool_schemas(),
        window_tokens=200_000,
    )
    parts = full.categories
    assert parts["system"] > bare["system"]
    assert 10 < parts["rules"] < 30
    assert 104 <= parts["chat"] < 125
    assert parts["tool output"] == 2004
    assert 500 < parts["tools"] < 5000
    assert full.window_tokens == 200_000


def test_a_prompt_of_another_version_counts_as_system_altogether() -> None:
    parts = gauge_context("You are someone else.", [], (), window_tokens=None).categories
    assert parts["rules"] == 0 < parts["system"]


@given(st.integers(0, 10**7))
def test_with_a_provider_s_count_the_parts_add_up_to_it(counted: int) -> None:
    gauge = gauge_context(PROMPT, [ASKED, RESULT], (), window_tokens=None, counted_tokens=counted)
    assert sum(gauge.categories.values()) == counted
    assert min(gauge.categories.values()) >= 0


def test_nothing_to_count_stays_nothing() -> None:
    gauge = gauge_context("", [], (), window_tokens=None, counted_tokens=5)
    assert set(gauge.categories.values()) == {0}


def test_it_says_what_a_compression_would_leave() -> None:
    assert gauge_context(PROMPT, [ASKED], (), window_tokens=None).compressed_tokens is None
    long_result = Message("tool", "y" * 40_000, Origin.TOOL, tool_call_id="1")
    talk = [ASKED, CALLED, long_result, Message("assistant", "Done.", Origin.MODEL)] * 30
    gauge = gauge_context(PROMPT, talk, tool_schemas(), window_tokens=None)
    prefix = gauge_context(PROMPT, [], tool_schemas(), window_tokens=None)
    plan = plan_compression(talk)
    assert plan is not None and gauge.compressed_tokens is not None
    assert gauge.compressed_tokens == sum(prefix.categories.values()) + plan.tokens_after
    assert gauge.compressed_tokens < sum(gauge.categories.values())
