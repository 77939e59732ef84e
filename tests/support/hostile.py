"""Text that nobody sane writes, and what of it must never reach a terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

PIECES = (
    "\x1b[2J",
    "\x1b]52;c;aGk=\x07",
    "\x1b]0;t\x07",
    "\x1b]8;;https://x\x1b\\",
    "\x9b31m",
    "\x1b",
    "\x1b[31m",
    "\x1b[38;5;1m",
    "\x1b[0m",
    "\x1bPq\x1b\\",
    "\x07",
    "\x08\x08",
    "\r",
    "\t",
    "\x00",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200d",
    "\ufe0f",
    "\u0301",
    "\u2028",
    "\ud800",
    "\u00ad",
    "[bold]",
    "[/]",
    "[link=x]",
    "**",
    "`",
    "```",
    "~~~\n",
    "| a | b |\n|---|---|\n",
    "- ",
    "> ",
    "1. ",
    "# ",
    "[x](javascript:1)",
    "![i](https://x)",
    "<b>",
    "&#27;",
    "\n",
    "\n\n",
    " ",
    "優",
    "한",
    "👩‍👩‍👧",
    "❤️",
    "é",
    "العربية",
    "שלום",
    "word",
    "x" * 50,
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25).map("".join)

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def is_obeyed(character: str) -> bool:
    """True for what a terminal would act on, or that would move its neighbours."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI
