"""A Python pattern as a looser one for ripgrep, which only picks the files worth reading.

Python's `re` stays the judge of every line. For that, ripgrep must find each line that `re` would
find; it may find more. The looser pattern is about bytes: its ASCII part is exact, a class that may
hold other characters takes any of them, and anchors on words are left out.
"""

from __future__ import annotations

import re
import warnings
from functools import cache

_OTHER = r"(?:(?-u:[\x80-\xff]){1,4})"
"""Any character that is not ASCII, in whatever encoding `text_encoding.decode_text` finds."""
_LEGACY_CODECS = ("gb18030", "cp1252", "latin-1")
_LEFT_OUT = frozenset("bBAZ")
_REPEAT = re.compile(r"\{(\d*)(?:(,)(\d*))?\}")
_GROUP = re.compile(r"\?:|\?P<[^\W\d]\w*>")
_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_PLAIN_SET = re.compile(r"\[(?!\^)(?:\\[^\w\s]|[^\\])*\]")
_FOLDED_FROM_OTHERS = frozenset("iIkKsS")
"""Without regard to case these also stand for U+0130, U+0131, U+212A and U+017F."""


class _UnusableError(Exception):
    """Nothing looser is known for this pattern."""


def loosened(pattern: str, *, case_insensitive: bool) -> str | None:
    """An expression for ripgrep that matches at least the lines `pattern` matches, or None.

    What it says about a pattern that `re.compile` refuses means nothing.
    """
    if pattern.startswith("(?i)"):
        pattern, case_insensitive = pattern[4:], True
    if "\ufffd" in pattern or (case_insensitive and not pattern.isascii()):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expression = "".join(_Reader(pattern, case_insensitive=case_insensitive).pieces())
    except (_UnusableError, re.error, IndexError):
        return None
    return f"(?i:{expression})" if case_insensitive else expression


class _Reader:
    def __init__(self, pattern: str, *, case_insensitive: bool) -> None:
        self._text = pattern
        self._at = 0
        self._case_insensitive = case_insensitive

    def pieces(self) -> list[str]:
        pieces: list[str] = []
        while self._at < len(self._text):
            pieces.append(self._next())
        return pieces

    def _next(self) -> str:
        character = self._text[self._at]
        self._at += 1
        match character:
            case "\\":
                return self._escape()
            case "[":
                return self._set()
            case "(":
                return self._group()
            case "*" | "+" | "?":
                return character + self._lazy()
            case "{":
                return self._repeat()
            case ".":
                return _class(".", self._case_insensitive)
            case "^":
                return r"(?:^(?-u:\xef\xbb\xbf)?)"
            case "$":
                return r"(?:[\x0c\x0d]?$)"
            case "|" | ")":
                return character
            case _:
                return self._literal(character)

    def _literal(self, character: str) -> str:
        if character in "\n\r\0":
            raise _UnusableError
        if not character.isascii():
            return _encoded(character)
        quoted = character if character.isalnum() else rf"\x{ord(character):02x}"
        if self._case_insensitive and character in _FOLDED_FROM_OTHERS:
            return f"(?:{quoted}|{_OTHER})"
        return quoted

    def _escape(self) -> str:
        character = self._text[self._at]
        self._at += 1
        if character in _LEFT_OUT:
            return "(?:)"
        if character in "dDwWsSt":
            return _class("\\" + character, self._case_insensitive)
        if character.isalnum():
            raise _UnusableError
        return self._literal(character)

    def _group(self) -> str:
        if self._text[self._at : self._at + 1] == "?":
            found = _GROUP.match(self._text, self._at)
            if found is None:
                raise _UnusableError
            self._at = found.end()
        return "(?:"

    def _lazy(self) -> str:
        """A lazy or greedy repeat finds the same lines; a possessive one does not."""
        following = self._text[self._at : self._at + 1]
        if following == "+":
            raise _UnusableError
        self._at += following == "?"
        return ""

    def _repeat(self) -> str:
        found = _REPEAT.match(self._text, self._at - 1)
        if found is None or not any(found.groups()):
            return r"\x7b"
        self._at = found.end()
        least, comma, most = found.groups()
        return f"{{{least or 0}{comma or ''}{most or ''}}}{self._lazy()}"

    def _set(self) -> str:
        found = _SET.match(self._text, self._at - 1)
        if found is None:
            raise _UnusableError
        self._at = found.end()
        return _class(found.group(), self._case_insensitive)


@cache
def _class(source: str, case_insensitive: bool) -> str:
    """What the one-character pattern `source` takes: its ASCII members, and others if it has any."""
    flags = re.IGNORECASE if case_insensitive else re.NOFLAG
    takes = re.compile(source, flags).fullmatch
    members = [code for code in range(128) if code != 0x0A and takes(chr(code))]
    ascii_only = source.isascii() and (_PLAIN_SET.fullmatch(source) or source == r"\t")
    if ascii_only and not case_insensitive:
        return _ascii_set(members)
    return f"(?:{_ascii_set(members)}|{_OTHER})" if members else _OTHER


def _ascii_set(members: list[int]) -> str:
    if not members:
        raise _UnusableError
    firsts = [code for code in members if code - 1 not in members]
    lasts = [code for code in members if code + 1 not in members]
    ranges = zip(firsts, lasts, strict=True)
    return "[" + "".join(rf"\x{first:02x}-\x{last:02x}" for first, last in ranges) + "]"


def _encoded(character: str) -> str:
    """The character in UTF-8 or in any of the encodings a file may be read in."""
    spellings = [character]
    for codec in _LEGACY_CODECS:
        try:
            encoded = character.encode(codec)
        except UnicodeEncodeError:
            continue
        spelled = "".join(rf"\x{byte:02x}" for byte in encoded)
        spellings.append(f"(?-u:{spelled})")
    return f"(?:{'|'.join(dict.fromkeys(spellings))})"
