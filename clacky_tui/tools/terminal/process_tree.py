"""A shell's processes: everything in its session and everything descended from it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

POLL_SECONDS = 0.02
KILLED_WITHIN_SECONDS = 2.0
"""How long a killed process may take to be gone; one stuck in the kernel is not waited for."""
KILL_ROUNDS = 3
"""More than one for what was being born while the rest was killed."""


@dataclass(frozen=True, slots=True)
class Process:
    """One living process. `started` tells it from a later one with the same pid."""

    pid: int
    started: str
    parent: int = field(compare=False)
    """Changes when the parent dies."""
    session: int = field(compare=False)


def children(pid: int) -> frozenset[int]:
    """The direct children of `pid`, the dead that nobody collected included; cheap on Linux."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return frozenset(p.pid for p in _processes() if p.parent == pid)
    return frozenset(map(int, text.split()))


def tree(root: int, spare: frozenset[int] = frozenset()) -> set[Process]:
    """What lives of the session `root` leads and of its descendants, also in other sessions.

    `spare` is left out: `root` itself when it is named, the others with all their descendants.
    Zombies do not count. A process that left both its session and its parent (a daemon) is out of
    reach.
    """
    processes = _processes()
    of_parent: dict[int, list[Process]] = {}
    for process in processes:
        of_parent.setdefault(process.parent, []).append(process)
    spared = _with_descendants({p for p in processes if p.pid in spare - {root}}, of_parent)
    found = _with_descendants({p for p in processes if root in (p.pid, p.session)}, of_parent)
    return {p for p in found - spared if p.pid != root or root not in spare}


def stop_tree(
    root: int, grace_seconds: float, *, spare: frozenset[int] = frozenset(), ask: bool = True
) -> None:
    """End the tree of `root`, without `spare` (see `tree`); blocking.

    TERM first (HUP to `root`: an interactive shell ignores TERM), KILL after `grace_seconds`; with
    `ask` false KILL comes at once.
    """
    targets = tree(root, spare)
    if ask:
        for process in targets:
            _signal(process, signal.SIGHUP if process.pid == root else signal.SIGTERM)
            _signal(process, signal.SIGCONT)
        targets = _wait_gone(targets, root, spare, grace_seconds)
    for _ in range(KILL_ROUNDS):
        if not targets:
            return
        for process in targets:
            _signal(process, signal.SIGKILL)
        targets = _wait_gone(targets, root, spare, KILLED_WITHIN_SECONDS)


def _wait_gone(
    targets: set[Process], root: int, spare: frozenset[int], seconds: float
) -> set[Process]:
    """Those of `targets`, and of what they started meanwhile, that are still there at the end."""
    deadline = time.monotonic() + seconds
    while True:
        targets = (targets & set(_processes())) | tree(root, spare)
        if not targets or time.monotonic() > deadline:
            return targets
        time.sleep(POLL_SECONDS)


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process.pid, number)


def _with_descendants(roots: set[Process], of_parent: Mapping[int, list[Process]]) -> set[Process]:
    found = set(roots)
    waiting = list(roots)
    while waiting:
        for child in of_parent.get(waiting.pop().pid, ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _processes() -> list[Process]:
    """All living processes; from /proc, or from ps where there is none."""
    statuses = list(Path("/proc").glob("[0-9]*/stat"))
    if not statuses:
        return _from_ps()
    found = []
    for status in statuses:
        with contextlib.suppress(OSError):
            # After the name in parentheses: state, parent, group, session, …, start time (proc(5)).
            fields = status.read_bytes().rpartition(b")")[2].split()
            if fields[0] not in b"ZX":
                pid = int(status.parent.name)
                found.append(Process(pid, fields[19].decode(), int(fields[1]), int(fields[3])))
    return found


def _from_ps() -> list[Process]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat=,lstart="],
        capture_output=True,
        text=True,
        check=False,
    )
    found = []
    for line in listing.stdout.splitlines():
        pid, parent, state, started = line.split(maxsplit=3)
        if state.startswith("Z"):
            continue
        with contextlib.suppress(OSError):
            found.append(Process(int(pid), started, int(parent), os.getsid(int(pid))))
    return found
