# VERSION: 1
"""Prints what is in an archive, one entry a line with its size in bytes: list_archive.py FILE."""

import gzip
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

READ_LIMIT_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 1024 * 1024


def zip_lines(path: str) -> Iterator[str]:
    """Entries of a ZIP file in its order."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            yield f"{entry.file_size:>12,}  {entry.filename}"


def tar_lines(path: str) -> Iterator[str]:
    """Entries of a tar file, whatever it is compressed with; folders end in a slash."""
    with tarfile.open(path, "r:*") as archive:
        for entry in archive:
            link = f" -> {entry.linkname}" if entry.issym() else ""
            yield f"{entry.size:>12,}  {entry.name}{'/' if entry.isdir() else ''}{link}"


def gzip_lines(path: str) -> Iterator[str]:
    """The one file of a gzip; at most `READ_LIMIT_BYTES` are unpacked to learn its size."""
    size = 0
    with gzip.open(path) as file:
        while size < READ_LIMIT_BYTES and (piece := file.read(PIECE_BYTES)):
            size += len(piece)
    more = "at least " if size >= READ_LIMIT_BYTES else ""
    packed = Path(path).stat().st_size
    yield f"{Path(path).stem}: {more}{size:,} bytes, {packed:,} compressed"


def main() -> None:
    """Print the entries."""
    path = sys.argv[1]
    if zipfile.is_zipfile(path):
        lines = zip_lines(path)
    elif tarfile.is_tarfile(path):
        lines = tar_lines(path)
    else:
        lines = gzip_lines(path)
    for line in lines:
        print(line.encode("utf-8", "replace").decode())


if __name__ == "__main__":
    main()
