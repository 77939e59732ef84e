"""What a restore would change, for a preview, and what it did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clacky_tui.sessions.time_machine.states import FileState

Action = Literal["create", "modify", "delete", "chmod"]
"""``chmod`` changes nothing but permission bits."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One path that a restore would change.

    Attributes:
        path: absolute.
        name: relative to the working directory where the path lies in it; what a person reads.
        conflict: why the person has to be asked first; empty where nothing of theirs is lost.
    """

    path: Path
    name: str
    action: Action
    current: FileState
    target: FileState
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """The way of the files from one task to another.

    Attributes:
        not_covered: what stays as it is although it may differ, in sentences.
    """

    from_task: int
    to_task: int
    changes: tuple[PlannedChange, ...]
    not_covered: tuple[str, ...] = ()

    @property
    def conflicts(self) -> tuple[PlannedChange, ...]:
        return tuple(change for change in self.changes if change.conflict)


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What a restore did.

    Attributes:
        done: the files stand at the target task. Otherwise they stand between the two: the active
            task must not move, and restoring again, to either, sets it right.
        kept: left as they were, with the reason.
        failed: what could not be restored and why, in sentences.
    """

    done: bool
    restored: tuple[Path, ...]
    kept: tuple[tuple[Path, str], ...] = ()
    failed: tuple[str, ...] = ()


def action_between(current: FileState, target: FileState) -> Action:
    """What brings `current` to `target`; the two differ."""
    if target.kind == "absent":
        return "delete"
    if current.kind == "absent":
        return "create"
    same_content = (current.kind, current.digest, current.link, current.identity) == (
        target.kind,
        target.digest,
        target.link,
        target.identity,
    )
    return "chmod" if same_content else "modify"
