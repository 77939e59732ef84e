"""Deleting in a guarded shell: real shells, real files, everything comes back."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.trash import run_guarded, snapshot

from clacky_tui.paths import data_dir
from clacky_tui.trash.shell import shell_guard
from clacky_tui.trash.store import ProjectTrash


def originals(trash: ProjectTrash) -> list[str]:
    return sorted(item.original_path.name for item in trash.contents().items)


@pytest.mark.parametrize("by_function", [False, True])
def test_rm_moves_files_and_folders_to_the_trash(
    project: Path, trash: ProjectTrash, shell: str, by_function: bool
) -> None:
    if by_function and shell == "sh":
        pytest.skip("the start-up file is for bash and zsh")
    (project / "folder").mkdir()
    (project / "folder" / "inner").write_text("inner")
    (project / "file.txt").write_text("text")
    before = snapshot(project)
    done = run_guarded("rm -rf folder file.txt", project, shell, source_init=by_function)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(project.iterdir()) == []
    assert originals(trash) == ["file.txt", "folder"]
    for name in ("folder", "file.txt"):
        trash.restore(*trash.select(name))
    assert snapshot(project) == before
    assert trash.contents().items == ()
    assert list(trash.folder.glob("*_deleted_*")) == []


ODD_NAMES = [
    'a "quoted" name', "it's", "back\\slash", "new\nline", "tab\t", " space ", "模型 🙂", "-f", "--",
    "*", "$(date)", "\x01\x7f", os.fsdecode(b"not utf-8 \xff\xfe"), "x" * 250, "a.metadata.json",
    ".env", ".gitignore", ".purging", "a.purging",
]  # fmt: skip


def test_names_that_need_care_are_listed_and_restored(project: Path, trash: ProjectTrash) -> None:
    for name in ODD_NAMES:
        (project / name).write_text(name, errors="surrogateescape")
    before = snapshot(project)
    for name in ODD_NAMES:
        quoted = "'" + name.replace("'", "'\\''") + "'"
        done = run_guarded(f"rm -- {quoted}", project)
        assert (done.returncode, done.stderr) == (0, "")
    contents = trash.contents()
    assert sorted(item.original_path.name for item in contents.items) == sorted(ODD_NAMES)
    assert contents.unreadable == ()
    for sidecar in trash.folder.glob("*_deleted_*.metadata.json"):
        assert json.loads(sidecar.read_text("utf-8"))["deleted_by"] == "rm"
    for item in contents.items:
        trash.restore(item)
    assert snapshot(project) == before


def test_the_sidecar_has_the_fields_openclacky_writes(project: Path, trash: ProjectTrash) -> None:
    (project / "a.py").write_text("12345")
    (project / "a.py").chmod(0o640)
    run_guarded("rm a.py", project)
    [sidecar] = trash.folder.glob("a.py_deleted_*.metadata.json")
    content = json.loads(sidecar.read_text())
    assert content["original_path"] == str(project / "a.py")
    assert content["trash_directory"] == str(trash.folder)
    assert content["deleted_at"].endswith("Z")
    assert (content["file_size"], content["file_type"], content["file_mode"]) == (5, ".py", "640")
    assert sidecar.stat().st_mode & 0o777 == 0o600
    metadata = json.loads((trash.folder / ".project_metadata.json").read_text())
    assert metadata["project_root"] == str(project)
    assert trash.folder.name.startswith(metadata["project_hash"] + "_project")


@pytest.mark.parametrize(
    "command",
    [
        "ls | xargs rm",
        "find . -name '*.o' -exec rm {} \\;",
        "find . -name '*.o' -exec rm -f {} +",
        "printf '#!/bin/sh\\nrm -- *.o\\n' > ../script; sh ../script",
        "env rm a.o b.o",
        "command rm a.o b.o",
        "set -eu; IFS=a; rm a.o b.o",
        "unlink a.o && unlink b.o",
        "rm a.o b.o -f",
        "cd .. && rm project/a.o ./project//b.o",
        "ln -s . link; rm link/a.o link/b.o; unlink link",
    ],
)
def test_every_way_to_call_it(project: Path, trash: ProjectTrash, shell: str, command: str) -> None:
    (project / "a.o").write_text("a")
    (project / "b.o").write_text("b")
    done = run_guarded(command, project, shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(project.iterdir()) == []
    for name in ("a.o", "b.o"):
        assert trash.restore(*trash.select(name)).path == project / name


def test_an_alias_of_the_person_does_not_get_between(project: Path, shell: str) -> None:
    if shell == "sh":
        pytest.skip("the start-up file is for bash and zsh")
    (project / "a").touch()
    guard = shell_guard(project)
    command = f"alias rm='echo alias'\n. {guard.init_file}\nrm a\nls"
    enable = {"bash": "shopt -s expand_aliases", "zsh": "setopt aliases"}[shell]
    done = run_guarded(f"{enable}\n{command}", project, shell)
    assert (done.stdout, done.stderr) == ("", "")


def test_like_the_real_one_it_refuses_and_goes_on(project: Path, trash: ProjectTrash) -> None:
    """Messages and exit codes side by side with the system's own rm."""
    commands = [
        "rm folder", "rm nothing", "rm -f nothing", "rm", "rm -f", "rm --what x", "rm -z x",
        "rm folder file nothing", "rm -d folder", "rm file2/", "rm -d empty", "rm -v file3",
        "rm --recursive --force nothing", "rm --rec folder2", "rm ''", "rm -f ''", "rm -- -x",
        "rm -rfv link", "rmdir folder3", "rmdir file4", "rmdir nothing", "rmdir -p p/q/r", "rm nothing/x",
        "rmdir --ignore-fail-on-non-empty folder3", "rm file4/x", "rm -f file4/x", "unlink folder3",
    ]  # fmt: skip

    def fill(root: Path) -> None:
        for name in ("folder", "folder2", "folder3"):
            (root / name).mkdir()
            (root / name / "x").touch()
        (root / "p" / "q" / "r").mkdir(parents=True)
        (root / "empty").mkdir()
        for name in ("file", "file2", "file3", "file4", "-x"):
            (root / name).touch()
        (root / "link").symlink_to("folder3")

    real = project.parent / "real"
    real.mkdir()
    fill(real)
    fill(project)
    environment = {**os.environ, "LC_ALL": "C"}
    for command in commands:
        ours = run_guarded(command, project)
        theirs = subprocess.run(
            ["bash", "-c", command], cwd=real, env=environment, capture_output=True, text=True
        )
        assert ours.returncode == theirs.returncode, command
        assert ours.stdout == theirs.stdout, command
        assert ours.stderr.splitlines()[:1] == theirs.stderr.splitlines()[:1], command
        assert set(snapshot(project)) == set(snapshot(real)), command


