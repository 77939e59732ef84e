"""The `file_reader` tool: the lines of a text file, or the names in a directory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.file_access import (
    display_path,
    looks_binary,
    os_refusal,
    path_subject,
    read_regular,
    remember_stamp,
    resolve_path,
    too_large,
)
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted, one_line, size_words, visible

DEFAULT_LINES = 1000
TEXT_LIMIT_BYTES = 1024 * 1024
LINE_LIMIT_CHARACTERS = 1000
CONTENT_LIMIT_CHARACTERS = 60_000
DIRECTORY_LIMIT_ENTRIES = 2000
CARD_PREVIEW_CHARACTERS = 500

_BINARY = """
.bmp .tiff .ico .zip .gz .tgz .tar .rar .7z .exe .dll .so .dylib .mp3 .mp4 .avi .mov .mkv .wav .flac
.ttf .otf .woff .woff2 .db .sqlite .bin .dat
"""
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
DOCUMENT_SUFFIXES = frozenset({".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx"})
BINARY_SUFFIXES = frozenset(_BINARY.split())
"""Known binary kinds (spec/tools-skills.md 4.1); SVG is text."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Lines `first` to `last`, counted from 1, of a file with `total` lines."""

    first: int
    last: int
    total: int


class FileReader:
    """Reading without line numbers: what the model sees is what `edit` matches against."""

    name = "file_reader"
    verb = "Read"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        path = path_subject(arguments, context)
        start, end = arguments.get("start_line"), arguments.get("end_line")
        if start is None and end is None:
            return path
        return f"{path} lines {start or 1} to {'the end' if end is None else end}"

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        return await asyncio.to_thread(_read, arguments, context)


def _read(arguments: Arguments, context: ToolContext) -> ToolResult:
    path = resolve_path(str(arguments.get("path", "")), context)
    try:
        if path.is_dir():
            return _listing(path, context)
        return _text(path, arguments, context)
    except OSError as error:
        raise os_refusal("read", path, error) from error


def _listing(path: Path, context: ToolContext) -> ToolResult:
    folders: list[str] = []
    files: list[str] = []
    for entry in path.iterdir():
        (folders if entry.is_dir() else files).append(entry.name)
    names = [f"{one_line(name)}/" for name in sorted(folders)]
    names += [one_line(name) for name in sorted(files)]
    shown = names[:DIRECTORY_LIMIT_ENTRIES]
    kinds = f"{counted(len(folders), 'directory', 'directories')} and {counted(len(files), 'file')}"
    lines = [f"{path}: {kinds}", *(f"  {name}" for name in shown)]
    if len(shown) < len(names):
        lines.append(f"  … {len(names) - len(shown):,} more; narrow the search with glob")
    return ToolResult(
        content="\n".join(lines),
        summary=counted(len(names), "entry", "entries"),
        card={
            "type": "file_list",
            "path": display_path(path, context),
            "entries": [{"name": name.rstrip("/"), "is_dir": name[-1:] == "/"} for name in shown],
            "total": len(names),
        },
    )


def _text(path: Path, arguments: Arguments, context: ToolContext) -> ToolResult:
    size_bytes = path.stat().st_size
    content = read_regular(path, TEXT_LIMIT_BYTES)
    _refuse_unreadable(path, content, size_bytes)
    raw = content.decode("utf-8", "replace")
    text = raw.replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    chosen = _range(arguments, len(lines))
    picked = lines[chosen.first - 1 : chosen.last]
    body, cut = _limited(picked)
    if chosen.last == chosen.total and not cut and text.endswith("\n"):
        body += "\n"

    truncated = cut or (chosen.last < chosen.total and arguments.get("end_line") is None)
    header = f"{path} (lines {chosen.first}-{chosen.last} of {chosen.total})"
    if not lines:
        header = f"{path} (empty file)"
    if raw != text:
        header += " [CRLF line ends]"
    if truncated:
        header += " [TRUNCATED: ask for the rest with start_line and end_line, or use grep]"
    remember_stamp(path, context)
    safe = visible(body)
    return ToolResult(
        content=f"{header}\n\n{body}",
        summary=counted(len(picked), "line"),
        output=safe if safe != body else "",
        card={
            "type": "file_read",
            "path": display_path(path, context),
            "lines_read": len(picked),
            "total_lines": chosen.total,
            "truncated": truncated,
            "content_preview": safe[:CARD_PREVIEW_CHARACTERS],
            "language": path.suffix.removeprefix("."),
        },
    )


def _refuse_unreadable(path: Path, content: bytes, size_bytes: int) -> None:
    suffix, size = path.suffix.lower(), size_words(size_bytes)
    if suffix in IMAGE_SUFFIXES:
        raise refused(
            f"{path} is an image ({size}); this version cannot show images to the model.",
            hint="Ask the person what it shows.",
        )
    if suffix in DOCUMENT_SUFFIXES:
        raise refused(
            f"{path} is a document ({size}); this version reads plain text only.",
            hint="Convert it to text with a command first, e.g. pdftotext or pandoc.",
        )
    if suffix in BINARY_SUFFIXES or looks_binary(content):
        raise refused(
            f"{path} is a binary file ({size}) and cannot be read as text.",
            hint="Look into it with a command, e.g. file, strings or unzip -l.",
        )
    if len(content) > TEXT_LIMIT_BYTES:
        hint = "Find the part you need with grep, or print a range with sed -n."
        raise too_large(path, size_bytes, TEXT_LIMIT_BYTES, hint)


def _range(arguments: Arguments, total: int) -> _Range:
    start, end = arguments.get("start_line"), arguments.get("end_line")
    first = 1 if start is None else max(int(start), 1)
    if first > max(total, 1):
        raise refused(
            f"start_line {first} is past the end: the file has {counted(total, 'line')}.",
            hint="Ask for a smaller start_line.",
        )
    if end is None:
        last = first + int(arguments.get("max_lines", DEFAULT_LINES)) - 1
    elif int(end) < first:
        raise refused(
            f"end_line {end} is before start_line {first}; the file has {counted(total, 'line')}.",
            hint="Swap them.",
        )
    else:
        last = int(end)
    return _Range(first, min(last, total), total)


def _limited(lines: list[str]) -> tuple[str, bool]:
    shown = [
        line
        if len(line) <= LINE_LIMIT_CHARACTERS
        else f"{line[:LINE_LIMIT_CHARACTERS]}… [line of {len(line):,} characters, cut]"
        for line in lines
    ]
    body = "\n".join(shown)
    if len(body) <= CONTENT_LIMIT_CHARACTERS:
        return body, shown != lines
    kept = body[:CONTENT_LIMIT_CHARACTERS]
    return f"{kept}\n… [cut after {CONTENT_LIMIT_CHARACTERS:,} characters]", True
