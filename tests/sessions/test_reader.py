"""A journal read back, whatever happened to the file."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from support.stored_sessions import START, SessionWriter

from clacky_tui import events
from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall
from clacky_tui.domain.usage import Usage
from clacky_tui.sessions.journal import append_meta
from clacky_tui.sessions.reader import read_session

ID = "0123456789abcdef"


def full_journal(folder: Path) -> Path:
    """A session that holds one of everything."""
    writer = SessionWriter(ID, folder=folder)
    writer.journal.record_prompt("Be brief. 请简短。")
    writer.exchange("first 你好", "one")
    call = ToolCall("c1", "edit", '{"path": "a"')
    parts = (TextPart("see"), ImagePart("image/png", "aGk="))
    writer.journal.record_message(
        Message("assistant", "", Origin.MODEL, (call,), reasoning="hm", reasoning_signature="s")
    )
    writer.journal.record_message(Message("tool", parts, Origin.TOOL, tool_call_id="c1"))
    writer.exchange("second", "two", cost=None)
    todo = events.TodoItem(id=3, task="test it", status="pending")
    writer.emit(events.TodosChanged(items=(todo,)))
    writer.emit(events.ModelChanged(model="m-2"))
    return writer.close()


def test_everything_comes_back_as_it_was_written(tmp_path: Path) -> None:
    session = read_session(full_journal(tmp_path))
    assert (session.id, session.model, session.mode) == (ID, "m-2", "confirm_safes")
    assert session.working_dir == "/src/shop"
    assert session.system_prompt == "Be brief. 请简短。"
    texts = [message.text for message in session.messages]
    assert texts == ["first 你好", "one", "", "see", "second", "two"]
    assert session.messages[2].tool_calls == (ToolCall("c1", "edit", '{"path": "a"'),)
    assert (session.messages[2].reasoning, session.messages[2].reasoning_signature) == ("hm", "s")
    assert session.messages[3].content == (TextPart("see"), ImagePart("image/png", "aGk="))
    assert [todo.task for todo in session.todos.items] == ["test it"]
    assert session.usage == Usage(input_tokens=20, output_tokens=10)
    assert (session.cost, session.requests, session.unpriced) == (Decimal("0.01"), 2, 1)
    assert (session.tasks, session.task_tree.parents, session.task_tree.active) == (
        2,
        {1: 0, 2: 1},
        2,
    )
    assert session.problems == ()
    assert session.created_at.utcoffset() is not None and session.updated_at > session.created_at


def test_a_journal_cut_at_any_byte_gives_everything_before_the_cut(tmp_path: Path) -> None:
    whole = full_journal(tmp_path).read_bytes()
    complete = read_session(next(tmp_path.iterdir()))
    cut_file = tmp_path / "2026-05-22-09-30-05-01234567.jsonl"
    ends = [0]
    for line in whole.splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    lines = [json.loads(line) for line in whole.splitlines()]
    for cut in range(len(whole) + 1):
        cut_file.write_bytes(whole[:cut])
        session = read_session(cut_file)
        # A line of which only the newline is missing is whole.
        kept = sum(1 for end in ends[1:] if end - 1 <= cut)
        count = sum(1 for line in lines[:kept] if line["type"] == "message")
        assert session.messages == complete.messages[:count]
        torn = cut not in ends and cut + 1 not in ends
        assert bool(session.problems) == torn


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=40))
def test_damage_in_the_middle_costs_only_the_lines_it_hits(where: int, junk: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = full_journal(Path(folder))
        whole = path.read_bytes()
        complete = read_session(path)
        start = where % len(whole)
        path.write_bytes(whole[:start] + junk + whole[start + len(junk) :])
        session = read_session(path)
        hit = whole[: start + len(junk)].count(b"\n") - whole[:start].count(b"\n") + 1
        assert len(session.messages) >= len(complete.messages) - hit


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *("kind", "text", "name", "ts", "tokens", "cost", "items", "messages"),
                        *("role", "content", "task_id", "seq", "path", "waiting", "earlier"),
                        *("time_machine", "task_parents", "options", "simulated", "created_at"),
                    ]
                ),
                inner | st.sampled_from(["user", "task.started", "usage.recorded", "nan", "1e999"]),
                max_size=6,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(["event", "message", "history", "meta", "prompt", "later"]),
)
def test_values_of_any_kind_never_stop_the_reader(value: object, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "2026-05-22-09-30-05-01234567.jsonl")
        fields = value if isinstance(value, dict) else {"event": value, "messages": value}
        wrapped = {"type": kind, "event": fields, **fields}
        path.write_text(json.dumps(wrapped) + "\n")
        read_session(path)


def test_a_replacement_takes_the_place_of_what_came_before(tmp_path: Path) -> None:
    writer = SessionWriter(ID, folder=tmp_path)
    writer.exchange("long ago", "yes")
    writer.journal.record_replacement([Message("user", "what was said", Origin.NOTICE)])
    writer.exchange("now", "done")
    session = read_session(writer.close())
    assert [message.text for message in session.messages] == ["what was said", "now", "done"]


def test_the_last_name_and_pin_win_also_when_written_while_the_session_runs(tmp_path: Path) -> None:
    writer = SessionWriter(ID, folder=tmp_path)
    writer.exchange("hello", "hi")
    append_meta(writer.path, name="Mine", pinned=True)
    writer.exchange("more", "sure")
    append_meta(writer.path, name="Mine too")
    session = read_session(writer.close())
    assert (session.name, session.pinned, session.tasks) == ("Mine too", True, 2)


def test_a_torn_line_never_swallows_what_is_written_after_it(tmp_path: Path) -> None:
    writer = SessionWriter(ID, folder=tmp_path)
    writer.exchange("hello", "hi")
    path = writer.close()
    with path.open("ab") as file:
        file.write(b'{"type":"message","role":"us')
    append_meta(path, name="Mine")
    writer.exchange("after the crash", "welcome back")
    session = read_session(writer.close())
    assert session.name == "Mine"
    assert [message.text for message in session.messages][2:] == ["after the crash", "welcome back"]
    torn = path.read_bytes().index(b'"role":"us\n') - len('{"type":"message",')
    assert session.problems == (
        f"{path.name}: 1 damaged line left out, the first at byte {torn:,}.",
    )


def test_a_killed_session_shows_what_was_open(tmp_path: Path) -> None:
    writer = SessionWriter(ID, folder=tmp_path)
    writer.task = 1
    writer.emit(events.TaskStarted(text="go"))
    waiting = events.QueuedMessage(client_id="q", text="and then this")
    writer.emit(events.QueueChanged(waiting=(waiting,)))
    writer.emit(events.FeedbackAsked(request_id="f", question="Which?", options=("a", "b")))
    session = read_session(writer.close())
    assert session.task_open
    assert session.waiting == ("and then this",)
    assert session.question is not None and session.question.options == ("a", "b")
    assert session.last_seq == writer.seq


def test_an_undone_task_is_not_part_of_the_branch_that_goes_on(tmp_path: Path) -> None:
    writer = SessionWriter(ID, folder=tmp_path)
    writer.exchange("one", "1")
    writer.exchange("two", "2")
    writer.emit(events.TaskSwitched(direction="undo", to_task=1, restored=()))
    writer.exchange("three", "3")
    tree = read_session(writer.close()).task_tree
    assert tree.parents == {1: 0, 2: 1, 3: 1}
    assert tree.hidden() == {2}
    assert [task.summary for task in tree.tasks] == ["one", "two", "three"]


def test_pretended_costs_do_not_mix_with_real_ones(tmp_path: Path) -> None:
    writer = SessionWriter(ID, folder=tmp_path, simulated=True)
    writer.usage("0.5", simulated=True)
    writer.emit(events.ModelChanged(model="m-2", simulated=False))
    writer.usage("0.02")
    session = read_session(writer.close())
    assert (session.cost, session.requests) == (Decimal("0.02"), 1)


def test_a_file_without_a_single_event_still_has_a_time_and_an_id(tmp_path: Path) -> None:
    path = tmp_path / "2026-05-22-09-30-05-01234567.jsonl"
    path.write_bytes(b"\0" * 300)
    session = read_session(path)
    assert session.id == "01234567"
    assert session.created_at.replace(tzinfo=None) == START.replace(tzinfo=None)
    assert session.problems == (f"{path.name}: the last line was cut off and is left out.",)
