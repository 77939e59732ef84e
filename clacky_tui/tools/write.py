"""The `write` tool: create a file or replace its whole content."""

from __future__ import annotations

import asyncio

from clacky_tui.tools.base import Arguments, Preview, ToolContext, ToolResult
from clacky_tui.tools.file_access import (
    EDITABLE_LIMIT_BYTES,
    changed_since_read,
    check_writable_target,
    display_path,
    looks_binary,
    os_refusal,
    path_argument,
    path_subject,
    read_regular,
)
from clacky_tui.tools.file_change import FileChange, check_new_text, encoded
from clacky_tui.tools.line_diff import LineDiff, diff_lines
from clacky_tui.tools.text_encoding import UTF_8, decode_exact
from clacky_tui.tools.wording import counted, size_words


class Write:
    """Whole-file writes: missing folders are made, mode bits of an existing file stay."""

    name = "write"
    verb = "Write"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return path_subject(arguments, context)

    async def preview(self, arguments: Arguments, context: ToolContext) -> Preview:
        return (await asyncio.to_thread(_plan, arguments, context)).preview

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        return await asyncio.to_thread(_run, arguments, context)


def _plan(arguments: Arguments, context: ToolContext) -> FileChange:
    path = path_argument(arguments, context)
    text = str(arguments["content"])
    check_new_text(text)
    label = display_path(path, context)
    try:
        check_writable_target(path)
        old = read_regular(path, EDITABLE_LIMIT_BYTES)
        stale = changed_since_read(path, context)
    except FileNotFoundError:
        content = encoded(text, UTF_8, path)
        return FileChange(path, content, diff_lines("", text, label), new_file=True)
    except OSError as error:
        raise os_refusal("write", path, error) from error
    old_text, encoding = decode_exact(old)
    if len(old) > EDITABLE_LIMIT_BYTES or looks_binary(old_text):
        note = f"--- {label}\n+++ {label}\nThe old content is binary or too large to compare."
        diff = LineDiff(note, len(text.splitlines()), 0)
        return FileChange(path, encoded(text, UTF_8, path), diff, stale=stale)
    notes = [f"It stays {encoding.label}."] if encoding.label else []
    # The model has read the file with LF ends (`file_reader`) and sends it back that way.
    if "\n" in text and "\r" not in text and _all_crlf(old_text):
        text = text.replace("\n", "\r\n")
        notes.append("Its CRLF line ends stay.")
    content = encoded(text, encoding, path)
    diff = diff_lines(old_text, text, label)
    return FileChange(path, content, diff, stale=stale, notes=tuple(notes))


def _all_crlf(text: str) -> bool:
    return 0 < text.count("\r\n") == text.count("\n")


def _run(arguments: Arguments, context: ToolContext) -> ToolResult:
    change = _plan(arguments, context)
    change.make("write", context)
    size_bytes = len(change.content)
    done = "Created" if change.new_file else "Replaced"
    notes = [f"{done} {change.path}: {size_words(size_bytes)} written.", *change.notes]
    if change.stale:
        notes.append("The old content had changed on disk since this session last read it.")
    summary = f"new, {counted(change.diff.added_lines, 'line')}" if change.new_file else ""
    return ToolResult(
        content=" ".join(notes),
        summary=summary or change.diff.summary,
        output=change.diff.text,
        card={"type": "write", "path": str(change.path), "size_bytes": size_bytes},
        changed_paths=(change.path.resolve(),),
    )
