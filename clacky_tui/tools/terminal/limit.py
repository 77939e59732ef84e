"""How much of a command's output the model reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.tools.wording import size_words

OUTPUT_LIMIT_BYTES = 4000
PREVIEW_BYTES = 3800
FAILED_HEAD_BYTES = 1200
"""A failing command shows this much of its start; the rest of the preview is its end."""
LINE_LIMIT_BYTES = 500


@dataclass(frozen=True, slots=True)
class LimitedOutput:
    """`text` is at most `OUTPUT_LIMIT_BYTES` of UTF-8; `full_file` holds everything when cut."""

    text: str
    truncated: bool
    full_file: Path | None


def limit_output(
    text: str, *, failed: bool, size_bytes: int, save: Callable[[], Path | None]
) -> LimitedOutput:
    """Cut long lines, then the whole (spec 2.5.7).

    Args:
        text: the output, or its start and end when it is very long.
        failed: keep more of the end, where errors stand.
        size_bytes: of the whole output.
        save: called for output over `OUTPUT_LIMIT_BYTES`; the file that holds all of it, or None.
    """
    short_lines = "\n".join(_cut_line(line) for line in text.split("\n"))
    if max(len(short_lines.encode()), size_bytes) <= OUTPUT_LIMIT_BYTES:
        return LimitedOutput(short_lines, short_lines != text, None)
    file = save()
    notice = f"[{size_words(size_bytes)} of output, cut here"
    notice += f"; all of it is in {file}: use grep or file_reader on it]" if file else "]"
    budget = min(PREVIEW_BYTES, OUTPUT_LIMIT_BYTES - len(notice.encode()) - 2)
    if len(short_lines.encode()) <= budget:
        return LimitedOutput(f"{short_lines}\n{notice}", True, file)
    if not failed:
        return LimitedOutput(f"{head_bytes(short_lines, budget)}\n{notice}", True, file)
    head = head_bytes(short_lines, min(FAILED_HEAD_BYTES, budget))
    tail = tail_bytes(short_lines, budget - len(head.encode()))
    return LimitedOutput(f"{head}\n{notice}\n{tail}", True, file)


def head_bytes(text: str, limit_bytes: int) -> str:
    """The start of `text` in at most `limit_bytes` of UTF-8, no character split."""
    return text.encode()[: max(limit_bytes, 0)].decode("utf-8", "ignore")


def tail_bytes(text: str, limit_bytes: int) -> str:
    """The end of `text` in at most `limit_bytes` of UTF-8, no character split."""
    encoded = text.encode()
    return encoded[max(len(encoded) - max(limit_bytes, 0), 0) :].decode("utf-8", "ignore")


def _cut_line(line: str) -> str:
    size_bytes = len(line.encode())
    if size_bytes <= LINE_LIMIT_BYTES:
        return line
    return f"{head_bytes(line, LINE_LIMIT_BYTES)}… [line of {size_bytes:,} bytes, cut]"
