"""The conversation in a form every provider accepts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.agent.cache_marks import choose_marks
from clacky_tui.agent.history import History
from clacky_tui.domain.messages import Message, Origin, ToolCall


def user(text: str) -> Message:
    return Message("user", text, Origin.USER)


def calls(*ids: str) -> Message:
    return Message(
        "assistant", "", Origin.MODEL, tool_calls=tuple(ToolCall(i, "glob", "{}") for i in ids)
    )


def result(call_id: str) -> Message:
    return Message("tool", "ok", Origin.TOOL, tool_call_id=call_id)


CONTEXT = Message("user", "[Session context]", Origin.SESSION_CONTEXT)


def history(*messages: Message) -> History:
    made = History()
    for message in messages:
        made.append(message)
    return made


def test_missing_results_are_filled_and_strays_left_out() -> None:
    sent = history(
        user("a"), calls("1", "2"), result("2"), result("2"), result("9"), user("b"), result("1")
    ).for_request()
    assert [(m.role, m.tool_call_id) for m in sent] == [
        ("user", ""),
        ("assistant", ""),
        ("tool", "1"),
        ("tool", "2"),
        ("user", ""),
    ]
    assert "interrupted" in sent[2].text


messages = st.one_of(
    st.just(user("u")),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True).map(
        lambda ids: calls(*ids)
    ),
    st.sampled_from("abcd").map(result),
)


@given(st.lists(messages, max_size=20))
def test_every_call_is_followed_by_exactly_its_results(parts: list[Message]) -> None:
    sent = history(*parts).for_request()
    index = 0
    while index < len(sent):
        expected = [call.id for call in sent[index].tool_calls]
        following = [m.tool_call_id for m in sent[index + 1 : index + 1 + len(expected)]]
        assert following == expected
        index += 1 + len(expected)
        if index < len(sent):
            assert sent[index].role != "tool"


def test_a_complete_history_is_sent_as_it_is() -> None:
    parts = [CONTEXT, user("a"), calls("1", "2"), result("1"), result("2"), user("b")]
    assert history(*parts).for_request() == tuple(parts)


def test_marks_stand_on_the_last_two_inputs() -> None:
    parts = [CONTEXT, user("a"), calls("1", "2"), result("1"), result("2")]
    assert choose_marks(parts) == (1, 4)
    assert choose_marks(parts[:2]) == (1,)
    answered = [*parts, Message("assistant", "done", Origin.MODEL), CONTEXT, user("b")]
    assert choose_marks(answered) == (4, 7)


@given(st.lists(messages, min_size=1, max_size=20))
def test_the_last_mark_of_a_request_is_marked_again_in_the_next(parts: list[Message]) -> None:
    first = history(*parts, user("end")).for_request()
    second = (*first, calls("x"), result("x"))
    assert choose_marks(first)[-1] in choose_marks(second)
