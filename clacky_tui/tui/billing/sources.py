"""What is known of every agent on this machine, and why not more: the caveats of the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from clacky_tui.billing.names import printable
from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.tui.billing.text_page import Layout, paragraph, title_lines
from clacky_tui.tui.layout import MARGIN, align_left
from clacky_tui.usage.envelope import coverage
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.reader import Machine
from clacky_tui.usage.readers.registry import READERS

_STATUS = {
    "supported": (tr_noop("supported"), "$success"),
    "partial": (tr_noop("partial"), "$warning"),
    "unsupported": (tr_noop("unsupported"), "$error"),
}
_FIGURE = re.compile(r"\d[\d,-]*\d|\d")
"""A count or a day."""
_MOST_CAVEATS = 5
_TITLE_CELLS = 18
_INDENT = 3


def read_sources(index: UsageIndex) -> Layout:
    """A page of a few lines per agent. Blocks on the disk."""
    sources = coverage(index, READERS, Machine.this())

    def layout(width: int, muted: str) -> Sequence[Content]:
        lines = title_lines(
            tr("Where the figures of each agent come from, and how far they can be trusted"), width
        )
        for source in sources:
            lines += _block(source, width, muted)
        return lines

    return layout


def _block(source: Mapping[str, Any], width: int, muted: str) -> Iterator[Content]:
    found = int(source["files"])
    status, style = _STATUS[str(source["status"])]
    title = str(source["title"])
    head = Content.assemble(
        MARGIN,
        (align_left(title, max(_TITLE_CELLS, cell_len(title))), "bold" if found else muted),
        " ",
        (tr(status), style if found else muted),
    )
    reason = reason_words(source["reason"])
    if head.cell_length + len("  ") + cell_len(reason) <= width:
        yield head + Content.styled(f"  {reason}" if reason else "", muted)
    else:
        yield head
        yield from paragraph(reason, width, muted, _INDENT)
    if found:
        yield from paragraph(tr(", ").join(_counts(source)), width, muted, _INDENT)
    caveats = sorted(source["caveats"].items(), key=lambda item: -item[1])
    for caveat, times in caveats[:_MOST_CAVEATS]:
        yield from paragraph(f"{times:,} × {tr(printable(caveat))}", width, "$warning", _INDENT)
    if more := len(caveats[_MOST_CAVEATS:]):
        words = tr_count("and {n} more kind", "and {n} more kinds", more)
        yield from paragraph(words, width, muted, _INDENT)


def reason_words(reason: str) -> str:
    """What a reader says of its figures, clause by clause in the language of the screen."""
    return tr("; ").join(map(_clause_words, reason.split("; ")))


def _clause_words(clause: str) -> str:
    """A translation has ``{a}``, ``{b}`` ... where the figures of the sentence stand."""
    names = dict(zip("abcdefg", _FIGURE.findall(clause), strict=False))
    if not names or "{" in clause:
        return tr(clause)
    letters = iter(names)
    return tr(_FIGURE.sub(lambda _: f"{{{next(letters)}}}", clause, len(names)), **names)


def _counts(source: Mapping[str, Any]) -> Iterator[str]:
    yield tr_count("{n} file", "{n} files", source["files"])
    yield tr_count("{n} record", "{n} records", source["entries"])
    if gone := source["retained"]:
        yield tr_count("{n} file no longer on disk", "{n} files no longer on disk", gone)
    if unreadable := source["unreadable"]:
        yield tr_count("{n} file cannot be read", "{n} files cannot be read", unreadable)
