"""Facts set one after the other, folded between them where the line ends."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content


def flow(
    first: Content, facts: Sequence[Content], width: int, *, gap: str, indent: int
) -> list[Content]:
    """Lines of at most `width` cells: `first`, then `facts` with `gap` between, never cut in two.

    Lines after the first begin with `indent` spaces; a single fact wider than the line stands alone.
    """
    lines, line, begins = [], first, True
    for fact in facts:
        joined = line + fact if begins else line + Content(gap) + fact
        if not begins and joined.cell_length > width:
            lines.append(line)
            joined = Content(" " * indent) + fact
        line, begins = joined, False
    return [*lines, line]
