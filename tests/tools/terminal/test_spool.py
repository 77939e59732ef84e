"""Output kept in memory, then in a private file."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.overflow import KEPT_DAYS, overflow_dir
from clacky_tui.tools.terminal.spool import MEMORY_BYTES, OutputSpool


def saved(content: bytes) -> Path:
    spool = OutputSpool()
    spool.append(content)
    file = spool.save()
    assert file is not None
    return file


def test_the_saved_file_is_private_and_whole() -> None:
    file = saved(b"all")
    assert file.read_bytes() == b"all"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_saved_files_older_than_a_week_go() -> None:
    old = saved(b"old")
    before = old.stat().st_mtime - KEPT_DAYS * 24 * 3600 - 10
    os.utime(old, (before, before))
    assert saved(b"new").exists()
    assert not old.exists()


def test_a_folder_that_is_not_ours_is_never_used(temporary_dir: Path) -> None:
    elsewhere = temporary_dir / "elsewhere"
    elsewhere.mkdir()
    overflow_dir().symlink_to(elsewhere)
    spool = OutputSpool()
    spool.append(b"x" * (MEMORY_BYTES + 10) + b"end")
    assert spool.save() is None
    assert list(elsewhere.iterdir()) == []
    assert spool.read(0, spool.size_bytes).endswith(b"end")
    assert len(spool.read(0, spool.size_bytes)) == MEMORY_BYTES


@given(
    steps=st.lists(st.binary(max_size=5) | st.none(), max_size=12),
    start=st.integers(0, 40),
    length=st.integers(0, 40),
)
def test_reading_back_is_slicing(steps: list[bytes | None], start: int, length: int) -> None:
    spool, whole = OutputSpool(), b""
    for step in steps:
        if step is None:
            spool.save()
        else:
            spool.append(step)
            whole += step
    assert spool.size_bytes == len(whole)
    assert spool.read(start, start + length) == whole[start : start + length]
