"""What is done before a command so that what it destroys can be brought back."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.file_access import display_path
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import one_line

if TYPE_CHECKING:
    from clacky_tui.trash.shell import ShellGuard

READ_AT_ONCE_CHARACTERS = 2000
SHOWN = 3
"""So many things that could not be saved are named."""


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


async def warm_shell(context: ToolContext) -> None:
    """Begin to start a shell for the first command; what goes wrong, that command will tell."""
    with contextlib.suppress(ToolError):
        guard = await guard_of(context)
        context.shells.warm(context.working_dir, guard.init_file)


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


async def save_before(command: str, cwd: Path, context: ToolContext) -> str:
    """Copy to the trash what `command` is about to overwrite or delete.

    Returns:
        what could not be copied, on one line; empty when all that is in danger was.
    """
    from clacky_tui.trash.at_risk import may_destroy
    from clacky_tui.trash.before_command import save_at_risk

    # Most commands destroy nothing. Reading a short one is quicker than asking a thread to.
    if len(command) <= READ_AT_ONCE_CHARACTERS and not may_destroy(command):
        return ""
    saved = await asyncio.to_thread(save_at_risk, command, cwd, context.working_dir)
    missing = [item for item in saved if item.item is None]
    if not missing:
        return ""
    shown = "; ".join(
        one_line(f"{display_path(item.path, context)}: {item.reason}") for item in missing[:SHOWN]
    )
    more = f"; and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else ""
    return f"not saved to the trash before the command: {shown}{more}"
