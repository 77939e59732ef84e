"""The `terminal` tool, one-shot: run a command to its end, or stop it with all its children."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.file_access import display_path, resolve_path
from clacky_tui.tools.output_capture import OutputCapture
from clacky_tui.tools.output_limit import head_bytes, limit_output, tail_bytes
from clacky_tui.tools.process_group import ProcessGroup
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.slow_commands import is_slow
from clacky_tui.tools.wording import one_line

LIMIT_SECONDS = 60.0
SLOW_LIMIT_SECONDS = 180.0
KILL_AFTER_SECONDS = 2.0
DRAIN_SECONDS = 0.3
"""How long output may still trickle in after the shell has ended."""
PERSON_OUTPUT_BYTES = 32 * 1024
CARD_PREVIEW_CHARACTERS = 800

QUIET_ENVIRONMENT = {
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "TERM": "dumb",
    "GIT_TERMINAL_PROMPT": "0",
}
"""Nobody can answer a pager or a password prompt here."""


@dataclass(frozen=True, slots=True)
class _Run:
    """How a command ended. `exit_code` is None when the time limit stopped it."""

    text: str
    exit_code: int | None
    left_processes: bool


class Terminal:
    """Commands with stdin closed, their own process group, bounded output and a time limit."""

    name = "terminal"
    verb = "$"

    def __init__(
        self,
        limit_seconds: float = LIMIT_SECONDS,
        slow_limit_seconds: float = SLOW_LIMIT_SECONDS,
        kill_after_seconds: float = KILL_AFTER_SECONDS,
    ) -> None:
        self._limit_seconds = limit_seconds
        self._slow_limit_seconds = slow_limit_seconds
        self._kill_after_seconds = kill_after_seconds

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        """The command; its line breaks are written ``\\n``, so nothing hides behind the first line."""
        lines = [one_line(line) for line in str(arguments.get("command", "")).splitlines()]
        command = " \\n ".join(line for line in lines if line)
        cwd = str(arguments.get("cwd") or "")
        if not cwd or display_path(cwd, context) == ".":
            return command
        return f"{command} (in {display_path(cwd, context)})"

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        command = _command(arguments)
        cwd = await asyncio.to_thread(_folder, str(arguments.get("cwd") or ""), context)
        env = {**os.environ, **QUIET_ENVIRONMENT, **_variables(arguments.get("env") or {})}
        limit = self._slow_limit_seconds if is_slow(command) else self._limit_seconds
        run = await self._run(command, cwd, env, limit, context)
        return await asyncio.to_thread(_result, command, run, limit)

    async def _run(
        self, command: str, cwd: Path, env: Mapping[str, str], limit: float, context: ToolContext
    ) -> _Run:
        try:
            group = await ProcessGroup.start(command, cwd, env)
        except OSError as error:
            raise refused(
                f"The shell could not be started: {error.strerror or error}.",
                hint="Put a long command into a script file first.",
            ) from error
        capture = OutputCapture(context.emit_output)
        reading = asyncio.create_task(group.read_all(capture.feed))
        exit_code: int | None = None
        try:
            try:
                async with asyncio.timeout(limit):
                    exit_code = await group.wait()
            except TimeoutError:
                await group.stop(self._kill_after_seconds)
            await asyncio.wait({reading}, timeout=DRAIN_SECONDS)
            left_processes = await group.alive()
            if left_processes:
                await group.stop(self._kill_after_seconds)
                await asyncio.wait({reading}, timeout=DRAIN_SECONDS)
        except asyncio.CancelledError:
            await group.stop(self._kill_after_seconds)
            raise
        finally:
            reading.cancel()
            await asyncio.wait({reading})
            group.close()
        if not reading.cancelled():
            reading.result()
        capture.finish()
        text = await asyncio.to_thread(capture.text)
        return _Run(text, exit_code, left_processes)


def _command(arguments: Arguments) -> str:
    if arguments.get("handle_id") or arguments.get("kill") or arguments.get("input") is not None:
        raise refused(
            "handle_id, input and kill are not available in this version: commands run to their"
            " end and cannot be typed into.",
            hint="Send a command that needs no input.",
        )
    if arguments.get("async"):
        raise refused(
            "async is not available in this version.",
            hint="Run the command without it, or ask the person to start servers themselves.",
        )
    command = str(arguments.get("command", ""))
    if not command.strip():
        raise refused("There is no command.", hint="Send command, e.g. ls -la.")
    if "\0" in command:
        raise refused("The command holds a NUL byte.", hint="Send plain text.")
    return command


def _folder(cwd: str, context: ToolContext) -> Path:
    folder = resolve_path(cwd, context) if cwd.strip() else context.working_dir
    if not folder.is_dir():
        raise refused(f"cwd {folder} is not a folder.", hint="Check it, or leave cwd out.")
    return folder


def _variables(env: Mapping[str, object]) -> dict[str, str]:
    for name, value in env.items():
        if not name or "=" in name or "\0" in f"{name}{value}":
            raise refused(
                f"{one_line(name) or 'An empty name'} cannot be an environment variable.",
                hint="Use plain names and values in env.",
            )
    return {name: str(value) for name, value in env.items()}


def _result(command: str, run: _Run, limit_seconds: float) -> ToolResult:
    text = run.text.strip("\n")
    failed = run.exit_code != 0
    limited = limit_output(text, failed=failed)
    if run.exit_code is None:
        ending = (
            f"[stopped after {limit_seconds:g} s: the time limit. Nothing of it is running any"
            " more; narrow the work or split it]"
        )
        summary = f"stopped at {limit_seconds:g}s"
    else:
        ending = f"[exit code {run.exit_code}]"
        summary = f"exit {run.exit_code}"
    if run.left_processes and run.exit_code is not None:
        ending += " [processes left in the background were stopped with it]"
    person_text = text
    if len(text.encode()) > PERSON_OUTPUT_BYTES:
        half = PERSON_OUTPUT_BYTES // 2
        person_text = f"{head_bytes(text, half)}\n…\n{tail_bytes(text, half)}"
    return ToolResult(
        content=f"{limited.text or '(no output)'}\n{ending}",
        summary=summary,
        ok=not failed,
        output=person_text,
        card={
            "type": "terminal",
            "command": command,
            "exit_code": run.exit_code,
            "output_preview": text[:CARD_PREVIEW_CHARACTERS],
            "output_truncated": limited.truncated,
            "full_output_file": str(limited.full_file or ""),
            "status": "timeout" if run.exit_code is None else "finished",
        },
    )
