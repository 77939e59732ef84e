# VERSION: 1
"""Prints a workbook's sheets as Markdown tables: read_xlsx.py FILE. Needs openpyxl."""

import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.append(str(Path(__file__).absolute().parent.parent / "libraries"))

from openpyxl import load_workbook


def cell_text(value: object) -> str:
    """A value on one line, safe inside a table."""
    return "" if value is None else " ".join(str(value).split()).replace("|", r"\|")


def table_lines(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """The rows that hold anything, as wide as the widest of them."""
    table = [[cell_text(value) for value in row] for row in rows]
    table = [row for row in table if any(row)]
    width = max((max(i for i, cell in enumerate(row, 1) if cell) for row in table), default=0)
    lines = ["| " + " | ".join((row + [""] * width)[:width]) + " |" for row in table]
    return [*lines[:1], "|" + " --- |" * width, *lines[1:]] if lines else ["(empty)"]


def main() -> None:
    """Print every sheet; cells hold the values that were last computed, not the formulas."""
    workbook = load_workbook(sys.argv[1], read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        print("\n".join([f"### {sheet.title}", "", *table_lines(sheet.values), ""]))


if __name__ == "__main__":
    main()
