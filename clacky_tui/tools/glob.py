"""The `glob` tool: files by name pattern, newest first."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.file_access import display_path, resolve_path
from clacky_tui.tools.glob_pattern import split_literal_prefix
from clacky_tui.tools.glob_search import GlobFound
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.search_process import run_search
from clacky_tui.tools.wording import counted, one_line

DEFAULT_LIMIT = 10
WALK_LIMIT_SECONDS = 20.0


class Glob:
    """Names only: no file is opened, so neither size nor kind filters (spec 4.3)."""

    name = "glob"
    verb = "Find"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        pattern = one_line(str(arguments.get("pattern", "")))
        base = str(arguments.get("base_path") or ".")
        shown = display_path(base, context)
        return (
            pattern
            if shown == "."
            else phrase("{pattern} in {shown}", pattern=pattern, shown=shown)
        )

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        pattern = str(arguments.get("pattern", "")).strip()
        folder, rest = await asyncio.to_thread(_place, pattern, arguments, context)
        request = {
            "folder": str(folder),
            "pattern": rest,
            "working_dir": str(context.working_dir),
            "limit": int(arguments.get("limit", DEFAULT_LIMIT)),
        }
        answer = await run_search(
            "clacky_tui.tools.glob_search",
            request,
            WALK_LIMIT_SECONDS,
            hint="Start from a smaller folder with base_path.",
        )
        return _result(pattern, folder, json.loads(answer))


def _place(pattern: str, arguments: Arguments, context: ToolContext) -> tuple[Path, str]:
    """The folder to walk, and the pattern from there."""
    if not pattern:
        raise refused("The pattern is empty.", hint="Give a name pattern such as *.py.")
    folder = resolve_path(str(arguments.get("base_path") or "."), context)
    if not folder.is_dir():
        raise refused(f"{folder} is not a folder.", hint="Check base_path or leave it out.")
    prefix, rest = split_literal_prefix(pattern)
    if prefix:
        folder = resolve_path(prefix, ToolContext(working_dir=folder))
    return folder, rest


def _result(pattern: str, folder: Path, answer: GlobFound) -> ToolResult:
    paths = [one_line(path) for path in answer["paths"]]
    total = answer["total"]
    found = counted(total, "file")
    truncated = total > len(paths)
    header = f"{found} match {pattern} in {folder}" if total != 1 else f"1 file matches {pattern}"
    notes = []
    if truncated:
        notes.append(f"newest {len(paths)} shown; raise limit or narrow the pattern for more")
    if answer["ignored"]:
        notes.append(f"{counted(answer['ignored'], 'ignored entry', 'ignored entries')} skipped")
    if answer["unreadable"]:
        notes.append(f"{counted(answer['unreadable'], 'folder')} could not be read")
    header += f" ({'; '.join(notes)})" if notes else ""
    return ToolResult(
        content="\n".join([header, *paths]),
        summary=phrase("{count} of {found}", count=len(paths), found=found) if truncated else found,
        card={
            "type": "search",
            "pattern": pattern,
            "path": str(folder),
            "matches": [{"file": path} for path in paths[:20]],
            "total_matches": total,
            "files_with_matches": total,
            "truncated": truncated,
        },
    )
