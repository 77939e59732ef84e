"""Text laid out in terminal cells: columns that line up, and rows that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size
from textual.app import App

from clacky_tui.i18n import tr

MARGIN = " "


@dataclass(frozen=True, slots=True)
class Column:
    """A column, `cells` wide, left out when the table is narrower than `from_width`.

    Figures stand on the right of it; with `is_text` it begins two cells from its left.
    """

    title: str
    cells: int
    from_width: int = 0
    is_text: bool = False


def muted_style(app: App[Any]) -> str:
    """The style of what matters less: themes on the terminal's own colours have only "dim" for it."""
    return "dim" if app.native_ansi_color else "$text-muted"


def align_left(text: str, cells: int) -> str:
    """`text` in exactly `cells` cells; what does not fit ends in an ellipsis."""
    if cell_len(text) > cells:
        return set_cell_size(text, max(0, cells - 1)) + "…"[:cells]
    return set_cell_size(text, cells)


def align_right(text: str, cells: int) -> str:
    """Like `align_left`, with the space in front."""
    missing = cells - cell_len(text)
    return " " * missing + text if missing >= 0 else align_left(text, cells)


def table_lines(
    first_title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int
) -> list[str]:
    """A heading and one line per row, `width` cells each; see `table_cells`."""
    titles = (first_title, *(tr(column.title) for column in columns))
    return ["".join(cells) for cells in table_cells(columns, [titles, *rows], width)]


def table_cells(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int
) -> list[list[str]]:
    """The texts of each row padded to their columns; "" in a column that is left out.

    Args:
        columns: all but the left-aligned first column, which takes the room the others leave.
        rows: texts, first column first; each has one text more than there are columns.
        width: cells of a line, the margin on its left included.
    """
    kept = [width >= column.from_width for column in columns]
    taken = sum(column.cells for column, keep in zip(columns, kept, strict=True) if keep)
    first_cells = max(8, width - len(MARGIN) - taken)
    return [
        [
            MARGIN + align_left(first, first_cells),
            *(
                _in_column(text, column) if keep else ""
                for text, column, keep in zip(rest, columns, kept, strict=True)
            ),
        ]
        for first, *rest in rows
    ]


def _in_column(text: str, column: Column) -> str:
    if column.is_text:
        return "  " + align_left(text, column.cells - 2)
    return align_right(text, column.cells)


def share_bar(share: float, cells: int) -> str:
    """`share` (0 to 1) as a bar of at most `cells` cells; anything above nothing shows one."""
    return "▇" * (max(1, round(min(1.0, share) * cells)) if share > 0 else 0)


def format_share(share: float | None) -> str:
    """`share` (0 to 1) as ``91.4 %``, or a dash when there is nothing to share."""
    return "–" if share is None else f"{100 * share:.1f} %"
