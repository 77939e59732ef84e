"""The `edit` tool: replace a piece of text inside an existing file."""

from __future__ import annotations

import asyncio

from clacky_tui.tools.base import Arguments, Preview, ToolContext, ToolResult
from clacky_tui.tools.edit_match import replace_text
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
    too_large,
)
from clacky_tui.tools.file_change import FileChange, check_new_text, encoded
from clacky_tui.tools.line_diff import diff_lines, shorten_diff
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.text_encoding import decode_exact
from clacky_tui.tools.wording import counted

MODEL_DIFF_LINES = 40
"""The model sees a longer diff cut to 37 lines and a note (spec/tools-skills.md 4.2)."""


class Edit:
    """Literal replacement with a tolerant matcher; keeps line ends, mode bits and encoding slips."""

    name = "edit"
    verb = "Edit"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return path_subject(arguments, context)

    async def preview(self, arguments: Arguments, context: ToolContext) -> Preview:
        change, _ = await asyncio.to_thread(_plan, arguments, context)
        return change.preview

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        return await asyncio.to_thread(_run, arguments, context)


def _plan(arguments: Arguments, context: ToolContext) -> tuple[FileChange, int]:
    """The change, and in how many places."""
    path = path_argument(arguments, context)
    check_new_text(arguments["new_string"])
    try:
        check_writable_target(path)
        content = read_regular(path, EDITABLE_LIMIT_BYTES)
        stale = changed_since_read(path, context)
    except OSError as error:
        raise os_refusal("edit", path, error) from error
    if len(content) > EDITABLE_LIMIT_BYTES:
        hint = "Change it with a command, e.g. sed."
        raise too_large(path, path.stat().st_size, EDITABLE_LIMIT_BYTES, hint)
    text, encoding = decode_exact(content)
    if looks_binary(text):
        raise refused(f"{path} is a binary file.", hint="Only text can be edited.")
    outcome = replace_text(
        text,
        arguments["old_string"],
        arguments["new_string"],
        replace_all=bool(arguments.get("replace_all", False)),
        file_name=path.name,
    )
    notes = []
    if outcome.tolerance:
        notes.append(f"old_string matched after adjusting {outcome.tolerance}.")
    if encoding.label:
        notes.append(f"The file stays {encoding.label}.")
    change = FileChange(
        path,
        encoded(outcome.text, encoding, path),
        diff_lines(text, outcome.text, display_path(path, context)),
        stale=stale,
        notes=tuple(notes),
    )
    return change, outcome.replacements


def _run(arguments: Arguments, context: ToolContext) -> ToolResult:
    change, replacements = _plan(arguments, context)
    change.make("edit", context)
    notes = [f"Edited {change.path}: {counted(replacements, 'replacement')}.", *change.notes]
    if change.stale:
        notes.append("The file had changed on disk since this session last read it.")
    shown = shorten_diff(change.diff.text, MODEL_DIFF_LINES, MODEL_DIFF_LINES - 3)
    return ToolResult(
        content=" ".join(notes) + (f"\n{shown}" if shown else ""),
        summary=change.diff.summary,
        output=change.diff.text,
        card={
            "type": "edit",
            "path": str(change.path),
            "operation": "edit",
            "occurrences": replacements,
            "diff": change.diff.text,
        },
        changed_paths=(change.path.resolve(),),
    )
