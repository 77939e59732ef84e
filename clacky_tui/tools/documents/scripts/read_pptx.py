# VERSION: 1
"""Prints a presentation's text slide by slide: read_pptx.py FILE. Needs python-pptx."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).absolute().parent.parent / "libraries"))

from pptx import Presentation


def shape_lines(shapes: Iterable[Any], title: Any) -> Iterator[str]:
    """The text of shapes, groups and tables; the title stands elsewhere."""
    for shape in shapes:
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if hasattr(shape, "shapes"):
            yield from shape_lines(shape.shapes, None)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield "| " + " | ".join(" ".join(cell.text.split()) for cell in row.cells) + " |"
        elif shape.has_text_frame:
            for paragraph in shape.text_frame.paragraphs:
                if paragraph.text.strip():
                    yield "  " * paragraph.level + "- " + " ".join(paragraph.text.split())


def main() -> None:
    """Print all slides with their speaker notes."""
    for number, slide in enumerate(Presentation(sys.argv[1]).slides, 1):
        title = slide.shapes.title
        name = " ".join(title.text_frame.text.split()) if title is not None else ""
        print(f"## Slide {number}: {name}".rstrip(": "), end="\n\n")
        print("\n".join(shape_lines(slide.shapes, title)), end="\n\n")
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text.strip()
            if notes:
                print(f"Notes: {notes}", end="\n\n")


if __name__ == "__main__":
    main()
