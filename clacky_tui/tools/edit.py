"""The `edit` tool: replace a piece of text inside an existing file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.files import write_atomic
from clacky_tui.tools.base import Arguments, Preview, ToolContext, ToolResult
from clacky_tui.tools.edit_match import EditOutcome, replace_text
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
    too_large,
)
from clacky_tui.tools.line_diff import LineDiff, diff_lines, shorten_diff
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted

MODEL_DIFF_LINES = 40
"""The model sees a longer diff cut to 37 lines and a note (spec/tools-skills.md 4.2)."""


@dataclass(frozen=True, slots=True)
class _Plan:
    path: Path
    outcome: EditOutcome
    diff: LineDiff
    stale: bool


class Edit:
    """Literal replacement with a tolerant matcher; keeps line ends, mode bits and encoding slips."""

    name = "edit"
    verb = "Edit"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        return path_subject(arguments, context)

    async def preview(self, arguments: Arguments, context: ToolContext) -> Preview:
        plan = await asyncio.to_thread(_plan, arguments, context)
        return Preview(
            path=plan.path,
            diff=plan.diff.text,
            added_lines=plan.diff.added_lines,
            removed_lines=plan.diff.removed_lines,
            new_file=False,
        )

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        return await asyncio.to_thread(_run, arguments, context)


def _plan(arguments: Arguments, context: ToolContext) -> _Plan:
    path = resolve_path(str(arguments.get("path", "")), context)
    try:
        check_writable_target(path)
        content = read_regular(path, EDITABLE_LIMIT_BYTES)
        stale = changed_since_read(path, context)
    except OSError as error:
        raise os_refusal("edit", path, error) from error
    if len(content) > EDITABLE_LIMIT_BYTES:
        hint = "Change it with a command, e.g. sed."
        raise too_large(path, path.stat().st_size, EDITABLE_LIMIT_BYTES, hint)
    if looks_binary(content):
        raise refused(f"{path} is a binary file.", hint="Only text can be edited.")
    # Bytes that are not UTF-8 survive as lone surrogates and are written back as they were.
    text = content.decode("utf-8", "surrogateescape")
    outcome = replace_text(
        text,
        arguments["old_string"],
        arguments["new_string"],
        replace_all=bool(arguments.get("replace_all", False)),
        file_name=path.name,
    )
    return _Plan(path, outcome, diff_lines(text, outcome.text, display_path(path, context)), stale)


def _run(arguments: Arguments, context: ToolContext) -> ToolResult:
    plan = _plan(arguments, context)
    try:
        write_atomic(plan.path, plan.outcome.text.encode("utf-8", "surrogateescape"))
        remember_stamp(plan.path, context)
    except OSError as error:
        raise os_refusal("edit", plan.path, error) from error
    replacements = plan.outcome.replacements
    notes = [f"Edited {plan.path}: {counted(replacements, 'replacement')}."]
    if plan.outcome.tolerance:
        notes.append(f"old_string matched after adjusting {plan.outcome.tolerance}.")
    if plan.stale:
        notes.append("The file had changed on disk since this session last read it.")
    shown = shorten_diff(plan.diff.text, MODEL_DIFF_LINES, MODEL_DIFF_LINES - 3)
    return ToolResult(
        content=" ".join(notes) + (f"\n{shown}" if shown else ""),
        summary=plan.diff.summary,
        output=plan.diff.text,
        card={
            "type": "edit",
            "path": str(plan.path),
            "operation": "edit",
            "occurrences": replacements,
            "diff": plan.diff.text,
        },
        changed_paths=(plan.path.resolve(),),
    )
