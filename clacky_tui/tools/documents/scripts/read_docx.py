# VERSION: 1
"""Prints a Word document as Markdown: read_docx.py FILE. Needs python-docx."""

import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).absolute().parent.parent / "libraries"))

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph


def paragraph_line(paragraph: Paragraph) -> str:
    """A heading with its number signs, a list item with its mark, or the text itself."""
    text = paragraph.text.strip()
    style = paragraph.style.name if paragraph.style is not None else ""
    heading = re.fullmatch(r"Heading (\d)", style or "")
    if not text:
        return ""
    if style == "Title":
        return f"# {text}"
    if heading:
        return f"{'#' * int(heading[1])} {text}"
    properties = paragraph._p.pPr
    listed = properties is not None and properties.numPr is not None
    if listed or (style or "").startswith("List"):
        depth = re.search(r"\d$", style or "")
        indent = "  " * (int(depth[0]) - 1 if depth else 0)
        return f"{indent}{'1.' if 'Number' in (style or '') else '-'} {text}"
    return text


def table_lines(table: Table) -> list[str]:
    """The rows as a Markdown table; the first row is its head."""
    rows = [
        [" ".join(cell.text.split()).replace("|", r"\|") for cell in r.cells] for r in table.rows
    ]
    if not rows:
        return []
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]


def main() -> None:
    """Print paragraphs and tables in the order of the document."""
    for item in Document(sys.argv[1]).iter_inner_content():
        if isinstance(item, Table):
            print("\n".join(["", *table_lines(item), ""]))
        elif line := paragraph_line(item):
            print(line)


if __name__ == "__main__":
    main()
