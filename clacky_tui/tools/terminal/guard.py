"""What is done before a command so that what it destroys can be brought back."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from typing import Protocol, cast

from clacky_tui.tools.base import ToolContext


class ShellGuard(Protocol):
    """`clacky_tui.trash.shell.ShellGuard`: what makes ``rm`` move to the trash."""

    environment: dict[str, str]
    init_file: Path
    path_prefix: Path


def guard_of(context: ToolContext) -> ShellGuard | None:
    """The guard of the session's project; None while there is no trash. Blocking."""
    try:
        module = importlib.import_module("clacky_tui.trash.shell")
    except ModuleNotFoundError:
        return None
    return cast(ShellGuard, module.shell_guard(context.working_dir))


async def save_before(command: str, cwd: Path, context: ToolContext) -> None:
    """Copy to the trash what `command` is about to overwrite or delete."""
    try:
        module = importlib.import_module("clacky_tui.trash.before_command")
    except ModuleNotFoundError:
        return
    await asyncio.to_thread(module.save_at_risk, command, cwd, context.working_dir)