@pytest.mark.parametrize(
    "target",
    ["/", "//", "/etc", "/usr/", "/bin", "/usr/../etc", "~", "$HOME/", ".", "..", "../project", "$PWD",
     ".git", "./.git/", "$CLACKY_TRASH_DIR", "$CLACKY_TRASH_DIR/.gitignore", "../clacky-home", "sub/..",
     "../clacky-home/shims", "../clacky-home/shims/rm"],
)  # fmt: skip
def test_protected_places_stop_the_whole_call(
    project: Path, trash: ProjectTrash, target: str
) -> None:
    (project / "sub" / ".git").mkdir(parents=True)
    (project / ".git").mkdir()
    (project / "keep").touch()
    done = run_guarded(f"rm -rf keep {target}", project)
    assert done.returncode == 1
    assert "refusing to remove" in done.stderr
    assert "nothing was deleted" in done.stderr
    assert (project / "keep").exists()
    assert (project / ".git").exists()
    assert trash.contents().items == ()
    assert run_guarded("rm -rf sub/.git", project).returncode == 0


def test_no_preserve_root_and_shred_are_refused(project: Path) -> None:
    (project / "keep").touch()
    for command in ("rm --no-preserve-root keep", "shred -u keep", "shred keep"):
        done = run_guarded(command, project)
        assert done.returncode == 1
        assert "refused" in done.stderr
    assert (project / "keep").exists()


def test_an_interactive_zsh_asks_nothing(project: Path, trash: ProjectTrash) -> None:
    """Its own question before ``rm *`` would wait for an answer that never comes."""
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    for name in ("a", "b"):
        (project / name).touch()
    guard = shell_guard(project)
    screen, terminal = pty.openpty()
    with subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=project,
        env={**os.environ, **guard.environment},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        os.write(screen, f". {guard.init_file}; rm *; exit\n".encode())
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal's output on Linux
            while b"sure you want" not in shown and (piece := os.read(screen, 4096)):
                shown += piece
        os.close(screen)
        if process.poll() is None and b"sure you want" in shown:
            process.kill()
    assert b"sure you want" not in shown
    assert originals(trash) == ["a", "b"]


@pytest.mark.parametrize("variable", ["CLACKY_TRASH_DIR", "CLACKY_PROJECT_DIR"])
def test_without_a_trash_nothing_is_deleted(project: Path, variable: str) -> None:
    (project / "keep").touch()
    done = run_guarded(f"unset {variable}; rm keep; echo $?", project)
    assert done.stdout == "1\n"
    assert variable in done.stderr
    assert (project / "keep").exists()


@pytest.mark.parametrize("trash_dir", ["/proc/nowhere", "/dev/full/x"])
def test_a_trash_that_cannot_be_written_deletes_nothing(project: Path, trash_dir: str) -> None:
    for number in range(40):
        (project / f"keep{number}").touch()
    for targets in ("keep1", "keep*", "-f keep2"):
        done = run_guarded(f"CLACKY_TRASH_DIR={trash_dir} rm {targets}", project)
        assert done.returncode == 1
        assert "cannot remove 'keep" in done.stderr
    assert len(list(project.iterdir())) == 40


def test_a_full_disk_deletes_nothing(project: Path, trash: ProjectTrash) -> None:
    """No file may grow: what a full disk does to the sidecar."""
    (project / "keep").write_text("precious")
    done = run_guarded("ulimit -f 0; trap '' XFSZ; rm keep", project)
    assert done.returncode == 1
    assert (project / "keep").read_text() == "precious"
    assert trash.contents() == ProjectTrash(project).contents()
    assert trash.contents().items == ()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system")
