"""Undo, redo and branches over files, as a session uses them."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest
from support.time_machine import Session, tree_of

from clacky_tui.errors import ClackyError
from clacky_tui.sessions.time_machine.limits import Limits
from clacky_tui.sessions.time_machine.machine import CONTENTS_NAME, INDEX_NAME


def test_undoing_the_first_edit_of_an_existing_file_brings_it_back(session: Session) -> None:
    file = session.work / "a.txt"
    file.write_bytes(b"one\r\ntwo\n")
    file.chmod(0o640)
    with session.task():
        session.edit("a.txt", b"changed\n")
    assert session.go(0).done
    assert file.read_bytes() == b"one\r\ntwo\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert session.go(1).done
    assert file.read_bytes() == b"changed\n"


def test_undo_removes_created_files_and_the_folders_made_for_them(session: Session) -> None:
    before = tree_of(session.work)
    with session.task():
        session.edit("new/deep/a.txt", b"a")
    after = tree_of(session.work)
    result = session.go(0)
    assert result.done
    assert tree_of(session.work) == before
    assert session.go(1).done
    assert tree_of(session.work) == after


def test_files_of_a_sibling_branch_do_not_leak(session: Session) -> None:
    with session.task():
        session.edit("shared.txt", b"1")
    with session.task():
        session.edit("two.txt", b"2")
    session.go(1)
    with session.task():
        session.edit("three.txt", b"3")
    assert not (session.work / "two.txt").exists()
    session.go(2)
    assert (session.work / "two.txt").read_bytes() == b"2"
    assert not (session.work / "three.txt").exists()


@pytest.mark.parametrize(
    "command",
    [
        "echo more >> a.txt",
        "rm -rf sub",
        "mv sub other",
        "chmod 755 a.txt",
        "chmod 700 sub",
        "ln -sf sub/b.bin a.txt",
        "rm -r sub && ln -s . sub",
        "rm a.txt && mkdir a.txt && echo x > a.txt/inside",
        "rm -r sub && echo file > sub",
        "mkdir -p x/y/z && touch x/y/z/empty",
        "printf 'a\\r\\nb\\r\\n' > a.txt",
        "head -c 5000 /dev/urandom > sub/b.bin; mkdir empty",
        "find . -type f -delete",
        "ln -s /nowhere 'odd\nname '; touch $'bytes\\xff'",
    ],
)
def test_what_a_command_changed_is_undone_and_redone(session: Session, command: str) -> None:
    (session.work / "a.txt").write_bytes(b"text\n")
    (session.work / "sub/inner").mkdir(parents=True)
    (session.work / "sub/b.bin").write_bytes(bytes(range(256)))
    (session.work / "sub/link").symlink_to("../a.txt")
    before = tree_of(session.work)
    with session.task():
        changes = session.shell(command)
    after = tree_of(session.work)
    assert changes.paths
    assert changes.not_covered == ()
    session.restart()
    result = session.go(0)
    assert (result.done, result.kept, result.failed) == (True, (), ())
    assert tree_of(session.work) == before
    assert session.go(1).done
    assert tree_of(session.work) == after


def test_a_change_of_the_same_size_in_the_same_instant_is_seen(session: Session) -> None:
    file = session.work / "a.txt"
    file.write_bytes(b"aaaa")
    with session.task():
        for content in (b"bbbb", b"cccc", b"dddd"):
            stamp = file.stat()

            def write(content: bytes = content, stamp: os.stat_result = stamp) -> None:
                file.write_bytes(content)
                os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

            assert session.during(write).paths == (file,)
    session.go(0)
    assert file.read_bytes() == b"aaaa"


def test_a_command_that_changes_nothing_leaves_nothing(session: Session) -> None:
    (session.work / "a.txt").write_text("a")
    with session.task():
        session.shell("true")
        assert session.shell("touch a.txt; cat a.txt >/dev/null").paths == ()
    assert session.plan(0).changes == ()


def test_what_changes_while_a_command_goes_on_in_the_background_is_asked_about(
    session: Session,
) -> None:
    work, machine = session.work, session.machine
    (work / "mine.txt").write_text("mine\n")
    with session.task():
        token = machine.before_command()
        (work / "early").write_text("by the command, in its call")
        assert machine.leave_running(token).paths == (work / "early",)
        (work / "late").write_text("by the command, after its call")
    (work / "mine.txt").write_text("mine, changed meanwhile\n")
    with session.task():
        assert set(machine.after_command(token).paths) == {work / "late", work / "mine.txt"}
    conflicts = {change.name: change.conflict for change in session.plan(0).changes}
    assert conflicts["early"] == ""
    for name in ("late", "mine.txt"):
        assert conflicts[name] == "it holds what you or a background command changed after task 2"
    (work / "late").write_text("by the person, when the command is over")
    [late] = [change for change in session.plan(0).changes if change.name == "late"]
    assert late.conflict == "you changed it after task 2"
    session.restart()
    conflicts = {change.name: change.conflict for change in session.plan(0).changes}
    assert "you or a background command" in conflicts["mine.txt"]
    session.go(0)
    assert not (work / "early").exists()
    assert (work / "mine.txt").read_text() == "mine, changed meanwhile\n"


def test_a_tools_edit_during_a_command_is_not_taken_for_the_commands(session: Session) -> None:
    with session.task():
        token = session.machine.before_command()
        session.edit("dir/a.txt", b"by a tool")
        (session.work / "log.txt").write_text("by the command")
        assert session.machine.after_command(token).paths == (session.work / "log.txt",)
    session.go(0)
    assert not (session.work / "dir").exists()


def test_a_second_command_does_not_hide_what_the_first_still_does(session: Session) -> None:
    with session.task():
        first = session.machine.before_command()
        (session.work / "early.txt").write_text("1")
        session.shell("echo 2 > second.txt")
        (session.work / "late.txt").write_text("3")
        session.machine.after_command(first)
    session.go(0)
    assert set(tree_of(session.work)) == {".gitignore"}


def test_the_persons_change_is_a_conflict_and_kept(session: Session) -> None:
    file = session.work / "a.txt"
    file.write_text("start")
    with session.task():
        session.edit("a.txt", b"agent")
    file.write_text("mine")
    plan = session.plan(0)
    assert [(c.name, c.conflict) for c in plan.conflicts] == [
        ("a.txt", "you changed it after task 1")
    ]
    result = session.go(0, "keep")
    assert result.done
    assert [path for path, _ in result.kept] == [file]
    assert file.read_text() == "mine"


def test_an_overwritten_change_of_the_person_comes_back_with_redo(session: Session) -> None:
    file = session.work / "a.txt"
    file.write_text("start")
    with session.task():
        session.edit("a.txt", b"agent")
    file.write_text("mine")
    session.go(0, "overwrite")
    assert file.read_text() == "start"
    session.go(1, "overwrite")
    assert file.read_text() == "mine"


def test_undo_keeps_the_persons_change_that_the_task_built_on(session: Session) -> None:
    file = session.work / "a.txt"
    with session.task():
        session.edit("a.txt", b"agent 1")
    file.write_text("mine")
    with session.task():
        session.edit("a.txt", b"mine, agent 2")
    plan = session.plan(1)
    assert plan.conflicts == ()
    session.go(1)
    assert file.read_text() == "mine"
    assert [c.conflict for c in session.plan(0).changes] == [
        "it holds what you changed after task 1"
    ]


def test_a_change_made_by_hand_during_a_task_counts_as_the_persons(session: Session) -> None:
    with session.task():
        session.edit("a.txt", b"agent")
        (session.work / "a.txt").write_text("mine")
    assert [c.name for c in session.plan(0).conflicts] == ["a.txt"]


def test_a_path_that_changed_after_the_preview_is_kept(session: Session) -> None:
    with session.task():
        session.edit("a.txt", b"agent")
    plan = session.plan(0)
    (session.work / "a.txt").write_text("just now")
    result = session.machine.apply(plan, conflicts="overwrite")
    assert [reason for _, reason in result.kept] == ["it changed since the preview"]
    assert (session.work / "a.txt").read_text() == "just now"


def test_an_old_preview_is_refused(session: Session) -> None:
    with session.task():
        session.edit("a.txt", b"agent")
    plan = session.plan(0)
    session.go(0)
    with pytest.raises(ClackyError, match="since this preview"):
        session.machine.apply(plan, conflicts="keep")


def test_a_folder_with_the_persons_files_stays(session: Session) -> None:
    with session.task():
        session.shell("mkdir made && echo agent > made/a.txt")
    (session.work / "made/mine.txt").write_text("mine")
    result = session.go(0)
    assert result.done
    assert [path for path, _ in result.kept] == [session.work / "made"]
    assert tree_of(session.work).keys() == {".gitignore", "made", "made/mine.txt"}


def test_nothing_is_written_through_a_folder_that_is_a_link_now(session: Session) -> None:
    elsewhere = session.work.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("not ours")
    (session.work / "sub").mkdir()
    (session.work / "sub/a.txt").write_text("ours")
    with session.task():
        session.edit("sub/a.txt", b"agent")
    shutil.rmtree(session.work / "sub")
    (session.work / "sub").symlink_to(elsewhere)
    result = session.go(0, "overwrite")
    assert [path for path, _ in result.kept] == [session.work / "sub/a.txt"]
    assert (elsewhere / "a.txt").read_text() == "not ours"


def test_an_edit_through_a_link_restores_the_file_it_leads_to(session: Session) -> None:
    outside = session.work.parent / "outside.txt"
    outside.write_text("start")
    (session.work / "link").symlink_to(outside)
    with session.task():
        session.edit("link", b"agent")
    session.restart()
    session.go(0)
    assert outside.read_text() == "start"
    assert (session.work / "link").is_symlink()


def test_version_control_is_never_touched(session: Session) -> None:
    head = session.work / ".git/HEAD"
    head.parent.mkdir()
    head.write_text("main")
    with session.task():
        assert session.machine.before_change([head]) == (
            f"Not covered by undo: {head} belongs to version control.",
        )
        session.shell("echo other > .git/HEAD; echo a > a.txt")
    session.go(0)
    assert head.read_text() == "other\n"
    assert not (session.work / "a.txt").exists()


def test_ignored_and_large_files_are_said_not_to_be_covered(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "ignored").mkdir(parents=True)
    (work / ".gitignore").write_text("ignored/\n")
    (work / "big.bin").write_bytes(bytes(3 * 1024 * 1024))
    session = Session(tmp_path / "s", work, Limits(file_bytes=2 * 1024 * 1024))
    with session.task():
        changes = session.shell("echo x > ignored/x; echo y >> big.bin; echo z > z.txt")
    assert set(changes.paths) == {work / "big.bin", work / "z.txt"}
    assert changes.not_covered == ("Not covered by undo: big.bin (3.0 MB, too large).",)
    assert session.machine.coverage() == (
        "Not watched, because ignored: ignored.",
        "Not covered by undo: big.bin (3.0 MB, too large).",
    )
    assert session.plan(0).not_covered[0].startswith("Cannot be restored: big.bin")
    assert session.go(0).done
    assert (work / "big.bin").stat().st_size == 3 * 1024 * 1024 + 2


def test_a_rule_that_no_longer_ignores_a_file_does_not_make_it_look_created(
    session: Session,
) -> None:
    (session.work / "ignored").mkdir()
    (session.work / "ignored/precious").write_text("p")
    with session.task():
        session.shell("echo > .gitignore")
    session.go(0)
    with session.task():
        session.shell("rm .gitignore")
        session.shell("echo changed > ignored/precious")
    session.go(0)
    assert (session.work / "ignored/precious").read_text() == "p"


def test_more_files_than_the_limit_are_said_not_to_be_covered(tmp_path: Path) -> None:
    work = tmp_path / "work"
    for folder in ("a", "b"):
        (work / folder).mkdir(parents=True)
        for number in range(20):
            (work / folder / f"{number}.txt").write_text("x")
    session = Session(tmp_path / "s", work, Limits(files=30))
    with session.task():
        changes = session.shell("echo y > a/1.txt; rm -r b")
    assert work / "a/1.txt" in changes.paths
    assert "over 30 files" in changes.not_covered[0]
    session.go(0)
    assert (work / "a/1.txt").read_text() == "x"


def test_the_oldest_contents_go_first_and_it_is_said(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    session = Session(tmp_path / "s", work, Limits(kept_bytes=40_000))
    for _ in range(12):
        with session.task():
            session.edit("a.bin", os.urandom(8_000))
    newest = (work / "a.bin").read_bytes()
    assert (tmp_path / "s" / CONTENTS_NAME).stat().st_size <= 40_000
    session.restart()
    assert session.plan(1).not_covered == (
        "Cannot be restored: a.bin (too old; its content was dropped to save space).",
    )
    assert session.go(11).done
    assert session.go(12).done
    assert (work / "a.bin").read_bytes() == newest


def test_a_torn_index_line_loses_only_itself(session: Session) -> None:
    (session.work / "a.txt").write_text("start")
    with session.task():
        session.edit("a.txt", b"agent")
    index = session.folder / INDEX_NAME
    index.write_bytes(index.read_bytes() + b'{"task":1,"path":"a.t')
    contents = session.folder / CONTENTS_NAME
    contents.write_bytes(contents.read_bytes() + b"\x89tm1\x00half")
    session.restart()
    with session.task():
        session.edit("b.txt", b"more" * 100)
    session.restart()
    assert session.plan(1).not_covered[0].startswith("What 1 damaged lines")
    session.go(1)
    session.go(2)
    assert (session.work / "b.txt").read_bytes() == b"more" * 100
    session.go(0)
    assert (session.work / "a.txt").read_text() == "start"


def test_damaged_contents_are_never_written(session: Session) -> None:
    (session.work / "a.txt").write_text("start")
    with session.task():
        session.edit("a.txt", b"agent")
    contents = session.folder / CONTENTS_NAME
    contents.write_bytes(contents.read_bytes().replace(b"start", b"stort"))
    session.restart()
    result = session.go(0)
    assert not result.done
    assert result.failed == ("a.txt: its content is damaged.",)
    assert session.machine.position == 1
    assert (session.work / "a.txt").read_text() == "agent"


def test_a_switch_of_the_conversation_alone_leaves_the_files_to_the_next_task(
    session: Session,
) -> None:
    with session.task():
        session.edit("a.txt", b"1")
    with session.task():
        session.edit("a.txt", b"2")
    session.tree = session.tree.switch(1)
    with session.task():
        session.edit("b.txt", b"3")
    at_three = tree_of(session.work)
    assert session.go(1).done
    assert (session.work / "a.txt").read_bytes() == b"1"
    session.go(2)
    session.go(3)
    assert tree_of(session.work) == at_three


def test_everything_is_private_and_goes_with_the_session(session: Session) -> None:
    with session.task():
        session.edit("a.txt", b"secret" * 100)
        session.shell("echo b > b.txt")
    assert {stat.S_IMODE(p.stat().st_mode) for p in session.folder.iterdir()} == {0o600}
    assert stat.S_IMODE(session.folder.stat().st_mode) == 0o700
    session.machine.purge()
    assert not session.folder.exists()


def test_recording_never_raises(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    session.begin()
    monkeypatch.setattr(os, "fsync", full)
    problems = session.machine.before_change([session.work / ".gitignore"])
    assert "No space left on device" in problems[0]


def test_both_sides_of_a_change_can_be_shown(session: Session) -> None:
    (session.work / "bin").write_bytes(b"\0\1")
    with session.task():
        session.edit("a.txt", b"new\n")
        session.edit("bin", b"text")
    by_name = {change.name: change for change in session.plan(0).changes}
    assert by_name["a.txt"].action == "delete"
    assert session.machine.sides(by_name["a.txt"]) == ("new\n", "")
    assert session.machine.sides(by_name["bin"]) is None
