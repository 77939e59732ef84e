"""The `grep` tool: file contents by regular expression."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import asdict

from clacky_tui.i18n import phrase
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.file_access import display_path, resolve_path
from clacky_tui.tools.grep_search import GrepFile, GrepOutcome, GrepRequest
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.rg_pattern import loosened
from clacky_tui.tools.rg_prefilter import rg_command
from clacky_tui.tools.search_process import run_search
from clacky_tui.tools.wording import counted, one_line, visible

SEARCH_LIMIT_SECONDS = 20.0
SOFT_LIMIT = 0.8
"""At this part of the limit a search ends by itself, and what it found is kept."""
CONTENT_LIMIT_CHARACTERS = 6000
CARD_MATCHES = 20

DEFAULT_FILE_PATTERN = "**/*"
DEFAULT_MAX_FILES = 50
DEFAULT_MAX_MATCHES_PER_FILE = 50
DEFAULT_MAX_TOTAL_MATCHES = 200
DEFAULT_MAX_FILE_SIZE = 1024 * 1024
CONTEXT_LINES_LIMIT = 10


class Grep:
    """Searches in a process of its own, so that a search never costs a key press."""

    name = "grep"
    verb = "Search"

    def __init__(self, limit_seconds: float = SEARCH_LIMIT_SECONDS) -> None:
        self._limit_seconds = limit_seconds

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        pattern = f'"{one_line(str(arguments.get("pattern", "")))}"'
        shown = display_path(str(arguments.get("path") or "."), context)
        files = one_line(str(arguments.get("file_pattern") or DEFAULT_FILE_PATTERN))
        place = (
            pattern
            if shown == "."
            else phrase("{pattern} in {place}", pattern=pattern, place=shown)
        )
        if files == DEFAULT_FILE_PATTERN:
            return place
        return phrase("{search} ({files})", search=place, files=files)

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        request = await asyncio.to_thread(_request, arguments, context, self._limit_seconds)
        answer = await run_search(
            "clacky_tui.tools.grep_child",
            asdict(request),
            self._limit_seconds,
            arguments=await asyncio.to_thread(prefilter_command, request),
            hint="Use a simpler pattern, or narrow path or file_pattern.",
        )
        outcome = await asyncio.to_thread(GrepOutcome.from_json, answer)
        if outcome.error:
            raise refused(
                f"The pattern is not a valid regular expression: {outcome.error}.",
                hint="Escape characters such as ( [ { + * ? with a backslash.",
            )
        return _result(request, outcome, context)


def _request(arguments: Arguments, context: ToolContext, limit_seconds: float) -> GrepRequest:
    pattern = str(arguments.get("pattern", ""))
    if not pattern.strip():
        raise refused("The pattern is empty.", hint="Give a regular expression.")
    path = resolve_path(str(arguments.get("path") or "."), context)
    if not path.exists():
        raise refused(f"{path} does not exist.", hint="Check the path with glob.")
    if not (path.is_dir() or path.is_file()):
        raise refused(f"{path} is not a regular file.", hint="Name a file or folder.")
    return GrepRequest(
        pattern=pattern,
        path=str(path),
        working_dir=str(context.working_dir),
        file_pattern=str(arguments.get("file_pattern") or DEFAULT_FILE_PATTERN),
        case_insensitive=bool(arguments.get("case_insensitive", False)),
        context_lines=min(max(int(arguments.get("context_lines", 0)), 0), CONTEXT_LINES_LIMIT),
        max_files=int(arguments.get("max_files", DEFAULT_MAX_FILES)),
        max_matches_per_file=int(
            arguments.get("max_matches_per_file", DEFAULT_MAX_MATCHES_PER_FILE)
        ),
        max_total_matches=int(arguments.get("max_total_matches", DEFAULT_MAX_TOTAL_MATCHES)),
        max_file_size=int(arguments.get("max_file_size", DEFAULT_MAX_FILE_SIZE)),
        limit_seconds=limit_seconds * SOFT_LIMIT,
    )


def prefilter_command(request: GrepRequest) -> list[str]:
    """The ripgrep command that goes with `request`; empty when it cannot help."""
    program = shutil.which("rg")
    if program is None or not os.path.isdir(request.path):
        return []
    looser = loosened(request.pattern, case_insensitive=request.case_insensitive)
    return rg_command(program, looser, request.path, request.max_file_size) if looser else []


def _result(request: GrepRequest, outcome: GrepOutcome, context: ToolContext) -> ToolResult:
    searched = f"{counted(outcome.files_searched, 'file')} searched"
    if outcome.secret_files_skipped:
        skipped = counted(outcome.secret_files_skipped, "file")
        searched += f", {skipped} that may hold secrets skipped"
    if not outcome.files:
        if outcome.stopped_by:
            searched = f"stopped at {outcome.stopped_by}, narrow the search"
        where = display_path(request.path, context)
        return ToolResult(
            content=f"No match for {request.pattern} in {where} ({searched}).",
            summary=phrase("no matches"),
            card=_card(request, outcome),
        )
    matches = counted(outcome.total_matches, "match", "matches")
    summary = phrase(
        "{matches} in {files}", matches=matches, files=counted(len(outcome.files), "file")
    )
    header = f"{summary} ({searched})"
    if outcome.stopped_by:
        header = f"{summary} (stopped at {outcome.stopped_by}, there may be more)"
    kept = sum(len(file.matches) for file in outcome.files)
    if kept < outcome.total_matches:
        header += f"; a sample of {kept} is shown, narrow the search to see the rest"
    blocks = [_block(file, request.context_lines, context) for file in outcome.files]
    text, cut = _within_budget([header, *blocks])
    return ToolResult(
        content=text + ("\n… cut here; narrow the search to see the rest" if cut else ""),
        summary=summary,
        card=_card(request, outcome),
    )


def _block(file: GrepFile, context_lines: int, context: ToolContext) -> str:
    lines = [f"{display_path(file.path, context)} ({file.match_count})"]
    for number, match in enumerate(file.matches):
        if number and context_lines:
            lines.append("  --")
        first = match.line - len(match.before)
        lines += [f"  {first + k}- {text}" for k, text in enumerate(match.before)]
        lines.append(f"  {match.line}: {match.text}")
        lines += [f"  {match.line + 1 + k}- {text}" for k, text in enumerate(match.after)]
    return visible("\n".join(lines))


def _within_budget(blocks: list[str]) -> tuple[str, bool]:
    text = "\n".join(blocks)
    if len(text) <= CONTENT_LIMIT_CHARACTERS:
        return text, False
    return text[:CONTENT_LIMIT_CHARACTERS].rpartition("\n")[0], True


def _card(request: GrepRequest, outcome: GrepOutcome) -> dict[str, object]:
    matches = [
        {"file": file.path, "line": match.line, "text": one_line(match.text)}
        for file in outcome.files
        for match in file.matches
    ]
    return {
        "type": "search",
        "pattern": request.pattern,
        "path": request.path,
        "matches": matches[:CARD_MATCHES],
        "total_matches": outcome.total_matches,
        "files_with_matches": len(outcome.files),
        "truncated": bool(outcome.stopped_by) or len(matches) < outcome.total_matches,
    }
