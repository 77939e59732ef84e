"""The lines of a journal as records, one by one, whatever state the file is in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

Record = dict[str, Any]


class Line(NamedTuple):
    """One line. `record` is None when it is damaged; `whole` says that its newline is there."""

    offset: int
    end: int
    record: Record | None
    whole: bool = True


def read_lines(file: IO[bytes], start: int = 0) -> Iterator[Line]:
    """The lines of `file` from the byte offset `start`, blank ones left out.

    Raises:
        OSError: reading failed.
    """
    file.seek(start)
    offset = start
    for raw in file:
        end = offset + len(raw)
        if raw.strip():
            yield Line(offset, end, parsed(raw), raw.endswith(b"\n"))
        offset = end


def journal_records(path: Path) -> Iterator[Record]:
    """The readable records of a journal.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        yield from (line.record for line in read_lines(file) if line.record is not None)


def parsed(line: bytes) -> Record | None:
    """The record in `line`, None when there is none."""
    try:
        record = _parser()(line)
    except ValueError:
        record = _lenient(line)
    return record if isinstance(record, dict) and isinstance(record.get("type"), str) else None


@cache
def _parser() -> Callable[[bytes], Any]:
    """Twice as fast as `json`; imported on first need, as an up-to-date list of sessions has none."""
    from pydantic_core import from_json

    return from_json


def _lenient(line: bytes) -> Any:
    """For what `json` takes and the faster parser does not: half a surrogate pair, deep nesting."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def event_of(record: Record) -> dict[str, Any]:
    """The event in an event record, empty in any other."""
    event = record.get("event") if record["type"] == "event" else None
    return event if isinstance(event, dict) else {}


def number(value: Any) -> int:
    """`value` where it is a count, else 0."""
    return value if type(value) is int and value >= 0 else 0


def word(value: Any) -> str:
    """`value` where it is text, else empty."""
    return value if isinstance(value, str) else ""


def moment(value: Any) -> datetime | None:
    """The aware time written as `value`, None when there is none; without a zone it is local."""
    try:
        return datetime.fromisoformat(value).astimezone()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
