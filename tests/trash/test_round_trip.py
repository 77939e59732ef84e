"""Whatever tree is deleted in a shell comes back the same, to the byte and the mode."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.trash import run_guarded, snapshot

from clacky_tui.trash import trees
from clacky_tui.trash.store import ProjectTrash

NAMES = st.binary(min_size=1, max_size=12).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..", b".git")
)
FILES = st.tuples(st.just("file"), st.binary(max_size=200), st.integers(0, 0o7777))
LINKS = st.tuples(st.just("link"), NAMES, st.just(0))
TREES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(FILES, LINKS),
    lambda inner: st.tuples(
        st.just("folder"), st.dictionaries(NAMES, inner, max_size=4), st.integers(0, 0o7777)
    ),
    max_leaves=12,
)
MODES_FOR_ALL = 0o700 if os.geteuid() else 0
"""Only root may rename a folder it cannot write; others keep these rights."""


def build(path: Path, tree: tuple[str, Any, int]) -> None:
    kind, content, mode = tree
    if kind == "link":
        path.symlink_to(os.fsdecode(content))
        return
    if kind == "file":
        path.write_bytes(content)
    else:
        path.mkdir()
        for name, inner in content.items():
            build(path / os.fsdecode(name), inner)
    path.chmod(mode | MODES_FOR_ALL)
    os.utime(path, ns=(10**18 + mode, 10**18 + mode * 7))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4))
def test_deleted_and_restored_is_the_same(tops: dict[bytes, tuple[str, Any, int]]) -> None:
    with tempfile.TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLACKY_HOME", f"{temporary}/home")
        project = Path(temporary, "project")
        project.mkdir()
        for name, tree in tops.items():
            build(project / os.fsdecode(name), tree)
        before = snapshot(project)
        done = run_guarded("find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +", project)
        assert (done.returncode, done.stderr) == (0, "")
        assert list(project.iterdir()) == []
        trash = ProjectTrash(project)
        for item in trash.contents().items:
            trash.restore(item)
        assert snapshot(project) == before
        trees.remove(project)


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_a_copy_is_the_same(tree: tuple[str, Any, int]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        first, second = Path(temporary, "first"), Path(temporary, "second")
        first.mkdir()
        second.mkdir()
        build(first / "top", tree)
        trees.copy(first / "top", second / "top")
        assert snapshot(second) == snapshot(first)
        assert trees.size_bytes(second) == trees.size_bytes(first)
        trees.remove(second)
        assert not second.exists()
