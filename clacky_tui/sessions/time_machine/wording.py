"""What is not covered, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from clacky_tui.i18n import phrase
from clacky_tui.sessions.time_machine.states import FileState
from clacky_tui.sessions.time_machine.tree_scan import Change, Coverage

NAMED = 5
"""So many names stand in a sentence, then a count."""


def uncovered_sentence(change: Change) -> str:
    """Why an undo cannot take a change back; empty when it can."""
    unkept = next((s for s in (change.old, change.new) if s.unkept), None)
    if unkept is None:
        return ""
    return phrase("Not covered by undo: {name} ({why}).", name=change.name, why=_why(unkept))


def cut_short_sentence(why: str) -> str:
    """What a look at the tree that was cut short means."""
    return phrase(
        "What commands change is covered in only a part of the folder, because {why}.", why=why
    )


def damage_sentences(lines: int) -> tuple[str, ...]:
    """What unreadable lines of the index mean; empty without one."""
    if not lines:
        return ()
    return (
        phrase(
            "What {lines} damaged lines of the undo index said is lost; check the result.",
            lines=lines,
        ),
    )


def coverage_sentences(coverage: Coverage) -> tuple[str, ...]:
    """What a look at the tree left out."""
    sentences: list[str] = []
    if coverage.cut_short:
        sentences.append(cut_short_sentence(coverage.cut_short))
    if coverage.ignored:
        sentences.append(
            phrase("Not watched, because ignored: {listed}.", listed=_listed(coverage.ignored))
        )
    if coverage.unread:
        sentences.append(
            phrase("Not watched, because not readable: {listed}.", listed=_listed(coverage.unread))
        )
    if coverage.unkept:
        files = [f"{name} ({_why(state)})" for name, state in sorted(coverage.unkept.items())]
        sentences.append(phrase("Not covered by undo: {listed}.", listed=_listed(files)))
    return tuple(sentences)


def _why(state: FileState) -> str:
    megabytes = state.size_bytes / (1024 * 1024)
    return phrase("{megabytes:.1f} MB, {why}", megabytes=megabytes, why=phrase(state.unkept))


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    named = ", ".join(names[:NAMED])
    return phrase("{named} and {rest:,} more", named=named, rest=rest) if rest > 0 else named
