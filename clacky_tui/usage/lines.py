"""Histories that are one JSON object a line: read in bounded pieces, torn ends left for later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from clacky_tui.usage.reader import Reading

CHUNK_BYTES = 4 * 1024 * 1024
MOST_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is passed over: it is an embedded file, not a count of tokens."""
TORN_CAVEAT = "lines that are no JSON"
LONG_CAVEAT = "lines over 16 MB, not read"


def whole_lines(path: Path, offset: int, reading: Reading) -> Iterator[bytes]:
    """Every line of `path` behind `offset` that ends; `reading.offset` follows.

    What stands behind the last newline is being written, and is read when it is whole.

    Raises:
        OSError: it cannot be read.
    """
    reading.offset = offset
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        yield from lines_of(file, reading)


def lines_of(file: IO[bytes], reading: Reading) -> Iterator[bytes]:
    """Every line that ends in what is left of `file`; `reading.offset` follows."""
    rest = b""
    passed_over = 0
    while chunk := file.read(CHUNK_BYTES):
        end = chunk.rfind(b"\n") + 1
        if not end:
            if passed_over or len(rest) + len(chunk) > MOST_LINE_BYTES:
                passed_over += len(rest) + len(chunk)
                rest = b""
            else:
                rest += chunk
            continue
        block = rest + chunk[:end]
        rest = chunk[end:]
        if passed_over:
            first = block.find(b"\n") + 1
            reading.note(LONG_CAVEAT)
            reading.offset += passed_over + first
            block, passed_over = block[first:], 0
        yield from block.split(b"\n")[:-1]
        reading.offset += len(block)


def json_object(line: bytes, reading: Reading) -> dict[str, Any] | None:
    """The object on `line`; None, and noted, when there is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        if line.strip():
            reading.note(TORN_CAVEAT)
        return None
    return value if isinstance(value, dict) else None


def json_objects(
    path: Path, offset: int, reading: Reading, *wanted: bytes
) -> Iterator[dict[str, Any]]:
    """Every object on a whole line behind `offset` that holds one of `wanted`, or all of them.

    The bytes only sort out what cannot matter: a transcript may quote any of them in a text.

    Raises:
        OSError: it cannot be read.
    """
    for line in whole_lines(path, offset, reading):
        if (not wanted or any(each in line for each in wanted)) and (
            found := json_object(line, reading)
        ):
            yield found
