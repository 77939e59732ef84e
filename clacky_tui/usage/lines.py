"""Histories that are one JSON object a line: read in bounded pieces, torn ends left for later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeVar, get_args

import msgspec

from clacky_tui.usage.reader import Reading

CHUNK_BYTES = 512 * 1024
MOST_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is passed over: it is an embedded file, not a count of tokens."""
TORN_CAVEAT = "lines that are no JSON"
LONG_CAVEAT = "lines over 16 MB, not read"

_OPENING, _CLOSING = b"{}"

T = TypeVar("T")
_DECODER = msgspec.json.Decoder()


def whole_lines(
    path: Path, offset: int, reading: Reading, marks: Sequence[bytes] = ()
) -> Iterator[bytes]:
    """Every line of `path` behind `offset` that ends and holds one of `marks`; all without marks.

    What stands behind the last newline is being written, and is read when it is whole.

    Args:
        path: the file.
        offset: where to begin, in bytes.
        reading: its `offset` follows.
        marks: bytes that only sort out what cannot matter.

    Raises:
        OSError: it cannot be read.
    """
    with _open_at(path, offset, reading) as file:
        for block in _blocks(file, reading):
            yield from _lines_in(block, marks)


def typed_objects(
    path: Path, offset: int, reading: Reading, decoder: msgspec.json.Decoder[T]
) -> Iterator[T]:
    """What `decoder`, of a struct, makes of the object on every whole line of `path` behind `offset`.

    A value of another type than its field's is as if it were not there. What is no JSON is noted.

    Raises:
        OSError: it cannot be read.
    """

    def blocks() -> Iterator[Iterable[T]]:
        with _open_at(path, offset, reading) as file:
            for block in _blocks(file, reading):
                yield _objects_in(block, reading, decoder)

    return chain.from_iterable(blocks())


def typed_objects_of(
    file: IO[bytes], reading: Reading, decoder: msgspec.json.Decoder[T]
) -> Iterator[T]:
    """As `typed_objects`, of what is left of `file`."""
    blocks = _blocks(file, reading)
    return chain.from_iterable(_objects_in(block, reading, decoder) for block in blocks)


def _objects_in(block: bytes, reading: Reading, decoder: msgspec.json.Decoder[T]) -> Iterable[T]:
    """All lines at once, which is twice as fast as finding those that matter; one by one where any
    is damaged or of another shape, or where an object is not on a line of its own."""
    try:
        found = decoder.decode_lines(block)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = []
    if found and _holds_one_a_line(block, len(found)):
        return found
    each = (_object_on(line, reading, decoder) for line in _lines_in(block, ()))
    return [one for one in each if one is not None]


def _holds_one_a_line(block: bytes, objects: int) -> bool:
    """Whether each of the `objects` that `block` consists of is on a line of its own.

    No object goes on behind an end of line between its own braces: JSON wants a comma there.
    """
    start = 0
    find = block.find
    while (end := find(b"\n", start)) >= 0:
        if block[start] != _OPENING or block[end - 1] != _CLOSING:
            return False
        start = end + 1
        objects -= 1
    return not objects


def _object_on(line: bytes, reading: Reading, decoder: msgspec.json.Decoder[T]) -> T | None:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        salvaged: T | None = _salvaged(_tolerantly(line, reading), decoder.type)
        return salvaged


def _salvaged(value: object, kind: Any) -> Any:
    """`value` as `kind`, without those parts that are of another type; None for what is nothing else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    with suppress(msgspec.ValidationError):
        return msgspec.convert(value, kind)
    parts = get_args(kind) or (kind,)
    struct = next((part for part in parts if hasattr(part, "__struct_fields__")), None)
    if struct is None or not isinstance(value, dict):
        return None
    fields = [field for field in msgspec.structs.fields(struct) if field.encode_name in value]
    return struct(**{each.name: _salvaged(value[each.encode_name], each.type) for each in fields})


@contextmanager
def _open_at(path: Path, offset: int, reading: Reading) -> Iterator[IO[bytes]]:
    reading.offset = offset
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        yield file


def _blocks(file: IO[bytes], reading: Reading) -> Iterator[bytes]:
    """Pieces of `file` that begin and end with a line; `reading.offset` follows behind each."""
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
        yield block
        reading.offset += len(block)


def _lines_in(block: bytes, marks: Sequence[bytes]) -> Iterator[bytes]:
    """The lines of `block` with one of `marks`; finding them jumps over the others."""
    size = len(block)
    start = 0
    find, find_back = block.find, block.rfind
    while start < size and not marks:
        end = find(b"\n", start)
        yield block[start:end]
        start = end + 1
    places = [place if (place := find(mark, start)) >= 0 else size for mark in marks]
    while (place := min(places, default=size)) < size:
        end = find(b"\n", place)
        yield block[find_back(b"\n", 0, place) + 1 : end]
        for number, place in enumerate(places):
            if place < end:
                place = find(marks[number], end)
                places[number] = place if place >= 0 else size


def json_object(line: bytes, reading: Reading) -> dict[str, Any] | None:
    """The object on `line`; None, and noted, when there is none."""
    try:
        value = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _tolerantly(line, reading)
    return value if isinstance(value, dict) else None


def _tolerantly(line: bytes, reading: Reading) -> Any:
    """Half of a surrogate pair, which JavaScript writes where it cuts a text, is no damage to counts,
    and neither are bytes of a text that are no UTF-8."""
    try:
        return json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        if line.strip():
            reading.note(TORN_CAVEAT)
        return None


def json_objects(
    path: Path, offset: int, reading: Reading, *wanted: bytes
) -> Iterator[dict[str, Any]]:
    """Every object on a whole line behind `offset` that holds one of `wanted`, or all of them.

    The bytes only sort out what cannot matter: a transcript may quote any of them in a text.

    Raises:
        OSError: it cannot be read.
    """
    for line in whole_lines(path, offset, reading, wanted):
        if found := json_object(line, reading):
            yield found
