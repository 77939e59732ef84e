"""Writes what `providers.event_stream` reads."""

from __future__ import annotations

import json
import struct
from zlib import crc32


def message(payload: bytes, headers: dict[str, str], *, raw_headers: bytes = b"") -> bytes:
    """One message; `raw_headers` are already encoded ones, for values that are no text."""
    encoded = raw_headers
    for name, value in headers.items():
        text = value.encode()
        encoded += bytes([len(name.encode())]) + name.encode() + b"\x07"
        encoded += struct.pack(">H", len(text)) + text
    prelude = struct.pack(">II", 16 + len(encoded) + len(payload), len(encoded))
    checked = prelude + struct.pack(">I", crc32(prelude)) + encoded + payload
    return checked + struct.pack(">I", crc32(checked))


def event(kind: str, payload: object) -> bytes:
    """An event as Bedrock sends it."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return message(json.dumps(payload).encode(), headers)


def exception(kind: str, said: str) -> bytes:
    """An exception inside a stream."""
    headers = {":exception-type": kind, ":message-type": "exception"}
    return message(json.dumps({"message": said}).encode(), headers)
