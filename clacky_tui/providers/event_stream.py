"""Amazon's event stream encoding: bytes in as they arrive, whole checked messages out.

Layout after the AWS documentation "Event stream encoding" (vnd.amazon.eventstream), all numbers
big-endian: total length (4 bytes), headers length (4), CRC-32 of these eight bytes (4), headers,
payload, CRC-32 of everything before it (4). A header is a one-byte name length, the name, a one-byte
value type and the value.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

MAX_MESSAGE_BYTES = 24 << 20
"""Longest message the encoding allows; a longer one is damage, not data to wait for."""

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_SHORTEST_MESSAGE_BYTES = _PRELUDE.size + _CRC.size
_BYTES_TYPE = 6
_TEXT_TYPE = 7
_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of the value types without a length of their own: booleans, integers, time, UUID."""


class DamagedStreamError(ValueError):
    """The bytes are no event stream, or were changed on their way."""


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One message; `headers` holds those with text values, e.g. ``:event-type``."""

    headers: Mapping[str, str]
    payload: bytes


class EventStreamParser:
    """Turns any chunking of the same bytes into the same messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[EventMessage]:
        """Take the next bytes; returns the messages they complete, oldest first.

        Raises:
            DamagedStreamError: a length or a checksum is wrong; what follows cannot be read.
        """
        self._buffer += chunk
        messages = []
        start = 0
        while (length := _message_length(self._buffer, start)) is not None:
            if len(self._buffer) - start < length:
                break
            messages.append(_read_message(bytes(self._buffer[start : start + length])))
            start += length
        del self._buffer[:start]
        return messages


def _message_length(buffer: bytearray, start: int) -> int | None:
    """Bytes of the message at `start`; None while its prelude is incomplete."""
    if len(buffer) - start < _PRELUDE.size:
        return None
    total, headers, checksum = _PRELUDE.unpack_from(buffer, start)
    if crc32(buffer[start : start + 8]) != checksum:
        raise DamagedStreamError("the checksum of a message's lengths is wrong")
    if not _SHORTEST_MESSAGE_BYTES + headers <= total <= MAX_MESSAGE_BYTES:
        raise DamagedStreamError(f"a message of {total} bytes with {headers} bytes of headers")
    return int(total)


def _read_message(message: bytes) -> EventMessage:
    (checksum,) = _CRC.unpack_from(message, len(message) - _CRC.size)
    if crc32(message[: -_CRC.size]) != checksum:
        raise DamagedStreamError("the checksum of a message is wrong")
    headers_end = _PRELUDE.size + _PRELUDE.unpack_from(message)[1]
    try:
        headers = _read_headers(message[_PRELUDE.size : headers_end])
    except (IndexError, KeyError, UnicodeDecodeError):
        raise DamagedStreamError("a message's headers cannot be read") from None
    return EventMessage(headers, message[headers_end : -_CRC.size])


def _read_headers(encoded: bytes) -> dict[str, str]:
    headers = {}
    position = 0
    while position < len(encoded):
        name_end = position + 1 + encoded[position]
        name = encoded[position + 1 : name_end].decode()
        kind = encoded[name_end]
        start = name_end + 1
        if kind in (_BYTES_TYPE, _TEXT_TYPE):
            size = encoded[start] << 8 | encoded[start + 1]
            start += 2
        else:
            size = _FIXED_SIZES[kind]
        position = start + size
        if position > len(encoded):
            raise IndexError
        if kind == _TEXT_TYPE:
            headers[name] = encoded[start:position].decode()
    return headers
