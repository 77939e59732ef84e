"""The price of one model explained, as `clacky pricing show` does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len
from textual.content import Content

from clacky_tui.billing.price_words import explain_price
from clacky_tui.billing.prices import user_price_book
from clacky_tui.i18n import tr
from clacky_tui.tui.billing.text_page import Layout, paragraph, title_lines
from clacky_tui.tui.layout import Column, align_left, table_lines

_INDENT, _TEXT_INDENT = 3, 13
_TABLE_CELLS = 64


def read_price(model: str, now: datetime) -> Layout:
    """A page on what `model` costs now. Blocks on the disk."""
    book = user_price_book()
    words = explain_price(model, book.price(model, "", now))

    def layout(width: int, muted: str) -> Sequence[Content]:
        lines = title_lines(tr("The price of {model}", model=words.model), width)
        for label, text in words.facts:
            first, *rest = paragraph(text, width, indent=_TEXT_INDENT)
            head = " " * _INDENT + align_left(label, _TEXT_INDENT - _INDENT)
            lines += [Content.styled(head, muted) + first[_TEXT_INDENT:], *rest]
        if words.rates:
            lines.append(Content())
            lines += _rates(words.rates, min(width, _TABLE_CELLS), muted)
        for note in words.notes:
            lines += paragraph(note, width, muted, _INDENT)
        return lines

    return layout


def _rates(rates: Sequence[Sequence[str]], width: int, muted: str) -> list[Content]:
    heading, *rows = rates
    columns = [
        Column(title, 2 + max(cell_len(row[number]) for row in rates))
        for number, title in enumerate(heading[1:], 1)
    ]
    first, *lines = table_lines(
        f"  {heading[0]}", columns, [(f"  {t}", *r) for t, *r in rows], width
    )
    return [Content.styled(first, muted), *map(Content, lines)]
