"""The `file_reader` tool: text, directories, documents, archives and pictures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.documents import Extracted, document_kind, extract
from clacky_tui.tools.file_access import (
    display_path,
    looks_binary,
    os_refusal,
    path_argument,
    path_subject,
    read_regular,
    remember_stamp,
    too_large,
)
from clacky_tui.tools.picture import PROBE_BYTES, Picture, image_type, load_picture
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.text_encoding import decode_exact, decode_text
from clacky_tui.tools.wording import counted, one_line, size_words, visible

DEFAULT_LINES = 1000
TEXT_LIMIT_BYTES = 1024 * 1024
LINE_LIMIT_CHARACTERS = 1000
CONTENT_LIMIT_CHARACTERS = 60_000
DIRECTORY_LIMIT_ENTRIES = 2000
CARD_PREVIEW_CHARACTERS = 500

_BINARY = """
.png .jpg .jpeg .gif .webp .bmp .tiff .ico .rar .7z .exe .dll .so .dylib .mp3 .mp4 .avi .mov .mkv .wav
.flac .ttf .otf .woff .woff2 .db .sqlite .bin .dat
"""
BINARY_SUFFIXES = frozenset(_BINARY.split())
"""Kinds never read as text (spec/tools-skills.md 4.1); SVG is text."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Lines `first` to `last`, counted from 1, of a file with `total` lines."""

    first: int
    last: int
    total: int


class _Kind(Enum):
    FOLDER = "folder"
    PICTURE = "picture"
    DOCUMENT = "document"
    TEXT = "text"


class FileReader:
    """Reading without line numbers: what the model sees is what `edit` matches against."""

    name = "file_reader"
    verb = "Read"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        path = path_subject(arguments, context)
        start, end = arguments.get("start_line"), arguments.get("end_line")
        if start is None and end is None:
            return path
        if end is None:
            return phrase("{path} lines {start} to the end", path=path, start=start or 1)
        return phrase("{path} lines {start} to {end}", path=path, start=start or 1, end=end)

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        path = path_argument(arguments, context)
        try:
            match await asyncio.to_thread(_kind, path):
                case _Kind.PICTURE:
                    return _shown(path, await load_picture(path))
                case _Kind.DOCUMENT:
                    extracted = await extract(path)
                    return await asyncio.to_thread(_document, path, extracted, arguments, context)
                case _Kind.FOLDER:
                    return await asyncio.to_thread(_listing, path, context)
                case _Kind.TEXT:
                    return await asyncio.to_thread(_file, path, arguments, context)
        except OSError as error:
            raise os_refusal("read", path, error) from error


def _kind(path: Path) -> _Kind:
    if path.is_dir():
        return _Kind.FOLDER
    if not path.is_file():
        return _Kind.TEXT
    with path.open("rb") as file:
        if image_type(file.read(PROBE_BYTES)):
            return _Kind.PICTURE
    return _Kind.DOCUMENT if document_kind(path) else _Kind.TEXT


def _shown(path: Path, picture: Picture) -> ToolResult:
    kind = picture.file_type.removeprefix("image/").upper()
    size = size_words(picture.file_bytes)
    return ToolResult(
        content=f"{path} ({picture.file_type}, {size}); the picture follows.",
        summary=phrase("{kind} image, {size}", kind=kind, size=size),
        images=(picture.part,),
    )


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


def _file(path: Path, arguments: Arguments, context: ToolContext) -> ToolResult:
    size_bytes = path.stat().st_size
    content = read_regular(path, TEXT_LIMIT_BYTES)
    raw = decode_text(content)
    _refuse_unreadable(path, content, raw, size_bytes)
    text = raw.replace("\r\n", "\n")
    notes = [label] if (label := decode_exact(content)[1].label) else []
    if raw != text:
        notes.append("CRLF line ends")
    result = _text(path, text, notes, arguments, context)
    remember_stamp(path, context)
    return result


def _document(
    path: Path, extracted: Extracted, arguments: Arguments, context: ToolContext
) -> ToolResult:
    size_bytes = len(extracted.text.encode())
    if size_bytes > TEXT_LIMIT_BYTES:
        raise refused(
            f"The text of {path} is {size_words(size_bytes)}, too long to read whole.",
            hint=f"It is in {extracted.preview_path}; find the part you need there with grep.",
        )
    notes = [f"extracted from {extracted.kind}, text in {extracted.preview_path}"]
    return _text(path, extracted.text, notes, arguments, context)


def _text(
    path: Path, text: str, notes: list[str], arguments: Arguments, context: ToolContext
) -> ToolResult:
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
    header += "".join(f" [{note}]" for note in notes)
    if truncated:
        header += " [TRUNCATED: ask for the rest with start_line and end_line, or use grep]"
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


def _refuse_unreadable(path: Path, content: bytes, text: str, size_bytes: int) -> None:
    if path.suffix.lower() in BINARY_SUFFIXES or looks_binary(text):
        raise refused(
            f"{path} is a binary file ({size_words(size_bytes)}) and cannot be read as text.",
            hint="Look into it with a command, e.g. file, strings or xxd.",
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
