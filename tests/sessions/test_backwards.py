"""Events from the end of a journal, a page at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.stored_sessions import SessionWriter

from clacky_tui.sessions import backwards
from clacky_tui.sessions.backwards import read_events_backwards


@pytest.fixture
def journal(tmp_path: Path) -> SessionWriter:
    writer = SessionWriter("0123456789abcdef", folder=tmp_path)
    for number in range(20):
        writer.exchange(f"question {number} 问题", "x" * (number * 37))
    return writer


@pytest.mark.parametrize("block_bytes", [1, 7, 100, 4096, 1 << 20])
@pytest.mark.parametrize("count", [1, 7, 1000])
def test_pages_joined_are_all_events_in_order(
    journal: SessionWriter, monkeypatch: pytest.MonkeyPatch, block_bytes: int, count: int
) -> None:
    monkeypatch.setattr(backwards, "BLOCK_BYTES", block_bytes)
    path = journal.close()
    found: list[int] = []
    before: int | None = None
    while before != 0:
        page = read_events_backwards(path, before, count)
        assert len(page.events) <= count and page.set_aside == 0
        found = [envelope.seq for envelope in page.events] + found
        before = page.start
    assert found == list(range(1, journal.seq + 1))


def test_a_torn_end_and_a_damaged_line_are_set_aside(journal: SessionWriter) -> None:
    path = journal.close()
    lines = path.read_bytes().splitlines(keepends=True)
    lines[-3] = b"\xff\xfe not json\n"
    path.write_bytes(b"".join(lines) + b'{"type":"event","v":1,"se')
    page = read_events_backwards(path, None, 1000)
    assert page.set_aside == 2
    assert len(page.events) == journal.seq - 1 and page.start == 0


def test_an_event_of_a_later_version_is_set_aside(journal: SessionWriter) -> None:
    path = journal.close()
    line = path.read_bytes().splitlines()[-1].replace(b'"task.ended"', b'"task.dreamt"')
    path.write_bytes(path.read_bytes() + line + b"\n")
    page = read_events_backwards(path, None, 1)
    assert [envelope.seq for envelope in page.events] == [journal.seq] and page.set_aside == 1


def test_the_end_of_a_long_session_is_read_without_the_rest(
    journal: SessionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = journal.close()
    monkeypatch.setattr(backwards, "BLOCK_BYTES", 256)
    whole = path.read_bytes()
    # What is far from the end is never looked at, so it may be anything.
    path.write_bytes(b"\xff" * (len(whole) // 2) + whole[len(whole) // 2 :])
    page = read_events_backwards(path, None, 3)
    assert len(page.events) == 3 and page.set_aside == 0 and page.start > len(whole) // 2


def test_an_empty_journal_has_no_events(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.touch()
    assert read_events_backwards(path, None, 5) == backwards.EventPage((), 0)
