"""`clacky trash`: what was deleted, listed, brought back and deleted for good."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clacky_tui.trash.store import ProjectTrash


def run(*arguments: str, cwd: Path, answer: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clacky_tui", "trash", *arguments],
        cwd=cwd, input=answer, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two deleted files, `a` before `b`; another project with one."""
    folders = [tmp_path / "project", tmp_path / "another"]
    for folder, names in zip(folders, (("a", "src/b"), ("c",)), strict=True):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
            ProjectTrash(folder).discard(folder / name, "rm")
    return folders[0]


def test_list_and_restore_here(project: Path) -> None:
    listed = run("list", cwd=project)
    first, second = listed.stdout.splitlines()
    assert first.split()[0] == "1"
    assert f"{project}/src/b  (rm)" in first
    assert f"{project}/a  (rm)" in second
    restored = run("restore", "2", cwd=project)
    assert restored.stdout == f"Restored {project}/a\n"
    assert (project / "a").read_text() == "a"
    again = run("restore", "a", cwd=project)
    assert again.returncode == 1
    assert "a is not in the trash." in again.stderr
    assert json.loads(run("restore", "src", "--json", cwd=project).stdout) == {
        "restored": [f"{project}/src/b"],
        "failures": [],
    }
    assert run("list", cwd=project).stdout == ""


def test_an_occupied_place_fails(project: Path) -> None:
    (project / "a").write_text("other")
    done = run("restore", "a", cwd=project)
    assert done.returncode == 1
    assert "exists" in done.stderr
    assert (project / "a").read_text() == "other"


def test_all_projects_as_json(project: Path, tmp_path: Path) -> None:
    rows = json.loads(run("list", "--all", "--json", cwd=tmp_path).stdout)
    assert sorted(Path(row["path"]).name for row in rows) == ["a", "b", "c"]
    assert {row["kind"] for row in rows} == {"deleted"}
    summaries = json.loads(run("status", "--all", "--json", cwd=tmp_path).stdout)
    assert sorted((Path(s["project"]).name, s["count"]) for s in summaries) == [
        ("another", 1),
        ("project", 2),
    ]
    total = run("status", "--all", cwd=tmp_path).stdout.splitlines()[-1]
    assert total == "Total: 3 items, 7 bytes"


def test_deleting_for_good_asks_first(project: Path) -> None:
    refused = run("delete", "a", cwd=project, answer="n\n")
    assert refused.returncode == 130
    assert "for good?" in refused.stderr
    assert run("delete", "a", "--yes", cwd=project).stdout == "Deleted for good: 1 item, 1 byte\n"
    assert run("empty", "--older-than", "1", "--yes", cwd=project).stdout.endswith("0 bytes\n")
    emptied = run("empty", "--all", cwd=project, answer="y\n")
    assert emptied.stdout == "Deleted for good: 2 items, 6 bytes\n"
    assert "empty" in run("list", cwd=project).stderr


def test_the_project_can_be_named(project: Path, tmp_path: Path) -> None:
    listed = run("status", "--project", str(project), "--json", cwd=tmp_path)
    [summary] = json.loads(listed.stdout)
    assert (summary["project"], summary["count"], summary["orphaned"]) == (str(project), 2, False)


def test_a_trash_that_cannot_be_listed_is_said_and_not_called_empty(
    tmp_path: Path, clacky_home: Path
) -> None:
    clacky_home.mkdir()
    (clacky_home / "trash").write_text("in the way")
    for arguments in (["list"], ["list", "--all"], ["status", "--all"]):
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert "cannot be read: Not a directory." in done.stderr
        assert "empty" not in done.stderr
        assert "Traceback" not in done.stderr
