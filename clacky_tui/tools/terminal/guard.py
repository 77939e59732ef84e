"""What is done before a command so that what it destroys can be brought back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.refusal import refused

if TYPE_CHECKING:
    from clacky_tui.trash.shell import ShellGuard


async def guard_of(context: ToolContext) -> ShellGuard:
    """What makes ``rm`` move to the project's trash.

    Raises:
        ToolError: the trash cannot be written; without it no command runs.
    """
    try:
        return await asyncio.to_thread(_guard, context)
    except OSError as error:
        raise refused(
            f"The trash that keeps deleted files cannot be prepared: {error}.",
            hint="No command was run. Ask the user to make the data directory writable.",
        ) from error


def _guard(context: ToolContext) -> ShellGuard:
    """The session's guard, made anew for another project or when it is not all there: 4 ms."""
    from clacky_tui.trash.shell import shell_guard

    project = context.working_dir
    guard = context.shells.guards.get(project)
    if guard is None or not (guard.init_file.exists() and _trash_of(guard).is_dir()):
        guard = context.shells.guards[project] = shell_guard(project)
    return guard


def _trash_of(guard: ShellGuard) -> Path:
    return Path(guard.environment["CLACKY_TRASH_DIR"])


async def save_before(command: str, cwd: Path, context: ToolContext) -> None:
    """Copy to the trash what `command` is about to overwrite or delete."""
    from clacky_tui.trash.before_command import save_at_risk

    await asyncio.to_thread(save_at_risk, command, cwd, context.working_dir)
