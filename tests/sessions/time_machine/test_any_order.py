"""Tasks, commands, the person's own changes, undo, redo, branches, restarts and kills in any order.

`CLACKY_TIME_MACHINE_STEPS` is the number of steps in all; the default keeps the suite fast
and always takes the same steps.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from support.time_machine import Session, Tree, tree_of

LONG_RUN = "CLACKY_TIME_MACHINE_STEPS" in os.environ
STEPS = int(os.environ.get("CLACKY_TIME_MACHINE_STEPS", "2000"))
STEPS_IN_A_RUN = 50

NAMES = st.sampled_from(["a", "b.txt", "c d", "sub/a", "sub/deep/b", "other/a", "ü/\udcff"])
FOLDERS = st.sampled_from(["sub", "sub/deep", "other", "fresh"])
CONTENTS = st.sampled_from(
    [b"", b"x", b"y", b"unix\n", b"dos\r\nmixed\n", b"\0\xff\xfe", b"z" * 900]
)
MODES = st.sampled_from([0o644, 0o600, 0o755, 0o444])

RESTORE_CALLS = (
    "fsync",
    "mkdir",
    "rmdir",
    "unlink",
    "chmod",
    "fchmod",
    "rename",
    "replace",
    "symlink",
)


class Killed(BaseException):
    """What a kill looks like from inside."""


@contextmanager
def killed_at_call(number: int) -> Iterator[None]:
    """Raises `Killed` just before the `number`th of the calls that change a disk, once."""
    count = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            nonlocal count
            count += 1
            if count == number:
                raise Killed
            return real(*arguments, **named)

        return call

    with ExitStack() as stack:
        for name in RESTORE_CALLS:
            stack.enter_context(patch.object(os, name, counted(getattr(os, name))))
        yield


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def put(path: Path, content: bytes) -> None:
    for parent in reversed(path.parents):
        if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
            parent.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    if path.is_symlink():
        path.unlink()
    path.write_bytes(content)


class AgentAlone(RuleBasedStateMachine):
    """Without the person every switch must give the whole tree as it was, byte by byte."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="time-machine-"))
        self.session = Session(self.folder / "data", self.folder / "work")
        self.left: dict[int, Tree] = {}
        self.running = False

    @property
    def work(self) -> Path:
        return self.session.work

    @initialize(names=st.lists(st.tuples(NAMES, CONTENTS), max_size=4))
    def start(self, names: list[tuple[str, bytes]]) -> None:
        self.work.mkdir()
        (self.work / ".gitignore").write_text("")
        for name, content in names:
            put(self.work / name, content)
        self.left[0] = tree_of(self.work)
        self.begin()

    def begin(self) -> None:
        self.session.begin()
        self.running = True

    def end(self) -> None:
        if self.running:
            assert self.session.machine.end_task() == ()
            self.left[self.session.tree.active] = tree_of(self.work)
        self.running = False

    def ensure_task(self) -> None:
        if not self.running:
            self.begin()

    def command(self, run: Callable[[], object]) -> None:
        self.ensure_task()
        changes = self.session.during(run)
        assert changes.not_covered == ()

    @rule()
    def next_task(self) -> None:
        self.end()
        self.begin()

    @rule(name=NAMES, content=CONTENTS)
    def edit(self, name: str, content: bytes) -> None:
        self.ensure_task()
        path = self.work / name
        if any(p.is_symlink() or p.is_file() for p in (path, *path.parents)[1:]) or (
            path.is_symlink() or path.is_dir()
        ):
            return
        self.session.edit(name, content)

    @rule(name=NAMES, content=CONTENTS)
    def command_writes(self, name: str, content: bytes) -> None:
        self.command(lambda: put(self.work / name, content))

    @rule(name=NAMES, content=CONTENTS)
    def command_appends(self, name: str, content: bytes) -> None:
        path = self.work / name
        if path.is_file():
            self.command(lambda: path.write_bytes(path.read_bytes() + content))

    @rule(name=NAMES)
    def command_changes_bytes_in_place_and_hides_it(self, name: str) -> None:
        path = self.work / name

        def swap() -> None:
            status = path.stat()
            path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

        if path.is_file():
            self.command(swap)

    @rule(name=NAMES | FOLDERS)
    def command_removes(self, name: str) -> None:
        path = self.work / name
        if path.parent.is_dir() and not any(p.is_symlink() for p in path.parents):
            self.command(lambda: remove(self.work / name))

    @rule(name=NAMES | FOLDERS, new_name=NAMES | FOLDERS)
    def command_renames(self, name: str, new_name: str) -> None:
        old, new = self.work / name, self.work / new_name
        inside = Path(new_name).is_relative_to(name)
        if os.path.lexists(old) and new.parent.is_dir() and not os.path.lexists(new) and not inside:
            self.command(lambda: old.rename(new))

    @rule(name=NAMES | FOLDERS, mode=MODES)
    def command_changes_the_mode(self, name: str, mode: int) -> None:
        path = self.work / name
        if path.exists() and not path.is_symlink():
            self.command(lambda: path.chmod(mode | 0o700 if path.is_dir() else mode))

    @rule(name=NAMES | FOLDERS, to=NAMES | FOLDERS)
    def command_links(self, name: str, to: str) -> None:
        path = self.work / name
        if path.parent.is_dir() and not any(p.is_symlink() for p in path.parents):
            self.command(lambda: (remove(path), path.symlink_to(to)))

    @rule(name=FOLDERS)
    def command_makes_a_folder(self, name: str) -> None:
        path = self.work / name
        if path.parent.is_dir() and not os.path.lexists(path):
            self.command(path.mkdir)

    @rule()
    def restart(self) -> None:
        self.session.restart()

    @rule(choice=st.integers(0, 1000), kill=st.none() | st.integers(1, 40))
    def switch(self, choice: int, kill: int | None) -> None:
        self.end()
        to_task = choice % (self.session.tree.newest + 1)
        if kill is not None:
            self.kill_while_switching(to_task, kill)
        self.check_switch(to_task)

    def kill_while_switching(self, to_task: int, number: int) -> None:
        plan = self.session.plan(to_task)
        try:
            with killed_at_call(number):
                self.session.machine.apply(plan, conflicts="overwrite")
        except Killed:
            self.session.restart()
            assert self.session.machine.position in (self.session.tree.active, to_task)
        else:
            self.session.tree = self.session.tree.switch(to_task)

    def check_switch(self, to_task: int) -> None:
        result = self.session.go(to_task)
        assert (result.done, result.kept, result.failed) == (True, (), ())
        assert tree_of(self.work) == self.left[to_task]

    def teardown(self) -> None:
        self.session.machine.close()
        shutil.rmtree(self.folder)


