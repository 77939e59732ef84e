"""What a person means by one entry: a whole message, a whole fence, a whole list, one tool call."""

from __future__ import annotations

from collections.abc import Sequence

from clacky_tui.tui.chat.entries import BlockEntry, Entry, UserEntry


def piece_at(entries: Sequence[Entry], index: int) -> range:
    """The indices of the entries that belong together with the one at `index`."""
    start = index
    while start > 0 and _goes_on(entries[start - 1], entries[start]):
        start -= 1
    stop = index + 1
    while stop < len(entries) and _goes_on(entries[stop - 1], entries[stop]):
        stop += 1
    return range(start, stop)


def _goes_on(former: Entry, later: Entry) -> bool:
    if isinstance(former, UserEntry) and isinstance(later, UserEntry):
        return not later.is_first
    if not (isinstance(former, BlockEntry) and isinstance(later, BlockEntry)):
        return False
    if former.is_code and later.is_code:
        return former.block.kind != "fence_close" and later.block.kind != "fence_open"
    return former.block.kind == later.block.kind == "item"


def source_of(entries: Sequence[Entry]) -> str:
    """The text of `entries` as it was written, to be copied."""
    parts: list[str] = []
    for entry in entries:
        in_fence = isinstance(entry, BlockEntry) and entry.block.kind in ("code", "fence_close")
        if parts and entry.gap_before and not in_fence:  # a mark of a fence has no row of its own
            parts.append("")
        parts.append(entry.plain())
    return "\n".join(parts)


def code_of(entries: Sequence[Entry]) -> str:
    """The code among `entries`, without the marks of its fence; empty when there is none."""
    return "\n".join(
        entry.plain()
        for entry in entries
        if isinstance(entry, BlockEntry) and entry.block.kind == "code"
    )


def code_near(entries: Sequence[Entry], index: int) -> str:
    """The code at `index`, or the next one below it in the same reply; empty without any."""
    for at in range(index, len(entries)):
        entry = entries[at]
        if not isinstance(entry, BlockEntry):
            return ""
        if entry.is_code and (code := code_of([entries[n] for n in piece_at(entries, at)])):
            return code
    return ""


def last_reply(entries: Sequence[Entry]) -> list[Entry]:
    """The entries of the newest reply; none when there was none."""
    stop = next(
        (n + 1 for n in reversed(range(len(entries))) if isinstance(entries[n], BlockEntry)), 0
    )
    start = stop
    while start > 0 and isinstance(entries[start - 1], BlockEntry):
        start -= 1
    return list(entries[start:stop])


def last_code(entries: Sequence[Entry]) -> str:
    """The newest block of code; empty when there was none."""
    for index in reversed(range(len(entries))):
        entry = entries[index]
        if isinstance(entry, BlockEntry) and entry.block.kind == "code":
            return code_of([entries[n] for n in piece_at(entries, index)])
    return ""
