"""Terminal output made into plain text: what would be left to read on a line-oriented screen."""

from __future__ import annotations

import re

_STRINGS = r"\x1b[PX^_\]][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
"""OSC, DCS, SOS, PM and APC strings; an unfinished one ends with its line."""
_CSI = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
_SHORT = r"\x1b[ -/]*[0-~]"
_ESCAPES = re.compile(f"{_STRINGS}|{_CSI}|{_SHORT}")

_LINE_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0d-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_NEEDS_LINE_WORK = re.compile("[\r\b]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_PLAIN = bytes([0x09, 0x0A, *range(0x20, 0x7F)])


def clean_output(text: str) -> str:
    """`text` without escape sequences, overwritten and rubbed-out characters, and controls.

    Only tabs and newlines remain of the control characters. Cleaning twice changes nothing more.
    """
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return text  # most output; this look costs a fiftieth of the substitutions
    text = _ESCAPES.sub("", text)
    if _NEEDS_LINE_WORK.search(text):
        text = "\n".join(_final_state(line) for line in text.split("\n"))
    text = _LINE_BREAKS.sub("\n", text)
    return _SURROGATES.sub("\ufffd", _HIDDEN.sub("", text))


def _final_state(line: str) -> str:
    """The line after its last carriage return, with ``x`` + backspace pairs taken out."""
    line = line.rstrip("\r").rpartition("\r")[2]
    if "\b" not in line:
        return line
    kept: list[str] = []
    for character in line:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)
