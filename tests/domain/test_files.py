"""Writes that survive a kill, and appends that never interleave."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from clacky_tui.files import append_line, make_private_dir, write_atomic


def test_write_keeps_the_mode_of_the_file_it_replaces(tmp_path: Path) -> None:
    file = tmp_path / "script.sh"
    file.write_text("old")
    file.chmod(0o750)
    write_atomic(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o750


def test_write_goes_through_a_symlink_and_leaves_it_in_place(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").touch()
    with pytest.raises(OSError, match="folder"):
        write_atomic(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_being_written_has_no_name_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a kill on a slow disk leaves nothing beside it."""
    target, seen = tmp_path / "target", []
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda fd: seen.extend(tmp_path.iterdir()))
    write_atomic(target, b"new")
    assert seen == [target]
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("missing", ["O_TMPFILE", "link"])
def test_a_system_without_nameless_files_writes_too(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    if missing == "link":
        monkeypatch.setattr(os, "link", lambda *_, **__: Path("/none").stat())
    else:
        monkeypatch.delattr(os, missing)
    write_atomic(target, b"new", mode=0o640)
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_private_folders_are_readable_by_the_owner_only(tmp_path: Path) -> None:
    folder = make_private_dir(tmp_path / "a" / "b")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_an_append_after_a_torn_line_starts_a_new_one(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(b'{"whole":1}\n{"torn":')
    append_line(file, b'{"next":2}', sync=True)
    assert file.read_bytes().splitlines() == [b'{"whole":1}', b'{"torn":', b'{"next":2}']


def test_new_append_files_are_private(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "ledger.jsonl"
    append_line(file, b"{}")
    assert file.stat().st_mode & 0o777 == 0o600


def _append_many(path: str, mark: str) -> None:
    for number in range(200):
        append_line(Path(path), f"{mark}{number}".encode() * 20)


def test_lines_of_parallel_writers_stay_whole(tmp_path: Path) -> None:
    file = tmp_path / "shared.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(str(file), mark)) for mark in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    expected = {f"{mark}{n}".encode() * 20 for mark in "abc" for n in range(200)}
    lines = file.read_bytes().splitlines()
    assert len(lines) == 600
    assert set(lines) == expected
    assert file.stat().st_size == sum(len(line) + 1 for line in expected)
