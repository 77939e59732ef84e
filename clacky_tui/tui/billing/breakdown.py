"""What each model, agent, provider, project or session came to, with a cursor to look into one."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from clacky_tui.domain.money import format_tokens, format_usd
from clacky_tui.i18n import tr
from clacky_tui.tui.billing.figures import (
    NAMES,
    NOTHING,
    TITLES,
    cost_text,
    name_text,
    row_texts,
)
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.layout import MARGIN, Column, format_share, muted_style, table_lines
from clacky_tui.usage.overview import TABLES, Overview, Table, TableRow
from clacky_tui.usage.report import Sums

FIGURE_COLUMNS = (
    Column("Requests", 10),
    Column("Input", 8, from_width=72),
    Column("Read", 8, from_width=72),
    Column("Wrote", 8, from_width=96),
    Column("Output", 8, from_width=72),
    Column("Hit", 9, from_width=96),
)
"""As `figures.row_texts` gives them."""
COLUMNS = (Column("Cost", 11), Column("Share", 8, from_width=60), *FIGURE_COLUMNS)
HEADING_ROWS = 2
"""What it is by, and the titles of the columns."""
_SORTED_COLUMNS = {"cost": "Cost", "requests": "Requests", "input": "Input", "output": "Output"}


class BreakdownTable(Static):
    """One line per name, the cursor's reversed; above them what else it can be by."""

    DEFAULT_CSS = """
    BreakdownTable { height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._table: Table | None = None
        self._chosen: int | None = None

    @property
    def chosen(self) -> TableRow | None:
        """The row under the cursor; None when the cursor is not in the table."""
        if self._table is None or self._chosen is None:
            return None
        return self._table.rows[self._chosen]

    @property
    def chosen_line(self) -> int:
        """Where the cursor's row is, counted from the top of the widget."""
        return HEADING_ROWS + (self._chosen or 0)

    def move(self, step: int) -> bool:
        """Move the cursor; above the first row it leaves. False when it does not move."""
        rows = len(self._table.rows) if self._table else 0
        before = -1 if self._chosen is None else self._chosen
        after = max(-1, min(before + step, rows - 1))
        self._chosen = None if after < 0 else after
        return after != before

    def enter(self) -> None:
        """Set the cursor on the first row of the table that is shown next."""
        self._table, self._chosen = None, 0

    def leave(self) -> bool:
        """Take the cursor out of the table; False when it was not in it."""
        was_there = self._chosen is not None
        self._chosen = None
        return was_there

    def show(self, overview: Overview, table: Table, order: str, width: int) -> None:
        """Show `table` of `overview`, sorted by `order`, in `width` cells; columns drop out when narrow."""
        if self._chosen is not None:
            self._chosen = min(self._chosen, len(table.rows) - 1) if table.rows else None
        self._table = table
        total = overview.totals
        rows = [_row(table, row, total) for row in table.rows]
        if table.left_out:
            rows.append(_rest(table, total))
        heading, *lines = table_lines(tr(TITLES[table.by]), COLUMNS, rows, width)
        title = tr(_SORTED_COLUMNS[order])
        sorted_at = heading.index(title) if title in heading else None
        head = Content.styled(heading, muted_style(self.app))
        if sorted_at is not None:
            head = head.stylize("not dim bold underline", sorted_at, sorted_at + len(title))
        body = list(map(Content, lines))
        if self._chosen is not None:
            body[self._chosen] = body[self._chosen].stylize("bold reverse")
        self.update(Content("\n").join([self._choices(table, width), head, *body]))

    def _choices(self, table: Table, width: int) -> Content:
        """``model ▾ agent  provider  project  session``; the tab key goes on to the next."""
        row = self._all_choices(table)
        if row.cell_length <= width:
            return row
        chosen = f"{MARGIN}{tr(NAMES[table.by])} {current_glyphs().opened} "
        return Content.assemble((chosen, "bold"), (tr(" tab next"), muted_style(self.app)))

    def _all_choices(self, table: Table) -> Content:
        parts = [Content(MARGIN)]
        for by in TABLES:
            if by is table.by:
                parts.append(Content.styled(f"{tr(NAMES[by])} {current_glyphs().opened} ", "bold"))
            else:
                parts.append(Content.styled(f"{tr(NAMES[by])}  ", muted_style(self.app)))
        return Content("").join(parts)


def _row(table: Table, row: TableRow, total: Sums) -> tuple[str, ...]:
    cost = row.sums.cost
    share = float(cost / total.cost) if cost is not None and total.cost else None
    return (
        name_text(table.by, row.name),
        cost_text(row.sums),
        format_share(share),
        *row_texts(row.sums),
    )


def _rest(table: Table, total: Sums) -> tuple[str, ...]:
    """What the left-out rows come to, so that the table adds up to the total."""
    shown = Sums()
    for row in table.rows:
        shown.add(row.sums)
    cost = None if total.cost is None else total.cost - (shown.cost or 0)
    share = float(cost / total.cost) if cost is not None and total.cost else None
    return (
        tr("{n} more", n=f"{table.left_out:,}"),
        format_usd(cost),
        format_share(share),
        format_tokens(total.requests - shown.requests),
        *(NOTHING,) * 5,
    )
