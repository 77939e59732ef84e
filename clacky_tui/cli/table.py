"""Columns of text for the terminal."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """`rows` in columns of terminal cells, each name made safe to print."""
    from rich.cells import cell_len

    from clacky_tui.billing.names import printable

    safe = [[printable(cell) if cell else "" for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*safe, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in safe
    ]
