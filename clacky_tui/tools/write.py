"""The `write` tool: create a file or replace its whole content."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.files import write_atomic
from clacky_tui.tools.base import Arguments, Preview, ToolContext, ToolResult
from clacky_tui.tools.file_access import (
    EDITABLE_LIMIT_BYTES,
    changed_since_read,
    check_writable_target,
    display_path,
    looks_binary,
    os_refusal,
    path_subject,
    read_regular,
    remember_stamp,
    resolve_path,
)
from clacky_tui.tools.line_diff import LineDiff, diff_lines
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted, size_words


@dataclass(frozen=True, slots=True)
class _Plan:
    path: Path
    content: bytes
    diff: LineDiff
    new_file: bool
    stale: bool


class Write:
    """Whole-file writes: missing folders are made, mode bits of an existing file stay."""

    name = "write"
    verb = "Write"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return path_subject(arguments, context)

    async def preview(self, arguments: Arguments, context: ToolContext) -> Preview:
        plan = await asyncio.to_thread(_plan, arguments, context)
        return Preview(
            path=plan.path,
            diff=plan.diff.text,
            added_lines=plan.diff.added_lines,
            removed_lines=plan.diff.removed_lines,
            new_file=plan.new_file,
        )

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        return await asyncio.to_thread(_run, arguments, context)


def _plan(arguments: Arguments, context: ToolContext) -> _Plan:
    path = resolve_path(str(arguments.get("path", "")), context)
    try:
        content = str(arguments["content"]).encode()
    except UnicodeEncodeError:
        raise refused(
            "The content holds half of a surrogate pair, which is not text.",
            hint="Send the character whole.",
        ) from None
    try:
        check_writable_target(path)
        old = read_regular(path, EDITABLE_LIMIT_BYTES)
        stale = changed_since_read(path, context)
    except FileNotFoundError:
        diff = diff_lines("", content.decode(), display_path(path, context))
        return _Plan(path, content, diff, new_file=True, stale=False)
    except OSError as error:
        raise os_refusal("write", path, error) from error
    diff = _difference(old, content, display_path(path, context))
    return _Plan(path, content, diff, new_file=False, stale=stale)


def _difference(old: bytes, new: bytes, label: str) -> LineDiff:
    if len(old) > EDITABLE_LIMIT_BYTES or looks_binary(old):
        note = f"--- {label}\n+++ {label}\nThe old content is binary or too large to compare."
        return LineDiff(note, len(new.splitlines()), 0)
    return diff_lines(old.decode("utf-8", "surrogateescape"), new.decode(), label)


def _run(arguments: Arguments, context: ToolContext) -> ToolResult:
    plan = _plan(arguments, context)
    try:
        plan.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(plan.path, plan.content)
        remember_stamp(plan.path, context)
    except OSError as error:
        raise os_refusal("write", plan.path, error) from error
    done = "Created" if plan.new_file else "Replaced"
    content = f"{done} {plan.path}: {size_words(len(plan.content))} written."
    if plan.stale:
        content += " The old content had changed on disk since this session last read it."
    summary = f"new, {counted(plan.diff.added_lines, 'line')}" if plan.new_file else ""
    return ToolResult(
        content=content,
        summary=summary or plan.diff.summary,
        output=plan.diff.text,
        card={"type": "write", "path": str(plan.path), "size_bytes": len(plan.content)},
        changed_paths=(plan.path.resolve(),),
    )
