"""The list and the search: always what the files say, and nothing is lost with the index."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.stored_sessions import SessionWriter, stored

from clacky_tui import events, paths
from clacky_tui.sessions import index as index_module
from clacky_tui.sessions.index import SessionIndex
from clacky_tui.sessions.records import read_lines
from clacky_tui.sessions.search import search, search_terms
from clacky_tui.sessions.store import list_sessions, search_sessions

A, B = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"


def database() -> Path:
    return paths.cache_dir() / "sessions.sqlite3"


def found(query: str) -> list[str]:
    return [hit.row.id for hit in search_sessions(query)]


def test_branches_are_counted_also_when_a_session_grows() -> None:
    writer = SessionWriter(A)
    writer.exchange("one", "1")
    writer.exchange("two", "2")
    assert list_sessions()[0].branches == 1
    writer.emit(events.TaskSwitched(direction="undo", to_task=1, restored=()))
    assert list_sessions()[0].branches == 1, "going back is no branch yet"
    writer.exchange("three", "3")
    assert list_sessions()[0].branches == 2
    writer.emit(events.TaskSwitched(direction="branch", to_task=2, restored=()))
    writer.exchange("four", "4")
    assert list_sessions()[0].branches == 2, "it goes on from an end"
    writer.emit(events.TaskSwitched(direction="undo", to_task=0, restored=(), restore="files"))
    writer.exchange("five", "5")
    assert list_sessions()[0].branches == 2, "only the files went back"
    writer.emit(events.TaskSwitched(direction="undo", to_task=0, restored=()))
    writer.exchange("six", "6")
    writer.close()
    assert list_sessions()[0].branches == 3


def test_a_row_says_what_the_session_holds() -> None:
    path = stored(A, ("hello", "hi"), ("more", "sure"), name="First", working_dir="/src/x")
    path.with_name(f"{path.stem}-chunk-1.md").write_text("0123456789")
    (row,) = list_sessions()
    assert (row.id, row.name, row.working_dir, row.model) == (A, "First", "/src/x", "m-1")
    assert (row.tasks, row.cost, row.requests, row.unpriced) == (2, Decimal("0.02"), 2, 0)
    assert row.size_bytes == path.stat().st_size + 10
    assert (row.pinned, row.simulated, row.source, row.broken) == (False, False, "manual", "")
    assert database().stat().st_mode & 0o777 == 0o600


def test_a_session_with_no_known_price_has_no_cost() -> None:
    writer = SessionWriter(A)
    writer.exchange("hello", "hi", cost=None)
    writer.close()
    (row,) = list_sessions()
    assert (row.cost, row.unpriced) == (None, 1)


def test_a_grown_session_is_read_on_from_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SessionWriter(A)
    writer.exchange("hello", "hi")
    assert [row.tasks for row in list_sessions()] == [1]
    indexed_to = writer.path.stat().st_size
    starts: list[int] = []

    def watched(file: object, start: int = 0) -> object:
        starts.append(start)
        return read_lines(file, start)  # type: ignore[arg-type]

    monkeypatch.setattr(index_module, "read_lines", watched)
    writer.exchange("问题 two", "later")
    (row,) = list_sessions()
    assert (row.tasks, row.cost, starts) == (2, Decimal("0.02"), [indexed_to])
    assert found("问题 two") == [A] and len(search_sessions("hello")) == 1
    assert list_sessions() and starts == [indexed_to], "nothing changed, so nothing is read"


def test_a_line_half_written_is_taken_in_once_it_is_whole() -> None:
    path = stored(A)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert [row.requests for row in list_sessions()] == [1]
    path.write_bytes(whole)
    (row,) = list_sessions()
    assert row.updated_at.second == row.created_at.second + 4


def test_a_file_written_anew_is_read_anew() -> None:
    path = stored(A, ("old words", "hi"), ("x" * 500, "y"))
    list_sessions()
    content = path.read_bytes().replace(b"old words", b"new words!")
    path.write_bytes(content + content.splitlines(keepends=True)[-1])
    assert (found("old words"), found("new words")) == ([], [A])


def test_a_deleted_session_is_gone_from_list_and_search() -> None:
    path, _ = stored(A, ("apples", "x")), stored(B, ("apples too", "x"))
    assert len(found("apples")) == 2
    path.unlink()
    assert (found("apples"), [row.id for row in list_sessions()]) == ([B], [B])


def test_one_bad_file_never_hides_the_others() -> None:
    good = stored(A)
    folder = good.parent
    folder.joinpath("2026-01-01-00-00-00-cccccccc.jsonl").write_bytes(b"\0\xff" * 100)
    folder.joinpath("2026-01-01-00-00-00-dddddddd.jsonl").touch()
    folder.joinpath("2026-01-01-00-00-00-eeeeeeee.json").write_text("{")
    folder.joinpath("2026-01-01-00-00-00-abababab.jsonl").mkdir()
    folder.joinpath("2026-01-01-00-00-00-cdcdcdcd.jsonl").symlink_to("nowhere")
    shutil.copy(good, folder / os.fsdecode(b"2026-01-01-00-00-00-\xff\xfe.jsonl"))
    folder.joinpath("notes.txt").write_text("not a session")
    rows = {row.path.name: row for row in list_sessions()}
    assert rows.pop(good.name).broken == ""
    assert rows.pop(os.fsdecode(b"2026-01-01-00-00-00-\xff\xfe.jsonl")).broken == ""
    assert all(row.broken and row.cost is None for row in rows.values())
    assert {row.id for row in rows.values()} == {"cccccccc", "dddddddd", "eeeeeeee", "abababab"}


@pytest.mark.parametrize("damage", ["junk", "page", "tables", "deleted", "version"])
def test_a_damaged_index_is_rebuilt(damage: str) -> None:
    stored(A, ("hello", "hi"))
    assert found("hello") == [A]
    match damage:
        case "junk":
            database().write_bytes(b"no database at all" * 500)
        case "page":
            with sqlite3.connect(database()) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            content = bytearray(database().read_bytes())
            content[4096:] = os.urandom(len(content) - 4096)
            database().write_bytes(content)
        case "tables":
            with sqlite3.connect(database()) as db:
                db.execute("DROP TABLE said")
        case "deleted":
            database().unlink()
        case "version":
            with sqlite3.connect(database()) as db:
                db.execute("PRAGMA user_version = 999")
    stored(B, ("hello again", "hi"))
    assert sorted(row.id for row in list_sessions()) == [A, B]
    assert sorted(found("hello")) == [A, B]


def test_without_a_place_for_the_index_it_is_kept_in_memory(clacky_home: Path) -> None:
    stored(A, ("hello", "hi"))
    (clacky_home / "cache").write_text("a file where the folder should be")
    assert [row.id for row in list_sessions()] == [A]
    assert found("hello") == [A]


def test_processes_that_build_the_index_at_once_agree() -> None:
    for number in range(120):
        stored(f"{number:08x}" * 2, (f"question {number}", "answer"))
    code = (
        "from clacky_tui.sessions.store import search_sessions\n"
        "hits = search_sessions('question', 1000)\n"
        "print(len(hits), sum(hit.matches for hit in hits))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0] for process in started] == ["120 120\n"] * 3


def test_every_word_has_to_occur_somewhere_in_the_session() -> None:
    stored(A, ("apples and pears", "Plums"), ("later", "cherries"), name="Fruit")
    stored(B, ("apples", "nothing else"))
    assert found("APPLES cherries") == [A]
    assert found("fruit plums") == [A]
    assert found('"and pears"') == [A] and found('"pears and"') == []
    assert found("") == found('"') == found("   ") == []


@pytest.mark.parametrize(
    "query", ["世", "世界", "世界和平", "和平的猫", "é", "%", "_x", '""a"b', "*"]
)
def test_short_words_any_script_and_signs_are_found_as_they_are(query: str) -> None:
    stored(A, (f'vor {query} nach, 你好世界和平的猫 é % _x ""a"b *', "x"))
    stored(B, ("nothing of the kind", "y"))
    assert found(query) == [A]


@given(st.text(max_size=12))
def test_no_query_is_an_error(query: str) -> None:
    search_sessions(query)
    assert all(search_terms(query))


def test_the_snippet_is_one_line_around_the_newest_place() -> None:
    stored(A, ("needle first", "x"), ("a\n" * 90 + "the Needle\tis here" + " b" * 90, "x"))
    (hit,) = search_sessions("needle")
    assert (hit.matches, hit.role) == (2, "user")
    assert hit.snippet[hit.match_start : hit.match_end] == "Needle"
    assert hit.snippet.startswith("…") and hit.snippet.endswith("…") and "\n" not in hit.snippet
    with hit.row.path.open("rb") as file:
        file.seek(hit.byte)
        assert b'"task.started"' in file.readline()


def test_words_with_what_no_text_may_hold_are_indexed() -> None:
    writer = SessionWriter(A)
    writer.emit(events.TextDone(text="nul \0 and more"))
    path = writer.close()
    line = path.read_bytes().splitlines()[-1].replace(b"more", rb"\udcff lone")
    path.write_bytes(path.read_bytes() + line + b"\n")
    assert found("lone") == found("and more") == [A]


def test_a_search_without_trigrams_reads_all_text(monkeypatch: pytest.MonkeyPatch) -> None:
    stored(A, ("Hello there", "hi"))
    with SessionIndex() as index:
        index.rows()
        for name in ("said_added", "said_removed"):
            index.ask(lambda db, name=name: db.execute(f"DROP TRIGGER {name}"))
        assert [hit.row.id for hit in search(index, "hello")] == [A]