def test_from_another_file_system_a_verified_copy_is_kept(
    project: Path, trash: ProjectTrash, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Path("/dev/shm") / f"clacky-test-{os.getpid()}"
    if Path("/dev/shm").stat().st_dev == project.stat().st_dev:
        pytest.skip("/dev/shm is on the same file system")
    try:
        (other / "tree" / "empty").mkdir(parents=True)
        (other / "tree" / "file").write_bytes(b"\0\1" * 100_000)
        (other / "tree" / "file").chmod(0o751)
        (other / "tree" / "twin").hardlink_to(other / "tree" / "file")
        (other / "tree" / "link").symlink_to("nowhere")
        before = snapshot(other)
        done = run_guarded(f"rm -r {other}/tree", project)
        assert (done.returncode, done.stderr) == (0, "")
        assert list(other.iterdir()) == []
        [item] = trash.contents().items
        assert item.payload.stat().st_dev == trash.folder.stat().st_dev
        trash.restore(item)
        assert snapshot(other) == before
        assert (other / "tree" / "twin").samefile(other / "tree" / "file")
    finally:
        shutil.rmtree(other, ignore_errors=True)


def test_temporary_files_outside_the_project_are_really_deleted(
    project: Path, trash: ProjectTrash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    (temporary / "folder").mkdir(parents=True)
    (temporary / "file").touch()
    (temporary / "empty").mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    done = run_guarded(f"cd {temporary} && rmdir empty && rm -rv folder file", project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "removed directory 'folder'\nremoved 'file'\n"
    assert list(temporary.iterdir()) == []
    assert trash.contents().items == ()


def test_a_temporary_folder_that_holds_the_home_is_no_temporary_folder(
    project: Path, trash: ProjectTrash, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/")
    (project.parent / "outside").touch()
    run_guarded("rm ../outside", project)
    assert originals(trash) == ["outside"]
    assert data_dir().is_dir()


def test_thousands_of_files_are_one_rename_or_one_long_list(
    project: Path, trash: ProjectTrash
) -> None:
    (project / "node_modules").mkdir()
    for number in range(5000):
        (project / "node_modules" / str(number)).touch()
    assert run_guarded("rm -rf node_modules", project).returncode == 0
    [item] = trash.contents().items
    trash.restore(item)
    done = run_guarded("cd node_modules && rm -v 1* && rm missing 2*", project)
    assert done.stderr == "rm: cannot remove 'missing': No such file or directory\n"
    assert done.returncode == 1
    assert done.stdout.count("removed '1") == 1111
    assert len(trash.contents().items) == 2222


def test_two_that_delete_the_same_name_at_once(project: Path, trash: ProjectTrash) -> None:
    """One file, two processes: exactly one gets it, the other says that it is gone."""
    for _ in range(5):
        (project / "same").write_text("content")
        done = run_guarded(
            "(rm same; echo $?) & (rm same; echo $?) & wait", project, source_init=True
        )
        assert sorted(done.stdout.split()) == ["0", "1"]
        assert done.stderr == "rm: cannot remove 'same': No such file or directory\n"
    items = trash.contents().items
    assert len(items) == 5
    assert {item.payload.read_text() for item in items} == {"content"}
    assert len(list(trash.folder.glob("same_deleted_*"))) == 10


def test_same_names_from_many_folders_do_not_collide(project: Path, trash: ProjectTrash) -> None:
    for number in range(20):
        (project / str(number)).mkdir()
        (project / str(number) / "same").write_text(str(number))
    assert run_guarded("rm */same & rm -r ./*; wait", project).returncode in (0, 1)
    before = {str(number): str(number) for number in range(20)}
    for item in sorted(trash.contents().items, key=lambda i: len(i.original_path.parts)):
        trash.restore(item)
    assert {path.parent.name: path.read_text() for path in project.glob("*/same")} == before


def test_the_guard_is_written_once_and_repaired(project: Path) -> None:
    guard = shell_guard(project)
    shim = guard.path_prefix / "rm"
    first = shim.stat()
    assert first.st_mode & 0o777 == 0o700
    assert shell_guard(project) == guard
    assert shim.stat().st_ino == first.st_ino
    shim.write_text("broken")
    shell_guard(project)
    assert shim.stat().st_mode & 0o777 == 0o700
    assert b"discard" in shim.read_bytes()


def test_deletions_start_no_python_when_names_are_plain(project: Path) -> None:
    shell_guard(project)
    shim = data_dir() / "shims" / "rm"
    shim.write_text(shim.read_text().replace(sys.executable, "/nonexistent/python"))
    (project / "plain name.txt").touch()
    environment = {**os.environ, **shell_guard_environment(project)}
    done = subprocess.run(
        [shim, "plain name.txt"], cwd=project, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def shell_guard_environment(project: Path) -> dict[str, str]:
    return {
        "CLACKY_TRASH_DIR": str(ProjectTrash(project).folder),
        "CLACKY_PROJECT_DIR": str(project),
    }
