"""What commands overwrite or delete around the shims is copied first, and comes back."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from support.trash import run_guarded, snapshot

from clacky_tui.trash import before_command
from clacky_tui.trash.at_risk import may_destroy
from clacky_tui.trash.before_command import SavedItem, save_at_risk
from clacky_tui.trash.layout import ItemKind
from clacky_tui.trash.store import ProjectTrash


def git(project: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)


@pytest.fixture
def files(project: Path) -> Path:
    """A repository: two committed files, one of them changed; untracked files; a folder."""
    (project / "tracked.txt").write_text("committed")
    (project / "clean.txt").write_text("clean")
    (project / "src").mkdir()
    (project / "src" / "a.py").write_text("a = 1\n")
    git(project, "init", "-q")
    git(project, "add", "tracked.txt", "clean.txt")
    git(project, "commit", "-qm", "first")
    (project / "tracked.txt").write_text("precious")
    (project / "untracked.txt").write_text("untracked")
    (project / "other.txt").write_text("other")
    (project / "other.txt").chmod(0o751)
    (project / 'odd "name" 模型\n').write_text("odd")
    (project / "build" / "deep").mkdir(parents=True)
    (project / "build" / "deep" / "b.o").write_text("object")
    (project / "build" / "other.txt").write_text("in build")
    (project / "void" / "empty").mkdir(parents=True)
    return project


@pytest.mark.parametrize(
    "command",
    ["ls -la | wc -l", "cd src && npm test 2>/dev/null", "echo x >> log", "rm build", "git status"],
)
def test_most_commands_endanger_nothing(command: str) -> None:
    assert not may_destroy(command)


@pytest.mark.parametrize(
    "command", ["echo x > a", "cd src && mv a b", "echo 'open", "git clean -f"]
)
def test_a_command_that_may_destroy_or_cannot_be_read_is_looked_at(command: str) -> None:
    assert may_destroy(command)


def saved_names(saved: tuple[SavedItem, ...], project: Path) -> list[str]:
    return sorted(os.path.relpath(s.path, project) for s in saved if s.item)


@pytest.mark.parametrize(
    "command",
    [
        "echo new > other.txt",
        "echo new >| other.txt",
        "ls &> other.txt",
        "(echo a; echo b) > other.txt",
        "for x in a b; do echo $x; done > other.txt",
        "true && { echo x | tee other.txt; }",
        "truncate -s 0 other.txt",
        "dd if=/dev/zero of=other.txt bs=1 count=1",
        "sed -i s/other/new/ other.txt",
        "sed -i.bak -e s/other/new/ oth*.txt",
        "perl -pi -e s/other/new/ other.txt",
        "cp untracked.txt other.txt",
        "mv untracked.txt other.txt",
        "mv -t build other.txt untracked.txt; echo x > other.txt",
        "cp -r src/a.py other.txt",
        "install -m 600 untracked.txt other.txt",
        "ln -sf untracked.txt other.txt",
        "cp other.txt build/",
        "cp build/other.txt .",
        "/bin/rm other.txt",
        "command -p rm other.txt",
        "/bin/rm -r build",
        "bash -c 'echo x > other.txt'",
        "cd build && echo x > other.txt",
        "cd src; cd ../build; echo x > other.txt",
        "find build -delete",
        "find . -name '*.txt' -not -path './.git/*' -delete",
        "find build -name '*.o' -exec /bin/rm {} \\;",
        "find . -name other.txt -exec sed -i s/o/0/ {} +",
        "find void -type d -empty -delete",
        "git clean -fd",
        "git clean -fdx build",
        "git clean -qfd --no-dry-run",
        "git -C build clean -fdx .",
        "git checkout -- .",
        "git checkout tracked.txt",
        "git restore tracked.txt",
        "git reset --hard",
        "git -C src reset --hard HEAD",
        "git rm -f tracked.txt",
        "rm other.txt",
        "rm -rf build src",
        "rmdir void/empty",
        "find build -exec rm -rf {} +",
    ],
)
def test_what_a_command_destroys_comes_back(files: Path, trash: ProjectTrash, command: str) -> None:
    before = snapshot(files)
    saved = save_at_risk(command, files, files)
    assert [s.reason for s in saved if not s.item] == []
    assert snapshot(files) == before
    done = run_guarded(command, files)
    assert "fatal" not in done.stderr
    changed = {
        name for name, state in before.items() if state != snapshot(files).get(name)
        if not name.startswith(".git/")
    }  # fmt: skip
    assert changed, "the command destroyed nothing"
    for item in reversed(trash.contents().items):
        if item.kind is ItemKind.DELETED or not item.original_path.exists():
            trash.restore(item)
    for item in trash.contents().items:
        if item.kind is ItemKind.OVERWRITTEN and item.deleted_by != "restore":
            trash.restore(item)
    after = snapshot(files)
    trashed = [i.payload.read_bytes() for i in trash.contents().items if i.payload.is_file()]
    for name, (mode, _, content) in before.items():
        if name.startswith(".git/") or name == ".git":
            continue
        if name not in after and command.startswith("mv "):
            assert content in [*(state[2] for state in after.values()), *trashed], name
            continue
        assert after[name][0] == mode, name
        assert after[name][2] == content, name


@pytest.mark.parametrize(
    "command",
    ["cat other.txt", "echo x >> other.txt", "echo x > brand-new.txt", "sed s/a/b/ other.txt",
     "tee -a other.txt", "rm -rf build", "git status", "git clean -n", "ls > /dev/null", "find . -name x",
     "git stash", "echo 'rm > other.txt'", "find build -exec rm {} +", "ln -s a other.txt", "git stash drop"],
)  # fmt: skip
def test_what_destroys_nothing_copies_nothing(
    files: Path, trash: ProjectTrash, command: str
) -> None:
    saved = save_at_risk(command, files, files)
    if command == "git clean -n":
        return
    assert saved_names(saved, files) == []
    assert trash.contents().items == ()


def test_a_command_that_cannot_be_read_is_said_to_be(files: Path) -> None:
    [unsaved] = save_at_risk("echo 'open > other.txt", files, files)
    assert unsaved.item is None
    assert "could not be read" in unsaved.reason


def test_names_only_the_shell_knows_are_said_to_be(files: Path) -> None:
    [unsaved] = save_at_risk('echo x > "$TARGET"', files, files)
    assert unsaved.item is None
    assert 'echo x > "$TARGET"' in unsaved.reason
    known = save_at_risk('sed -i s/a/b/ "$X" other.txt', files, files)
    assert saved_names(known, files) == ["other.txt"]
    assert len(known) == 2


def test_the_stash_says_what_brings_it_back(files: Path) -> None:
    git(files, "stash")
    [stash] = save_at_risk("git stash drop", files, files)
    assert stash.reason.startswith("git stash apply ")
    git(files, "stash", "drop")
    subprocess.run(stash.reason.split()[:4], cwd=files, check=True, capture_output=True)
    assert (files / "tracked.txt").read_text() == "precious"


def test_what_is_too_large_is_left_out_and_reported(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(before_command, "COMMAND_LIMIT_BYTES", 10)
    (files / "large").write_text("x" * 5000)
    large, other = save_at_risk("sed -i s/x/y/ large other.txt", files, files)
    assert (large.path.name, large.item) == ("large", None)
    assert "too large" in large.reason
    assert other.item is not None


def test_a_folder_of_too_many_files_is_left_out_and_reported(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(before_command, "LIMIT_FILES", 2)
    for number in range(3):
        (files / "src" / str(number)).touch()
    [saved] = save_at_risk("/bin/rm -r src", files, files)
    assert saved.item is None
    assert "too large" in saved.reason


def test_without_time_the_rest_is_reported(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(before_command, "LIMIT_SECONDS", 0.0)
    [unsaved] = save_at_risk("find . -delete", files, files)
    assert "no time" in unsaved.reason


def test_the_oldest_copies_make_room(
    files: Path, trash: ProjectTrash, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(before_command, "COPIES_LIMIT_BYTES", 12)
    for content in ("1111111111", "2222222222", "3333333333"):
        (files / "other.txt").write_text(content)
        save_at_risk("echo > other.txt", files, files)
    assert [i.payload.read_text() for i in trash.contents().items] == ["3333333333"]


def test_temporary_files_and_the_trash_itself_are_not_copied(
    files: Path, trash: ProjectTrash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (temporary / "file").write_text("x")
    monkeypatch.setenv("TMPDIR", str(temporary))
    assert save_at_risk(f"echo > {temporary}/file", files, files) == ()
    save_at_risk("echo > other.txt", files, files)
    [item] = trash.contents().items
    assert save_at_risk(f"echo > {item.payload}", files, files) == ()


def test_a_link_is_followed_by_a_redirect(files: Path, trash: ProjectTrash) -> None:
    (files / "link").symlink_to("other.txt")
    saved = save_at_risk("echo new > link", files, files)
    assert saved_names(saved, files) == ["other.txt"]


def test_a_copy_is_independent_of_writes_in_place(files: Path, trash: ProjectTrash) -> None:
    save_at_risk("echo > other.txt", files, files)
    with (files / "other.txt").open("r+") as file:
        file.write("XXXXX")
    [item] = trash.contents().items
    assert item.payload.read_text() == "other"


def test_rsync_that_deletes_saves_the_whole_target(files: Path) -> None:
    saved = save_at_risk("rsync -a --delete src/ build/", files, files)
    assert saved_names(saved, files) == ["build/deep/b.o", "build/other.txt"]
