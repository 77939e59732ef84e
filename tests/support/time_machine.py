"""What a session does with its time machine, in short: tasks, edits, commands, switches."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from clacky_tui.domain.task_tree import TaskTree
from clacky_tui.sessions.time_machine.limits import Limits
from clacky_tui.sessions.time_machine.machine import CommandChanges, TimeMachine
from clacky_tui.sessions.time_machine.plan import RestorePlan, RestoreResult
from clacky_tui.tools.ignore import FolderRules

NOW = datetime(2026, 1, 2, tzinfo=UTC)

Tree = dict[str, tuple[str, int, bytes]]
"""Kind, mode and content (a link's target) by relative path."""


def tree_of(root: Path) -> Tree:
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        name = str(path.relative_to(root))
        if stat.S_ISLNK(status.st_mode):
            found[name] = ("link", 0, bytes(path.readlink()))
        elif path.is_dir():
            found[name] = ("folder", stat.S_IMODE(status.st_mode), b"")
        else:
            found[name] = ("file", stat.S_IMODE(status.st_mode), path.read_bytes())
    return found


class Session:
    """What the agent does with a time machine, in short."""

    def __init__(self, folder: Path, work: Path, limits: Limits | None = None) -> None:
        self.folder, self.work, self.limits = folder, work, limits
        self.tree = TaskTree()
        self.machine = self._opened()

    def _opened(self) -> TimeMachine:
        return TimeMachine(self.folder, self.work, lambda: FolderRules.at(self.work), self.limits)

    def restart(self) -> None:
        self.machine.close()
        self.machine = self._opened()

    def begin(self) -> None:
        self.tree = self.tree.begin("do it", NOW)
        task = self.tree.active
        assert self.machine.begin_task(task, self.tree.parent(task)) == ()

    @contextmanager
    def task(self) -> Iterator[int]:
        self.begin()
        yield self.tree.active
        assert self.machine.end_task() == ()

    def edit(self, name: str, content: bytes) -> None:
        path = self.work / name
        assert self.machine.before_change([path]) == ()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        assert self.machine.after_change([path]) == ()

    def shell(self, command: str) -> CommandChanges:
        return self.during(
            lambda: subprocess.run(["bash", "-c", command], cwd=self.work, check=True)
        )

    def during(self, command: Callable[[], object]) -> CommandChanges:
        token = self.machine.before_command()
        assert token.problems == ()
        command()
        return self.machine.after_command(token)

    def plan(self, to_task: int) -> RestorePlan:
        return self.machine.plan(to_task)

    def go(self, to_task: int, conflicts: Literal["keep", "overwrite"] = "keep") -> RestoreResult:
        result = self.machine.apply(self.plan(to_task), conflicts=conflicts)
        if result.done:
            self.tree = self.tree.switch(to_task)
        return result
