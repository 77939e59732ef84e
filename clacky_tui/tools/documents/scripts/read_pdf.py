# VERSION: 1
"""Prints the text of a PDF: read_pdf.py FILE. Uses pdftotext when there is one, else pypdf."""

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).absolute().parent.parent / "libraries"))

ENOUGH_BYTES = 20


def by_pdftotext(path: str) -> str:
    """The text with its layout kept; empty when the program is missing or fails."""
    program = shutil.which("pdftotext")
    if program is None:
        return ""
    done = subprocess.run(
        [program, "-layout", "-enc", "UTF-8", path, "-"], capture_output=True, check=False
    )
    return done.stdout.decode("utf-8", "replace").replace("\f", "\n\n")


def by_pypdf(path: str) -> str:
    """The text page by page."""
    from pypdf import PdfReader

    pages = (page.extract_text().strip() for page in PdfReader(path).pages)
    return "\n\n".join(pages)


def main() -> None:
    """Print the text, or say on stderr why there is none."""
    for read in (by_pdftotext, by_pypdf):
        text = read(sys.argv[1]).strip()
        if len(text.encode()) >= ENOUGH_BYTES:
            print(text)
            return
    sys.exit("The PDF holds no text; its pages may be pictures. Try ocrmypdf or tesseract.")


if __name__ == "__main__":
    main()
