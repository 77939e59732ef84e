"""Text from models, tools and files, made safe to show on a terminal."""

from __future__ import annotations

import re

TAB_CELLS = 4
REPLACEMENT = "\ufffd"

_SUSPECT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"  # OSC: titles, links, clipboard
    r"|\x1b[PX^_][^\x1b\n]*\x1b\\"  # DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"
)
_JOINER = "\u200d"
_STRAY_JOINER = re.compile(f"(?<![^\0-\x7f{_JOINER}]){_JOINER}+|{_JOINER}+(?![^\0-\x7f{_JOINER}])")
"""One that has nothing to join beside it; there terminals and tables of widths disagree."""
_SPACES = dict.fromkeys((0x0B, 0x0C, 0x2028, 0x2029), " ")


def sanitize(text: str) -> str:
    """`text` without anything a terminal would obey: lines of visible characters and newlines.

    As `without_controls`; zero-width joiners stay between signs that they can join, as in emoji, and
    vanish elsewhere.
    """
    text = without_controls(text)
    return _STRAY_JOINER.sub("", text) if _JOINER in text else text


def without_controls(text: str) -> str:
    """`text` as far as it is written, of which the next character may come yet.

    Whole escape sequences vanish; other C0 and C1 controls, bidirectional controls and lone
    surrogates become U+FFFD; carriage returns become newlines, tabs fill up to four cells.
    """
    if _SUSPECT.search(text) is None:
        return text
    text = _ESCAPE_SEQUENCE.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SPACES)
    return _SUSPECT.sub(REPLACEMENT, text.expandtabs(TAB_CELLS))


def sanitize_line(text: str) -> str:
    """`text` made safe and put on one line; runs of blank space become one space."""
    return " ".join(sanitize(text).split())
