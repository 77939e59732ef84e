"""Which rows fit what was typed: whole beginnings before words before letters in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from clacky_tui.tui.pickers.rows import Row

ValueT = TypeVar("ValueT")


def best_first(rows: Sequence[Row[ValueT]], typed: str) -> list[Row[ValueT]]:
    """The rows with a value that fit `typed`, best first, equals in their order."""
    ranked = [
        (rank, index, row)
        for index, row in enumerate(rows)
        if row.value is not None and (rank := rank_of(row.title, row.note, typed)) is not None
    ]
    return [row for _, _, row in sorted(ranked, key=lambda entry: entry[:2])]


def rank_of(title: str, note: str, typed: str) -> int | None:
    """How well a row fits: 0 it begins so, then a word does, then it is in it, in the note, and
    last the letters stand in this order in the title; None when nothing of that is so."""
    title, note, typed = title.lower(), note.lower(), typed.lower().strip()
    if title.startswith(typed):
        return 0
    if f" {typed}" in title or f"-{typed}" in title:
        return 1
    if typed in title:
        return 2
    if all(word in f"{title} {note}" for word in typed.split()):
        return 3
    letters = iter(title)
    return 4 if all(letter in letters for letter in typed if letter != " ") else None
