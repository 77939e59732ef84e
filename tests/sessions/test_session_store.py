"""Names, pins and copies of stored sessions."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from support.stored_sessions import SessionWriter, stored

from clacky_tui import events, paths
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.errors import SessionError
from clacky_tui.sessions import store
from clacky_tui.sessions.backwards import read_events_backwards
from clacky_tui.sessions.reader import read_session
from clacky_tui.sessions.records import event_of, journal_records
from clacky_tui.sessions.store import list_sessions

A = "aaaaaaaaaaaaaaaa"
OPENCLACKY = Path(__file__).with_name("openclacky")


def test_a_session_is_renamed_and_pinned_without_getting_younger() -> None:
    stored(A, name="First")
    (before,) = list_sessions()
    store.rename(before, "  Second \n name ")
    store.set_pinned(before, True)
    (after,) = list_sessions()
    assert (after.name, after.pinned) == ("Second name", True)
    assert after.updated_at == before.updated_at
    store.set_pinned(after, False)
    assert [row.pinned for row in list_sessions()] == [False]


def test_an_empty_name_is_refused() -> None:
    stored(A, name="First")
    with pytest.raises(SessionError, match="empty"):
        store.rename(list_sessions()[0], " \n ")
    assert list_sessions()[0].name == "First"


def test_changing_a_session_of_openclacky_imports_it_and_leaves_the_original() -> None:
    shutil.copytree(OPENCLACKY, paths.sessions_dir())
    (document,) = paths.sessions_dir().glob("*.json")
    before = document.read_bytes()
    store.rename(list_sessions()[0], "Mine now")
    (row,) = list_sessions()
    assert (row.name, row.format, document.read_bytes()) == ("Mine now", "journal", before)


def test_a_broken_session_cannot_be_changed() -> None:
    paths.sessions_dir().mkdir(parents=True)
    paths.sessions_dir().joinpath("2026-01-01-00-00-00-eeeeeeee.jsonl").write_text("?")
    with pytest.raises(SessionError, match="cannot be used"):
        store.set_pinned(list_sessions()[0], True)


def test_a_copy_says_the_same_costs_nothing_and_knows_no_undone_task() -> None:
    writer = SessionWriter(A)
    base = writer.path.stem
    writer.journal.record_prompt("Be brief.")
    writer.exchange("one", "1")
    writer.exchange("wrong way", "2")
    writer.emit(events.TaskSwitched(direction="undo", to_task=1, restored=()))
    summary = f"see {writer.path.with_name(base)}-chunk-1.md"
    kept = read_session(writer.path).messages
    writer.journal.record_replacement([Message("user", summary, Origin.NOTICE), *kept])
    writer.exchange("three", "3")
    path = writer.close()
    path.with_name(f"{base}-chunk-1.md").write_text("archive")
    before = path.read_bytes()

    copy = store.fork(list_sessions()[0])

    assert path.read_bytes() == before
    original, forked = read_session(path), read_session(copy)
    assert forked.id != original.id and copy.stem.endswith(forked.id[:8])
    assert forked.name == "Unnamed session (copy)" and not forked.pinned
    assert forked.created_at > original.updated_at
    ended = [r["event"] for r in journal_records(copy) if event_of(r).get("kind") == "task.ended"]
    assert [event["cost"] for event in ended] == ["0.01", "0.01"], "what its tasks had cost is told"
    texts = [message.text for message in forked.messages]
    assert texts == [f"see {copy.with_suffix('')}-chunk-1.md", "one", "1", "three", "3"]
    assert forked.system_prompt == "Be brief."
    assert (forked.cost, forked.requests, original.cost) == (Decimal(0), 0, Decimal("0.03"))
    assert copy.with_name(f"{copy.stem}-chunk-1.md").read_text() == "archive"
    page = read_events_backwards(copy, None, 1000)
    assert [envelope.seq for envelope in page.events] == list(range(1, len(page.events) + 1))
    assert {envelope.session_id for envelope in page.events} == {forked.id}
    assert [row.id for row in list_sessions()] == [forked.id, original.id]
