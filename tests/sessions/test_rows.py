"""Which session a person means."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.stored_sessions import START, stored

from clacky_tui.errors import SessionError
from clacky_tui.sessions.rows import SessionRow, attached, directory_first, find, latest_in
from clacky_tui.sessions.store import list_sessions

HERE, THERE = Path("/src/here"), Path("/src/there")
IDS = ("aaaa000000000000", "aaab000000000000", "cccc000000000000", "dddd000000000000")


@pytest.fixture
def rows() -> tuple[SessionRow, ...]:
    """Newest first: d there, c here, aaab there, aaaa here."""
    folders = (HERE, THERE, HERE, THERE)
    for hours, (session_id, folder) in enumerate(zip(IDS, folders, strict=True)):
        name = f"Session {'ABCD'[hours]} 解析"
        at = START + timedelta(hours=hours)
        stored(session_id, name=name, working_dir=str(folder), at=at)
    return list_sessions()


def test_the_directory_s_own_come_first_and_newest_first(rows: tuple[SessionRow, ...]) -> None:
    ordered = [row.id[:4] for row in directory_first(rows, HERE)]
    assert ordered == ["cccc", "aaaa", "dddd", "aaab"]


def test_to_continue_never_picks_another_directory(rows: tuple[SessionRow, ...]) -> None:
    latest = latest_in(rows, HERE)
    assert latest is not None and latest.id == IDS[2]
    assert latest_in(rows, Path("/work")) is None
    assert latest_in(rows, HERE / "sub") is None


def test_a_directory_reached_by_a_link_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    stored(IDS[0], working_dir=str(tmp_path / "real"))
    assert latest_in(list_sessions(), tmp_path / "link") is not None


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        *(("1", "cccc"), ("2", "aaaa"), ("4", "aaab")),
        *(("aaaa", "aaaa"), ("AAAB0", "aaab"), (IDS[3], "dddd")),
        *(("session b", "aaab"), ("C 解", "cccc")),
    ],
)
def test_a_number_an_id_or_part_of_a_name_attaches(
    rows: tuple[SessionRow, ...], wanted: str, chosen: str
) -> None:
    row = attached(rows, wanted, HERE)
    assert row is not None and row.id.startswith(chosen)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("0", "no session number 0.*1 to 4"),
        ("5", "no session number 5"),
        ("100", "No session has an id beginning with '100'"),
        ("zzz", "No session has"),
        ("aaa", r"(?s)2 sessions fit 'aaa'.*1\. \[aaab0.*2\. \[aaaa0.*Give more"),
        ("解析", "4 sessions fit"),
        ("", "No session has"),
    ],
)
def test_none_or_several_is_an_error_with_a_next_step(
    rows: tuple[SessionRow, ...], wanted: str, message: str
) -> None:
    with pytest.raises(SessionError, match=message):
        attached(rows, wanted, HERE)


def test_without_any_session_there_is_nothing_to_attach() -> None:
    assert attached((), "1", HERE) is None
    assert attached((), "abc", HERE) is None


def test_a_broken_session_can_be_named_but_not_attached(rows: tuple[SessionRow, ...]) -> None:
    rows[0].path.with_name("2026-01-01-00-00-00-eeeeeeee.jsonl").write_text("?")
    listed = list_sessions()
    assert find(listed, "eeee").broken
    with pytest.raises(SessionError):
        attached(listed, "eeee", HERE)
