"""The `glob` tool: files by name pattern, newest first."""

from __future__ import annotations

import asyncio
import heapq
import threading
from pathlib import Path

from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.file_access import display_path, resolve_path
from clacky_tui.tools.glob_pattern import GlobPattern, split_literal_prefix
from clacky_tui.tools.ignore import WalkCounts, walk_files
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted, one_line

DEFAULT_LIMIT = 10


class Glob:
    """Names only: no file is opened, so neither size nor kind filters (spec 4.3)."""

    name = "glob"
    verb = "Find"

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        pattern = one_line(str(arguments.get("pattern", "")))
        base = str(arguments.get("base_path") or ".")
        shown = display_path(base, context)
        return pattern if shown == "." else f"{pattern} in {shown}"

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        stop = threading.Event()
        try:
            return await asyncio.to_thread(_find, arguments, context, stop)
        finally:
            stop.set()


def _find(arguments: Arguments, context: ToolContext, stop: threading.Event) -> ToolResult:
    pattern = str(arguments.get("pattern", "")).strip()
    if not pattern:
        raise refused("The pattern is empty.", hint="Give a name pattern such as *.py.")
    limit = int(arguments.get("limit", DEFAULT_LIMIT))
    folder = resolve_path(str(arguments.get("base_path") or "."), context)
    if not folder.is_dir():
        raise refused(f"{folder} is not a folder.", hint="Check base_path or leave it out.")
    prefix, rest = split_literal_prefix(pattern)
    if prefix:
        within = ToolContext(working_dir=folder)
        folder = resolve_path(prefix, within)

    fits = GlobPattern(rest)
    counts = WalkCounts()
    total = 0
    newest: list[tuple[int, str]] = []
    walk = walk_files(
        folder, working_dir=context.working_dir, counts=counts, stop=stop, show_env_files=True
    )
    for file in walk:
        if not fits.matches(file.parts):
            continue
        total += 1
        heapq.heappush(newest, (_modified_ns(file.path), file.path))
        if len(newest) > limit:
            heapq.heappop(newest)
    paths = [one_line(path) for _, path in sorted(newest, key=lambda item: (-item[0], item[1]))]
    return _result(pattern, folder, paths, total, counts)


def _modified_ns(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _result(
    pattern: str, folder: Path, paths: list[str], total: int, counts: WalkCounts
) -> ToolResult:
    found = counted(total, "file")
    truncated = total > len(paths)
    header = f"{found} match {pattern} in {folder}" if total != 1 else f"1 file matches {pattern}"
    notes = []
    if truncated:
        notes.append(f"newest {len(paths)} shown; raise limit or narrow the pattern for more")
    if counts.ignored:
        notes.append(f"{counted(counts.ignored, 'ignored entry', 'ignored entries')} skipped")
    if counts.unreadable:
        notes.append(f"{counted(counts.unreadable, 'folder')} could not be read")
    header += f" ({'; '.join(notes)})" if notes else ""
    return ToolResult(
        content="\n".join([header, *paths]),
        summary=f"{len(paths)} of {found}" if truncated else found,
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
