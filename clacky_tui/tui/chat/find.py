"""Finding text in entries, also in what is folded away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from clacky_tui.tui.chat.entries import Entry


class Match(NamedTuple):
    """The `number`-th place in an entry, from 0."""

    entry: Entry
    number: int


def compile_query(query: str) -> re.Pattern[str] | None:
    """What `query` is searched with, capitals or not; None when it is empty."""
    return re.compile(re.escape(query), re.IGNORECASE) if query.strip() else None


def find_all(entries: Sequence[Entry], pattern: re.Pattern[str]) -> list[Match]:
    """Every place with `pattern`, the oldest first. Reads all of the text: for another thread."""
    return [
        Match(entry, number)
        for entry in entries
        for number, _ in enumerate(pattern.finditer(entry.plain()))
    ]
