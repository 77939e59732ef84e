"""OpenClacky's sessions: read, listed once, imported whole."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from clacky_tui import paths
from clacky_tui.domain.messages import ImagePart, TextPart, ToolCall
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import SessionError
from clacky_tui.events import ENVELOPE
from clacky_tui.sessions.backwards import read_events_backwards
from clacky_tui.sessions.openclacky import import_session, openclacky_records
from clacky_tui.sessions.reader import read_session
from clacky_tui.sessions.store import list_sessions, search_sessions

FIXTURE = Path(__file__).with_name("openclacky")
NAME = "2026-03-01-10-20-30-a1b2c3d4"


@pytest.fixture
def document() -> Path:
    """The session in the user's own folder."""
    shutil.copytree(FIXTURE, paths.sessions_dir())
    return paths.sessions_dir() / f"{NAME}.json"


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_messages_come_with_blocks_calls_results_pictures_and_reasoning(document: Path) -> None:
    messages = read_session(document).messages
    assert [(m.role, m.origin.value) for m in messages] == [
        ("user", "session_context"),
        ("user", "notice"),
        ("user", "user"),
        ("assistant", "model"),
        ("tool", "tool"),
        ("tool", "tool"),
        ("user", "notice"),
        ("assistant", "model"),
        ("tool", "tool"),
        ("assistant", "model"),
    ]
    picture, looked, _, _, _, edited, result, last = messages[2:]
    assert picture.content == (
        TextPart("What is wrong in this picture?"),
        ImagePart("image/png", "aGVsbG8="),
        TextPart("[image: https://example.invalid/a.png]"),
    )
    assert picture.created_at is not None and picture.created_at.timestamp() == 1772334000.5
    assert looked.reasoning == "A picture of a stack trace."
    assert looked.tool_calls == (
        ToolCall("call_1", "file_reader", '{"path": "parser.py"}'),
        ToolCall("call_2", "grep", '{"pattern": "def parse"}'),
    )
    assert (edited.reasoning, edited.reasoning_signature) == ("Read it again.", "sig-1")
    assert edited.text == "The parser never advances."
    assert [call.id for call in edited.tool_calls] == ["tu_1"]
    assert (result.tool_call_id, result.text, result.task_id) == ("tu_1", "edited", 4)
    assert last.text == "Fixed before the crash."


def test_the_rest_of_the_state_comes_too(document: Path) -> None:
    session = read_session(document)
    assert (session.id, session.name, session.pinned) == ("a1b2c3d4e5f60718", "Parser 重写", True)
    assert (session.source, session.model) == ("setup", "claude-sonnet-4-5")
    assert session.reasoning_level == "high"
    assert [todo.status for todo in session.todos.items] == ["completed", "pending"]
    assert session.task_tree.parents == {1: 0, 2: 1, 3: 1, 4: 3}
    assert (session.task_tree.newest, session.task_tree.active) == (4, 4)
    assert (session.cost, session.requests, session.unpriced) == (Decimal("0.1234"), 9, 0)
    assert session.usage == Usage(1000, 5000, 700, 0, 400, 0)
    assert session.tasks == 4
    assert session.updated_at - session.created_at == timedelta(hours=1, minutes=24, seconds=30)
    assert session.system_prompt == "", "the prompt of another program is not ours to freeze"


def test_every_event_told_is_a_valid_one_and_archived_rounds_come_first(document: Path) -> None:
    records = [r for r in openclacky_records(document) if r["type"] == "event"]
    envelopes = [ENVELOPE.validate_python(record) for record in records]
    assert [envelope.seq for envelope in envelopes] == list(range(1, len(envelopes) + 1))
    asked = [r["event"]["text"] for r in records if r["event"]["kind"] == "task.started"]
    assert asked[:2] == ["Design a grammar for 算术表达式 please.", "Now the lexer."]
    assert len(asked) == 3
    outputs = [r["event"]["output"] for r in records if r["event"]["kind"] == "tool.finished"]
    assert outputs[:2] == ["## User\nthis heading is inside a result", "grammar.md"]
    proposed = [r["event"] for r in records if r["event"]["kind"] == "tool.proposed"]
    assert [(event["name"], event["subject"]) for event in proposed[:4]] == [
        ("write", "grammar.md"),
        ("terminal", "ls"),
        ("file_reader", ""),
        ("grep", ""),
    ]
    assert proposed[0]["arguments"]["content"] == "a; b | c"
    kinds = [envelope.event.kind for envelope in envelopes]
    assert kinds.count("task.started") == kinds.count("task.ended")


def test_an_import_beside_the_original_counts_as_one_session(document: Path) -> None:
    before = tree(document.parent)
    (listed,) = list_sessions()
    assert (listed.format, listed.cost, listed.tasks) == ("openclacky", Decimal("0.1234"), 4)
    journal = import_session(document)
    assert journal.name == f"{NAME}.jsonl" and journal.stat().st_mode & 0o777 == 0o600
    assert {k: v for k, v in tree(document.parent).items() if k != journal.name} == before
    (row,) = list_sessions()
    assert (row.path, row.format, row.id) == (journal, "journal", listed.id)
    assert (row.cost, row.tasks, row.pinned) == (listed.cost, listed.tasks, True)
    imported, original = read_session(journal), read_session(document)
    assert imported.messages == original.messages
    assert (imported.todos, imported.usage) == (original.todos, original.usage)
    assert imported.task_tree == original.task_tree
    page = read_events_backwards(journal, None, 1000)
    assert page.set_aside == 0 and page.events[0].event.kind == "session.opened"


def test_a_second_import_says_that_the_session_is_there(document: Path) -> None:
    import_session(document)
    with pytest.raises(SessionError, match=r"here already.*a1b2c3d4"):
        import_session(document)


def test_an_import_from_elsewhere_brings_its_archives_along(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, elsewhere := tmp_path / "backup")
    journal = import_session(elsewhere / f"{NAME}.json")
    names = sorted(path.name for path in paths.sessions_dir().iterdir())
    assert names == [f"{NAME}-chunk-1.md", f"{NAME}-chunk-2.md", f"{NAME}.jsonl"]
    assert journal.parent == paths.sessions_dir()


def test_archived_text_is_found(document: Path) -> None:
    for query in ("算术", "token kinds", "never advances"):
        assert [hit.row.id for hit in search_sessions(query)] == ["a1b2c3d4e5f60718"], query


def test_a_session_without_costs_has_an_unknown_one(document: Path) -> None:
    fields = json.loads(document.read_text())
    del fields["stats"]["total_cost_usd"]
    document.write_text(json.dumps(fields))
    (row,) = list_sessions()
    assert row.cost is None and row.unpriced == 9


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"session_id": "a"}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_broken_document_is_listed_with_its_fault_beside_the_others(
    document: Path, content: bytes
) -> None:
    broken = document.with_name("2026-03-02-00-00-00-ffffffff.json")
    broken.write_bytes(content)
    by_path = {row.path: row for row in list_sessions()}
    assert by_path[document].broken == ""
    assert broken.name in by_path[broken].broken
    with pytest.raises(SessionError):
        read_session(broken)


def test_odd_values_in_a_document_never_stop_it(document: Path) -> None:
    fields = json.loads(document.read_text())
    fields |= {"stats": [], "config": None, "todos": {"a": 1}, "time_machine": 5, "updated_at": 7}
    fields["messages"] += [
        *(None, 5, "text", {}, {"role": "user"}, {"role": "user", "content": 5}),
        {"role": "assistant", "content": None, "tool_calls": [None, {"id": 1}]},
        {"role": "user", "content": [None, {"type": "document"}, "words"], "created_at": 1e300},
    ]
    document.write_text(json.dumps(fields))
    texts = [message.text for message in read_session(document).messages]
    assert "[document]" in texts
