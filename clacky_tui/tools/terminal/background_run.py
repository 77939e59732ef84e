"""Commands that outlive their call: given a handle, watched to their end or their time limit."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Literal

from clacky_tui.tools.background import BackgroundTask
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.terminal.command_run import CommandRun

WAITING_SECONDS = 600.0
"""A command at a prompt that nobody asks about or types into is stopped after this long."""
STOP_SECONDS = 2.0


async def keep(
    run: CommandRun,
    context: ToolContext,
    status: Literal["running", "waiting"],
    *,
    watched: bool,
    max_seconds: float,
    waiting_seconds: float,
) -> BackgroundTask:
    """Give `run` a handle and let it go on; the session's shells and tasks take it over."""
    tasks, shells = context.background, context.shells
    started = datetime.now().astimezone()
    task = BackgroundTask(
        handle=tasks.new_handle(),
        command=run.command,
        cwd=run.cwd,
        started_at=started,
        output_file=await run.detach(),
        status=status,
        watched=watched,
    )

    async def stop() -> None:
        await run.stop(STOP_SECONDS)

    tasks.add(task, stop)
    shells.runs[task.handle] = run
    for handle in [handle for handle in shells.runs if tasks.get(handle) is None]:
        del shells.runs[handle]
    shells.watch(_watch(run, task.handle, context, max_seconds, waiting_seconds))
    return task


async def _watch(
    run: CommandRun,
    handle: str,
    context: ToolContext,
    max_seconds: float,
    waiting_seconds: float,
) -> None:
    """Note the end of `run`, or bring it about when a time limit is reached."""
    tasks = context.background
    until = time.monotonic() + max_seconds
    stopped_for = ""
    while not run.is_done:
        now = time.monotonic()
        task = tasks.get(handle)
        unasked_until = run.last_activity + waiting_seconds
        if now >= until:
            stopped_for = f"stopped: its max_duration of {max_seconds:g} s was reached"
        elif task is not None and task.status == "waiting" and now >= unasked_until:
            stopped_for = f"stopped: nobody answered it for {waiting_seconds:g} s"
        if stopped_for:
            await run.stop(STOP_SECONDS)
            break
        waits = task is not None and task.status == "waiting"
        await run.wait(min(until, unasked_until if waits else until, now + waiting_seconds) - now)
    if stopped_for:
        tasks.finish(handle, "error", last_line=stopped_for)
    elif run.stopped:
        tasks.finish(handle, "cancelled", last_line=run.capture.last_line)
    else:
        success = run.exit_code == 0
        tasks.finish(
            handle,
            "success" if success else "failed",
            exit_code=run.exit_code,
            last_line=run.capture.last_line,
        )
    await context.shells.discard(run.shell)
