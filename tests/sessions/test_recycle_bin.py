"""Deleting sessions, and taking that back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.stored_sessions import START, SessionWriter, stored

from clacky_tui import paths
from clacky_tui.errors import SessionError
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.sessions.openclacky import import_session
from clacky_tui.sessions.recycle_bin import delete, deleted, purge, purge_old, restore
from clacky_tui.sessions.retention import surplus_of, tidy
from clacky_tui.sessions.store import list_sessions, set_pinned

A = "aaaaaaaaaaaaaaaa"
OPENCLACKY = Path(__file__).with_name("openclacky")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_deleted_session_comes_back_as_it_was() -> None:
    path = stored(A, name="Mine")
    path.with_name(f"{path.stem}-chunk-1.md").write_text("archive")
    before = files(path.parent)
    delete(list_sessions()[0])
    assert files(path.parent) == {} and list_sessions() == ()
    (item,) = deleted()
    assert (item.id, item.name, item.tasks, item.working_dir) == (A, "Mine", 1, "/src/shop")
    assert item.deleted_at.tzinfo is not None
    assert restore(item) == path
    assert files(path.parent) == before
    assert deleted() == () and list(paths.sessions_bin_dir().iterdir()) == []


def test_a_session_is_not_restored_over_one_that_is_there() -> None:
    path = stored(A, ("first", "x"))
    delete(list_sessions()[0])
    stored(A, ("second", "y"))
    (item,) = deleted()
    with pytest.raises(SessionError, match="stays in the bin"):
        restore(item)
    assert b"second" in path.read_bytes() and b"first" in item.path.read_bytes()


def test_the_same_session_may_be_in_the_bin_twice() -> None:
    for text in ("apples", "plums"):
        stored(A, (text, "x"))
        delete(list_sessions()[0])
    contents = {b"apples" in item.path.read_bytes() for item in deleted()}
    assert contents == {True, False}


def test_an_open_session_is_not_deleted() -> None:
    path = stored(A)
    with SessionLock(path) as lock:
        assert lock.acquire()
        with pytest.raises(SessionError, match="is open"):
            delete(list_sessions()[0])
    assert path.exists()
    delete(list_sessions()[0])
    assert not path.exists()


def test_a_deletion_cut_short_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(A)
    path.with_name(f"{path.stem}-chunk-1.md").write_text("archive")
    moved = shutil.move

    def failing(source: Path, target: Path) -> object:
        if source.suffix == ".jsonl":
            raise OSError("the power went out")
        return moved(source, target)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="power"):
        patch.setattr(shutil, "move", failing)
        delete(list_sessions()[0])
    assert [row.id for row in list_sessions()] == [A] and deleted() == ()
    delete(list_sessions()[0])
    (item,) = deleted()
    assert sorted(path.name for path in item.path.parent.iterdir()) == [
        f"{path.stem}-chunk-1.md",
        f"{path.stem}.jsonl",
        "deleted.info",
    ]


def test_an_imported_session_goes_with_its_original() -> None:
    shutil.copytree(OPENCLACKY, paths.sessions_dir())
    import_session(next(paths.sessions_dir().glob("*.json")))
    before = files(paths.sessions_dir())
    delete(list_sessions()[0])
    assert list_sessions() == ()
    restore(deleted()[0])
    assert files(paths.sessions_dir()) == before


def test_purging_removes_the_snapshots_too() -> None:
    stored(A)
    snapshots = paths.snapshots_dir() / A
    snapshots.mkdir(parents=True)
    delete(list_sessions()[0])
    assert snapshots.is_dir(), "a session in the bin can still be restored whole"
    purge(deleted()[0])
    assert not snapshots.exists() and deleted() == ()
    assert list(paths.sessions_bin_dir().iterdir()) == []


def test_a_forged_id_deletes_nothing_else(clacky_home: Path) -> None:
    stored(A)
    delete(list_sessions()[0])
    note = deleted()[0].path.with_name("deleted.info")
    note.write_text(json.dumps({"id": "../billing"}))
    (clacky_home / "billing").mkdir()
    purge(deleted()[0])
    assert (clacky_home / "billing").is_dir()


def test_what_openclacky_deleted_is_listed_and_comes_back_unmarked() -> None:
    top = paths.sessions_bin_dir()
    shutil.copytree(OPENCLACKY, top)
    document = next(top.glob("*.json"))
    fields = json.loads(document.read_text())
    document.write_text(json.dumps(fields | {"deleted_at": "2026-04-01T10:00:00+08:00"}))
    (item,) = deleted()
    assert (item.id, item.name, item.tasks) == ("a1b2c3d4e5f60718", "Parser 重写", 4)
    assert item.deleted_at == datetime.fromisoformat("2026-04-01T10:00:00+08:00")
    path = restore(item)
    assert json.loads(path.read_text()) == fields
    assert len(list(path.parent.glob("*-chunk-*.md"))) == 2


def test_old_deletions_are_purged_by_themselves() -> None:
    stored(A)
    delete(list_sessions()[0])
    (item,) = deleted()
    assert purge_old(item.deleted_at + timedelta(days=30)) == 0
    assert purge_old(item.deleted_at + timedelta(days=30, seconds=1)) == 1
    assert deleted() == ()


def test_the_newest_stay_and_pinned_ones_always() -> None:
    for number in range(6):
        stored(f"{number:08x}{0:08x}", at=START + timedelta(hours=number))
    set_pinned(list_sessions()[-1], True)
    with SessionLock(list_sessions()[-2].path) as lock:
        assert lock.acquire()
        moved = tidy(START, max_sessions=3)
    assert [row.short_id for row in moved] == ["00000002"]
    kept = ["00000005", "00000004", "00000003", "00000001", "00000000"]
    assert [row.short_id for row in list_sessions()] == kept
    assert [item.short_id for item in deleted()] == ["00000002"]


def test_sessions_of_openclacky_and_broken_ones_are_never_surplus() -> None:
    shutil.copytree(OPENCLACKY, paths.sessions_dir())
    paths.sessions_dir().joinpath("2026-01-01-00-00-00-cccccccc.jsonl").write_text("?")
    assert surplus_of(list_sessions(), 0) == []
    assert surplus_of(list_sessions(), None) == []


def test_a_killed_process_leaves_no_lock() -> None:
    path = stored(A)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from clacky_tui.sessions.lock import SessionLock\n"
        "lock = SessionLock(Path(sys.argv[1]))\n"
        "print(lock.acquire(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "True\n"
        assert not SessionLock(path).acquire()
        holder.kill()
        holder.wait(timeout=30)
    with SessionLock(path) as lock:
        assert lock.acquire()


def test_a_lock_ends_with_its_holder_and_follows_a_rename(tmp_path: Path) -> None:
    writer = SessionWriter(A, folder=tmp_path)
    path = writer.close()
    first, second = SessionLock(path), SessionLock(path)
    assert first.acquire() and first.acquire() and not second.acquire()
    renamed = path.rename(tmp_path / "other.jsonl")
    assert not SessionLock(renamed).acquire()
    first.release()
    with SessionLock(renamed) as third:
        assert third.acquire()
    with pytest.raises(FileNotFoundError):
        second.acquire()


def test_a_session_is_not_restored_beside_one_with_its_id() -> None:
    stored(A)
    delete(list_sessions()[0])
    stored(A, at=START + timedelta(days=1))
    with pytest.raises(SessionError, match="stays in the bin"):
        restore(deleted()[0])
