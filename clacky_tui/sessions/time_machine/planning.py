"""Compares the disk with a task's files and decides, path by path, what a restore may do."""

from __future__ import annotations

from pathlib import Path

from clacky_tui.domain.task_tree import ROOT
from clacky_tui.i18n import phrase
from clacky_tui.sessions.time_machine.pack import Pack
from clacky_tui.sessions.time_machine.plan import PlannedChange, action_between
from clacky_tui.sessions.time_machine.recorder import Recorder
from clacky_tui.sessions.time_machine.states import FileState


def plan_restore(
    recorder: Recorder, kept: Pack, to_task: int
) -> tuple[tuple[PlannedChange, ...], tuple[str, ...]]:
    """The changes to `to_task` in the order of their paths, and what cannot be changed."""
    timeline = recorder.timeline
    target_cutoffs = timeline.cutoffs(to_task)
    here = timeline.cutoffs(timeline.position)
    changes: list[PlannedChange] = []
    obstacles: list[str] = []
    for name in sorted(timeline.paths):
        target = timeline.state(name, target_cutoffs)
        try:
            current = recorder.watcher.look_at(name)
        except OSError as error:
            obstacles.append(
                phrase(
                    "Not covered by undo: {name} ({strerror}).", name=name, strerror=error.strerror
                )
            )
            continue
        if target is None or current == target:
            continue
        action = action_between(current, target)
        obstacle = "" if action == "chmod" else _obstacle(name, current, target, kept)
        if obstacle:
            obstacles.append(obstacle)
            continue
        theirs = timeline.user_changes(name, here)
        for order in timeline.user_changes(name, target_cutoffs):
            theirs.pop(order, None)
        conflict = ""
        if recorder.is_users(name, current, here):
            conflict = phrase(
                "{who} changed it after {task}",
                who=_who(recorder.background),
                task=_task(timeline.position),
            )
        elif theirs:
            latest = theirs[max(theirs)]
            conflict = phrase(
                "it holds what {who} changed after {task}",
                who=_who(latest.background),
                task=_task(latest.task),
            )
        path = Path(recorder.watcher.absolute(name))
        changes.append(PlannedChange(path, name, action, current, target, conflict))
    return tuple(changes), tuple(obstacles)


def _obstacle(name: str, current: FileState, target: FileState, kept: Pack) -> str:
    if current.kind == "other" or target.kind == "other":
        return phrase("Not covered by undo: {name} is a pipe, socket or device.", name=name)
    if target.unkept:
        return phrase(
            "Cannot be restored: {name} (its content was not kept: {unkept}).",
            name=name,
            unkept=phrase(target.unkept),
        )
    if target.digest and target.digest not in kept:
        return phrase(
            "Cannot be restored: {name} (too old; its content was dropped to save space).",
            name=name,
        )
    if current.unkept:
        return phrase(
            "Stays as it is: {name} (its present content cannot be kept: {unkept}).",
            name=name,
            unkept=phrase(current.unkept),
        )
    return ""


def _who(background: bool) -> str:
    return phrase("you or a background command") if background else phrase("you")


def _task(task: int) -> str:
    return phrase("the start of the session") if task == ROOT else phrase("task {task}", task=task)
