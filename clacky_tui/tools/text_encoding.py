"""How a text file's bytes read as characters, and how changed text goes back into the same bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_PROBE_BYTES = 256 * 1024
"""How much of a file that is not UTF-8 is looked at to tell what it is."""


class Encoding(NamedTuple):
    """A codec and the byte-order mark in front; bytes the codec cannot read come back unchanged."""

    codec: str
    mark: bytes = b""

    @property
    def label(self) -> str:
        """Words for the model; empty for plain UTF-8."""
        if self.codec == "utf-8":
            return "UTF-8 with a byte-order mark" if self.mark else ""
        return {"gb18030": "GB 18030", "cp1252": "Windows-1252", "latin-1": "Latin-1"}.get(
            self.codec, self.codec.upper()
        )

    def encode(self, text: str) -> bytes:
        """The bytes of `text`, mark included.

        Raises:
            UnicodeEncodeError: the codec has no bytes for some character.
        """
        errors = "surrogateescape" if self.codec == "utf-8" else "strict"
        return self.mark + text.encode(self.codec, errors)


UTF_8 = Encoding("utf-8")


def decode_exact(content: bytes) -> tuple[str, Encoding]:
    """The text and its encoding; `Encoding.encode` gives the same bytes again.

    A mark decides; else UTF-8. Bytes that are not UTF-8 are read as GB 18030 when they all come in
    pairs, as Windows-1252 otherwise; but a text that is UTF-8 for the greater part stays UTF-8, and
    its bad bytes become lone surrogates.
    """
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return _marked(content, Encoding(codec, mark))
    try:
        return content.decode("utf-8"), UTF_8
    except UnicodeDecodeError:
        pass
    for codec in _legacy_codecs(content):
        try:
            text = content.decode(codec)
            if text.encode(codec) == content:
                return text, Encoding(codec)
        except UnicodeError:
            continue
    return content.decode("utf-8", "surrogateescape"), UTF_8


def decode_text(content: bytes) -> str:
    """The text as `decode_exact` reads it, with U+FFFD for what cannot be read."""
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec, "replace")
    text, encoding = decode_exact(content)
    return content.decode("utf-8", "replace") if encoding.codec == "utf-8" else text


def _marked(content: bytes, encoding: Encoding) -> tuple[str, Encoding]:
    body = content[len(encoding.mark) :]
    if encoding.codec == "utf-8":
        return body.decode("utf-8", "surrogateescape"), encoding
    try:
        return body.decode(encoding.codec), encoding
    except UnicodeDecodeError:
        return content.decode("utf-8", "surrogateescape"), UTF_8


def _legacy_codecs(content: bytes) -> tuple[str, ...]:
    probe = content[:_PROBE_BYTES]
    runs = _HIGH_BYTES.findall(probe)
    # Pairs of other encodings look like UTF-8 by chance, but not most of them.
    in_utf8 = sum(map(len, _UTF8_CHARACTER.findall(probe)))
    if b"\0" in probe or in_utf8 * 2 > sum(map(len, runs)):
        return ()
    paired = bool(runs) and all(len(run) % 2 == 0 for run in runs[:-1])
    return ("gb18030", "cp1252", "latin-1") if paired else ("cp1252", "latin-1")
