"""Events of a journal from its end, a page at a time: a long session opens as fast as a short one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from clacky_tui.events import ENVELOPE, Envelope
from clacky_tui.sessions.records import parsed

BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events in the order they happened. `start` is where to read on: what came earlier stands
    before that byte; 0 means there is nothing earlier. `set_aside` lines could not be read."""

    events: tuple[Envelope, ...]
    start: int
    set_aside: int = 0


def read_events_backwards(path: Path, before_offset: int | None, count: int) -> EventPage:
    """The last `count` events that stand before a byte of a journal. Blocking; call it in a thread.

    Args:
        path: a journal.
        before_offset: the `start` of the page read before; None begins at the end of the file.
        count: how many events; fewer come only at the beginning of the session.

    Raises:
        OSError: the file cannot be read.
    """
    found: list[Envelope] = []
    set_aside = 0
    for offset, line in _lines_backwards(path, before_offset):
        record = parsed(line)
        if record is None:
            set_aside += 1
        elif record["type"] == "event":
            try:
                found.append(ENVELOPE.validate_python(record))
            except ValidationError:
                set_aside += 1
        if len(found) == count:
            return EventPage(tuple(reversed(found)), offset, set_aside)
    return EventPage(tuple(reversed(found)), 0, set_aside)


def _lines_backwards(path: Path, before_offset: int | None) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, the last one first, each with the offset it begins at."""
    with path.open("rb") as file:
        position = file.seek(0, os.SEEK_END)
        if before_offset is not None:
            position = min(position, before_offset)
        pieces: list[bytes] = []
        while position:
            size = min(BLOCK_BYTES, position)
            position -= size
            file.seek(position)
            *rest, tail = _split(file.read(size))
            if not rest:
                pieces.append(tail)
                continue
            end = position + size
            line = b"".join([tail, *reversed(pieces)])
            start = end - len(tail)
            if line.strip():
                yield start, line
            for piece in reversed(rest[1:]):
                start -= len(piece)
                if piece.strip():
                    yield start, piece
            pieces = [rest[0]]
        if (line := b"".join(reversed(pieces))).strip():
            yield 0, line


def _split(block: bytes) -> list[bytes]:
    """`block` after each newline; the last piece is what follows the last one, maybe nothing."""
    *lines, tail = block.split(b"\n")
    return [*(line + b"\n" for line in lines), tail]
