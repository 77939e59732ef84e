"""A project's trash as files: listing, choosing, restoring, deleting for good, sweeping."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.trash import put

from clacky_tui.paths import trash_dir
from clacky_tui.trash import trees
from clacky_tui.trash.layout import PURGING_SUFFIX, ItemKind, project_folder
from clacky_tui.trash.overview import read_overview, sweep
from clacky_tui.trash.store import ProjectTrash, TrashError


def names(trash: ProjectTrash) -> list[str]:
    return [item.original_path.name for item in trash.contents().items]


def test_the_folder_is_named_by_the_real_path(project: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)
    assert project_folder(tmp_path / "link") == project_folder(project)
    odd = project_folder(Path("/nowhere/a name: with 模型, and far too long"))
    assert odd.name[16:] == "_a_name__with_____and_"


def test_newest_first_and_the_newest_of_a_path_is_restored(
    project: Path, trash: ProjectTrash
) -> None:
    put(trash, "b", days_ago=2)
    put(trash, "a", "old", days_ago=3)
    put(trash, "a", "new", days_ago=1)
    assert names(trash) == ["a", "b", "a"]
    assert trash.restore(*trash.select("a")).path == project / "a"
    assert (project / "a").read_text() == "new"
    assert names(trash) == ["b", "a"]
    (project / "a").unlink()
    trash.restore(*trash.select("2"))
    assert (project / "a").read_text() == "old"


def test_a_folder_brings_back_the_newest_of_each_file_in_it(
    project: Path, trash: ProjectTrash
) -> None:
    put(trash, "src/x", "old", days_ago=1)
    put(trash, "src/x", "new")
    put(trash, "src/deep/y")
    put(trash, "other")
    (project / "src" / "deep").rmdir()
    (project / "src").rmdir()
    for item in trash.select("src/"):
        trash.restore(item)
    assert (project / "src" / "x").read_text() == "new"
    assert (project / "src" / "deep" / "y").exists()
    assert sorted(names(trash)) == ["other", "x"]


def test_an_occupied_place_is_left_alone(project: Path, trash: ProjectTrash) -> None:
    for name in ("file", "folder/x"):
        item = put(trash, name)
        place = project / name
        if name == "folder/x":
            place.mkdir()
        else:
            place.write_text("other")
        with pytest.raises(TrashError, match="exists"):
            trash.restore(item)
        assert item.payload.read_text() == "text"
    assert (project / "file").read_text() == "other"
    (project / "blocked").write_text("a file where a folder was")
    blocked = put(trash, "gone/x")
    (project / "gone").rmdir()
    (project / "gone").write_text("")
    with pytest.raises(TrashError):
        trash.restore(blocked)
    assert blocked.payload.exists()


def test_what_is_not_there_is_explained_with_files_of_that_name(
    project: Path, trash: ProjectTrash
) -> None:
    with pytest.raises(TrashError, match="empty"):
        trash.select("a.py")
    put(trash, "src/a.py")
    with pytest.raises(TrashError, match=r"Did you mean .*src/a\.py") as caught:
        trash.select("lib/a.py")
    assert "is not in the trash" in caught.value.message
    with pytest.raises(TrashError, match="missing"):
        trash.select(" ")
    with pytest.raises(TrashError, match="not in the trash"):
        trash.select("99")


def test_a_saved_copy_changes_places_with_the_file(project: Path, trash: ProjectTrash) -> None:
    file = project / "file"
    file.write_text("first")
    trash.keep_copy(file, "echo > file", trash.copies())
    file.write_text("second")
    [item] = trash.contents().items
    assert (item.kind, item.deleted_by) == (ItemKind.OVERWRITTEN, "echo > file")
    restored = trash.restore(item)
    assert file.read_text() == "first"
    assert restored.replaced is not None
    trash.restore(*trash.select("file"))
    assert file.read_text() == "second"


def test_the_same_content_is_kept_once(project: Path, trash: ProjectTrash) -> None:
    file = project / "file"
    for content in ("one", "two", "one"):
        file.write_text(content)
        trash.keep_copy(file, content, trash.copies())
    items = trash.contents().items
    assert [item.payload.read_text() for item in items] == ["one", "two"]
    assert len(list(trash.folder.glob("file_deleted_*"))) == 4
    assert trash.trim_copies(3, keep=()).count == 1
    assert [item.payload.read_text() for item in trash.contents().items] == ["one"]


def test_a_broken_sidecar_hides_no_other(project: Path, trash: ProjectTrash) -> None:
    good = put(trash, "good")
    broken = {
        "not-json": b"{", "list": b"[]", "empty": b"", "relative": b'{"original_path": "x"}',
        "no-time": b'{"original_path": "/x", "deleted_at": "soon"}', "deep": b"[" * 100_000,
        "nul": b'{"original_path": "/a\\u0000b", "deleted_at": "2026-01-01T00:00:00Z"}',
    }  # fmt: skip
    for name, content in broken.items():
        (trash.folder / name).touch()
        (trash.folder / f"{name}.metadata.json").write_bytes(content)
    (trash.folder / "no-payload.metadata.json").write_bytes(good.sidecar.read_bytes())
    contents = trash.contents()
    assert [item.original_path for item in contents.items] == [project / "good"]
    assert len(contents.unreadable) == len(broken)
    assert trash.status().unreadable == len(broken)


def test_sidecars_of_openclacky_are_read(project: Path, trash: ProjectTrash) -> None:
    trash.folder.mkdir(parents=True)
    payload = trash.folder / "a.rb_deleted_20250102_030405_000000001"
    payload.write_text("puts 1")
    payload.with_name(payload.name + ".metadata.json").write_text(
        json.dumps(
            {
                "original_path": str(project / "a.rb"),
                "trash_directory": str(trash.folder),
                "deleted_at": "2025-01-02T03:04:05Z",
                "deleted_by": "AI",
                "file_size": 6,
                "file_type": ".rb",
                "file_mode": "644",
            }
        )
    )
    [item] = trash.contents().items
    assert item.deleted_at == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (item.kind, item.size_bytes, item.extension) == (ItemKind.DELETED, 6, ".rb")


def test_emptying_takes_only_what_is_old_and_measures_on_the_disk(
    project: Path, trash: ProjectTrash
) -> None:
    put(trash, "new")
    put(trash, "old", "x" * 1000, days_ago=8)
    folder = project / "folder"
    (folder / "locked").mkdir(parents=True)
    (folder / "locked" / "file").write_text("y" * 500)
    (folder / "locked").chmod(0o500)
    item = trash.discard(folder, "rm")
    sidecar = json.loads(item.sidecar.read_text())
    item.sidecar.write_text(json.dumps({**sidecar, "deleted_at": "2020-01-01T00:00:00"}))
    removal = trash.empty(timedelta(days=7))
    assert (removal.count, removal.freed_bytes, removal.failures) == (2, 1500, ())
    assert names(trash) == ["new"]
    assert len(list(trash.folder.glob("*_deleted_*"))) == 2


def test_the_status_counts_kinds_and_measures_folders_once(
    project: Path, trash: ProjectTrash
) -> None:
    put(trash, "a.py", "123")
    put(trash, "b.py", "123")
    put(trash, "README", "1")
    (project / "folder").mkdir()
    (project / "folder" / "x").write_text("12345")
    item = trash.discard(project / "folder", "rm")
    assert item.size_bytes is None
    status = trash.status()
    assert (status.count, status.size_bytes) == (4, 12)
    assert status.by_extension == ((".py", 2), ("", 1), ("/", 1))
    assert len(status.latest) == 3
    assert next(i for i in trash.contents().items if i.is_directory).size_bytes == 5


def test_all_projects_with_totals_and_those_that_are_gone(
    project: Path, trash: ProjectTrash, tmp_path: Path
) -> None:
    put(trash, "a", "1")
    gone = tmp_path / "gone"
    gone.mkdir()
    put(ProjectTrash(gone), "b", "22")
    gone.rmdir()
    (trash_dir() / "sessions-trash").mkdir()
    overview = read_overview()
    assert (overview.count, overview.size_bytes) == (2, 3)
    assert [(p.root, p.orphaned) for p in overview.projects] == [(gone, True), (project, False)]


def test_the_sweep_takes_the_old_and_then_the_oldest_above_the_limit(
    trash: ProjectTrash, tmp_path: Path
) -> None:
    for number, days in enumerate((40, 20, 10, 1)):
        put(trash, f"f{number}", "x" * 100, days_ago=days)
    (trash.folder / f"left{PURGING_SUFFIX}").mkdir()
    for name, age_seconds in (("stale", 90_000), ("fresh", 60)):
        sidecar = trash.folder / f"{name}_deleted_1.metadata.json"
        sidecar.touch()
        os.utime(sidecar, (time.time() - age_seconds,) * 2)
    assert sweep().count == 1
    assert names(trash) == ["f3", "f2", "f1"]
    assert not (trash.folder / f"left{PURGING_SUFFIX}").exists()
    assert not (trash.folder / "stale_deleted_1.metadata.json").exists()
    assert (trash.folder / "fresh_deleted_1.metadata.json").exists()
    assert sweep(max_bytes=250).count == 1
    assert names(trash) == ["f3", "f2"]
    assert sweep(max_bytes=0).count == 2
    assert sweep().count == 0


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system")
def test_a_move_over_file_systems_that_fails_leaves_the_source(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket in the tree cannot be copied: the tree stays, and no half copy is left."""
    import socket

    other = Path("/dev/shm") / f"clacky-move-{os.getpid()}"
    if Path("/dev/shm").stat().st_dev == project.stat().st_dev:
        pytest.skip("/dev/shm is on the same file system")
    (project / "tree").mkdir()
    (project / "tree" / "file").write_text("text")
    monkeypatch.chdir(project / "tree")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(OSError, match="cannot be copied"):
            trees.move(project / "tree", other)
    assert not other.exists()
    assert (project / "tree" / "file").read_text() == "text"
