"""What is not covered, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from clacky_tui.sessions.time_machine.states import FileState
from clacky_tui.sessions.time_machine.tree_scan import Change, Coverage

NAMED = 5
"""So many names stand in a sentence, then a count."""


def uncovered_sentence(change: Change) -> str:
    """Why an undo cannot take a change back; empty when it can."""
    unkept = next((s for s in (change.old, change.new) if s.unkept), None)
    if unkept is None:
        return ""
    return f"Not covered by undo: {change.name} ({_why(unkept)})."


def cut_short_sentence(why: str) -> str:
    """What a look at the tree that was cut short means."""
    return f"What commands change is covered in only a part of the folder, because {why}."


def damage_sentences(lines: int) -> tuple[str, ...]:
    """What unreadable lines of the index mean; empty without one."""
    if not lines:
        return ()
    return (f"What {lines} damaged lines of the undo index said is lost; check the result.",)


def coverage_sentences(coverage: Coverage) -> tuple[str, ...]:
    """What a look at the tree left out."""
    sentences: list[str] = []
    if coverage.cut_short:
        sentences.append(cut_short_sentence(coverage.cut_short))
    if coverage.ignored:
        sentences.append(f"Not watched, because ignored: {_listed(coverage.ignored)}.")
    if coverage.unread:
        sentences.append(f"Not watched, because not readable: {_listed(coverage.unread)}.")
    if coverage.unkept:
        files = [f"{name} ({_why(state)})" for name, state in sorted(coverage.unkept.items())]
        sentences.append(f"Not covered by undo: {_listed(files)}.")
    return tuple(sentences)


def _why(state: FileState) -> str:
    return f"{state.size_bytes / (1024 * 1024):.1f} MB, {state.unkept}"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
