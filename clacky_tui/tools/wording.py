"""How tools speak: text made safe for one line, and counts and sizes in words."""

from __future__ import annotations

import re

from clacky_tui.i18n import phrase

_HIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, and invisible ones that can reorder or disguise a line; no white space."""

_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"}
_PICTURES |= {0x7F: 0x2421}
_PICTURES |= dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000)), 0xFFFD)
_PICTURES |= dict.fromkeys((*range(0x2028, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)


def one_line(text: str) -> str:
    """`text` on one line: white space collapsed, control and hidden characters removed."""
    return " ".join(_HIDDEN.sub("", text).split())


def visible(text: str) -> str:
    """`text` with control characters drawn as pictures (``␛``); tabs and newlines stay."""
    return text.translate(_PICTURES)


def counted(count: int, singular: str, plural: str = "") -> str:
    """A phrase: ``counted(1, "line") == "1 line"``, ``counted(2, "match", "matches") == "2 matches"``."""
    noun = singular if count == 1 else plural or singular + "s"
    return phrase(f"{{n}} {noun}", n=f"{count:,}")


def size_words(size_bytes: int) -> str:
    """A size in bytes, KB or MB (powers of 1024): ``"812 bytes"``, ``"1.5 MB"``."""
    if size_bytes < 1024:
        return counted(size_bytes, "byte")
    if size_bytes < 1024 * 1024:
        return f"{size_bytes / 1024:.1f} KB"
    return f"{size_bytes / (1024 * 1024):.1f} MB"
