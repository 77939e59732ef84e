"""Amazon's event stream: any cutting gives the same messages, any damage is found."""

from __future__ import annotations

import contextlib
import itertools
import struct
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws_frames import message

from clacky_tui.providers.event_stream import DamagedStreamError, EventMessage, EventStreamParser

NAMES = st.text(min_size=1, max_size=30)
HEADERS = st.dictionaries(NAMES, st.text(max_size=40), max_size=4)
MESSAGES = st.lists(st.tuples(st.binary(max_size=200), HEADERS), max_size=5)


@given(MESSAGES, st.lists(st.integers(0, 2000), max_size=20))
def test_any_chunking_gives_the_same_messages(
    messages: list[tuple[bytes, dict[str, str]]], cuts: list[int]
) -> None:
    encoded = b"".join(message(payload, headers) for payload, headers in messages)
    places = sorted({0, len(encoded), *(cut for cut in cuts if cut < len(encoded))})
    parser = EventStreamParser()
    read = [
        found
        for start, end in itertools.pairwise(places)
        for found in parser.feed(encoded[start:end])
    ]
    assert read == [EventMessage(headers, payload) for payload, headers in messages]


@given(st.binary(max_size=60), HEADERS, st.integers(min_value=0), st.integers(0, 7))
def test_a_flipped_bit_is_never_read_as_a_message(
    payload: bytes, headers: dict[str, str], where: int, bit: int
) -> None:
    encoded = bytearray(message(payload, headers))
    encoded[where % len(encoded)] ^= 1 << bit
    with pytest.raises(DamagedStreamError):
        EventStreamParser().feed(bytes(encoded))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_else(noise: bytes) -> None:
    with contextlib.suppress(DamagedStreamError):
        EventStreamParser().feed(noise)


def test_an_incomplete_message_waits() -> None:
    encoded = message(b"{}", {":event-type": "x"})
    parser = EventStreamParser()
    assert parser.feed(encoded[:-1]) == []
    assert parser.feed(encoded[-1:]) == [EventMessage({":event-type": "x"}, b"{}")]


def test_headers_that_are_no_text_are_stepped_over() -> None:
    values = {
        0: b"",
        1: b"",
        2: b"x",
        3: b"xx",
        4: b"x" * 4,
        5: b"x" * 8,
        8: b"x" * 8,
        9: b"x" * 16,
    }
    raw = b"".join(b"\x01" + bytes([97 + kind, kind]) + value for kind, value in values.items())
    raw += b"\x01z\x06" + struct.pack(">H", 3) + b"abc"
    [read] = EventStreamParser().feed(message(b"p", {"last": "here"}, raw_headers=raw))
    assert read == EventMessage({"last": "here"}, b"p")


@pytest.mark.parametrize("raw", [b"\x01a\x0a", b"\x05ab", b"\x01a\x07\xff\xff", b"\x01\xff\x00"])
def test_headers_that_make_no_sense_are_damage(raw: bytes) -> None:
    with pytest.raises(DamagedStreamError, match="headers"):
        EventStreamParser().feed(message(b"", {}, raw_headers=raw))


def test_an_absurd_length_is_not_waited_for() -> None:
    prelude = struct.pack(">II", 1 << 30, 0)
    with pytest.raises(DamagedStreamError, match="bytes"):
        EventStreamParser().feed(prelude + struct.pack(">I", crc32(prelude)))
