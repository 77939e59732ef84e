"""Compares the disk with a task's files and decides, path by path, what a restore may do."""

from __future__ import annotations

from pathlib import Path

from clacky_tui.domain.task_tree import ROOT
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
            obstacles.append(f"Not covered by undo: {name} ({error.strerror}).")
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
            conflict = f"{_who(recorder.background)} changed it after {_task(timeline.position)}"
        elif theirs:
            latest = theirs[max(theirs)]
            conflict = f"it holds what {_who(latest.background)} changed after {_task(latest.task)}"
        path = Path(recorder.watcher.absolute(name))
        changes.append(PlannedChange(path, name, action, current, target, conflict))
    return tuple(changes), tuple(obstacles)


def _obstacle(name: str, current: FileState, target: FileState, kept: Pack) -> str:
    if current.kind == "other" or target.kind == "other":
        return f"Not covered by undo: {name} is a pipe, socket or device."
    if target.unkept:
        return f"Cannot be restored: {name} (its content was not kept: {target.unkept})."
    if target.digest and target.digest not in kept:
        return f"Cannot be restored: {name} (too old; its content was dropped to save space)."
    if current.unkept:
        return f"Stays as it is: {name} (its present content cannot be kept: {current.unkept})."
    return ""


def _who(background: bool) -> str:
    return "you or a background command" if background else "you"


def _task(task: int) -> str:
    return "the start of the session" if task == ROOT else f"task {task}"
