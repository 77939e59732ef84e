"""The conversation in a form every provider accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.agent.history import History, sendable
from clacky_tui.domain.messages import Message, Origin, ToolCall
from clacky_tui.domain.task_tree import TaskTree

NOW = datetime(2026, 1, 2, tzinfo=UTC)


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


def test_a_replaced_history_shares_nothing_with_what_was_handed_out() -> None:
    kept = history(user("a"), calls("1"), result("1"))
    handed_out = kept.messages
    sent = kept.for_request()
    kept.replace_all([user("summary"), *handed_out[1:]])
    kept.append(user("b"))
    assert handed_out == sent == (user("a"), calls("1"), result("1"))
    assert [message.text for message in kept] == ["summary", "", "ok", "b"]


@given(st.lists(messages, max_size=20), st.integers(0, 20))
def test_the_form_to_send_of_a_beginning_is_the_beginning_of_the_form_to_send(
    parts: list[Message], cut: int
) -> None:
    """So a compression request repeats the request before it byte for byte."""
    while 0 < cut < len(parts) and parts[cut].role == "tool":
        cut -= 1
    beginning = sendable(parts[:cut])
    assert sendable(parts)[: len(beginning)] == beginning


def of_task(task: int) -> Message:
    return replace(user(f"in task {task}"), task_id=task)


def test_hidden_tasks_stay_stored_and_come_back() -> None:
    made = history(CONTEXT, of_task(1), of_task(2))
    made.hide(frozenset({2}))
    made.append(of_task(3))
    assert [m.task_id for m in made.for_request()] == [0, 1, 3]
    made.hide(frozenset({3}))
    assert [m.task_id for m in made.messages] == [0, 1, 2]
    assert [m.task_id for m in made.stored] == [0, 1, 2, 3]


@given(st.data())
def test_every_task_stands_after_those_it_began_from_whatever_is_replaced(
    data: st.DataObject,
) -> None:
    made, tree = History(), TaskTree()
    for _ in range(data.draw(st.integers(1, 15))):
        if data.draw(st.booleans()):
            tree = tree.begin("do it", NOW)
            made.hide(tree.hidden())
            made.append(of_task(tree.active))
        elif data.draw(st.booleans()):
            kept = made.messages[data.draw(st.integers(0, len(made))) :]
            made.replace_all((user("summary"), *kept))
        else:
            tree = tree.switch(data.draw(st.integers(0, tree.newest)))
            made.hide(tree.hidden())
        visible = [m.task_id for m in made.messages if m.task_id]
        assert visible == sorted(visible)
        assert set(visible) <= tree.visible()
        assert {m for m in made.stored if m.task_id in tree.visible() | {0}} == set(made.messages)