class WithThePerson(AgentAlone):
    """The person changes files at any moment: nothing of theirs is lost, and every way leads back."""

    def __init__(self) -> None:
        super().__init__()
        self.theirs: dict[str, bytes] = {}
        self.writes = 0

    @rule(name=NAMES)
    def person_writes(self, name: str) -> None:
        path = self.work / name
        if any(p.is_symlink() or p.is_file() for p in (path, *path.parents)[1:]) or (
            path.is_symlink() or path.is_dir()
        ):
            return
        self.writes += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.theirs[name] = f"mine {self.writes}".encode()
        path.write_bytes(self.theirs[name])

    @rule(name=NAMES)
    def person_deletes(self, name: str) -> None:
        path = self.work / name
        if os.path.lexists(path) and not any(p.is_symlink() for p in path.parents):
            remove(path)

    def untouched(self) -> dict[str, bytes]:
        """What the person wrote last and nobody changed since."""
        tree = tree_of(self.work)
        return {n: c for n, c in self.theirs.items() if n in tree and tree[n][2] == c}

    def kill_while_switching(self, to_task: int, number: int) -> None:
        return

    def check_switch(self, to_task: int) -> None:
        position = self.session.machine.position
        theirs, before = self.untouched(), tree_of(self.work)
        kept = self.session.plan(to_task)
        asked = {change.name for change in kept.conflicts}
        for change in kept.changes:
            if change.name in theirs and change.action != "chmod":
                assert change.name in asked, f"{change.name} would be lost silently"
        result = self.session.go(to_task, "keep")
        assert result.done, result.failed
        tree = tree_of(self.work)
        assert {name: tree[name][2] for name in theirs} == theirs
        assert self.session.go(position, "overwrite").done
        there = self.session.go(to_task, "overwrite")
        assert there.done, there.failed
        back = self.session.go(position, "overwrite")
        assert back.done, back.failed
        blocked = {str(path.relative_to(self.work)) for path, _ in (*there.kept, *back.kept)}
        after = tree_of(self.work)
        for name in before.keys() | after.keys():
            if not any(name == b or name.startswith(b + "/") for b in blocked):
                assert after.get(name) == before.get(name), name


@pytest.mark.parametrize("kind", [AgentAlone, WithThePerson])
def test_any_order(kind: type[AgentAlone]) -> None:
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_IN_A_RUN // 2),
            stateful_step_count=STEPS_IN_A_RUN,
            deadline=None,
            report_multiple_bugs=False,
            derandomize=not LONG_RUN,
            database=None,
            phases=[Phase.generate],  # shrinking fifty steps on a disk takes many minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
