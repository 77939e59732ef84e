"""The `terminal` tool: run a command, or ask, type into or end one that goes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.errors import ToolError
from clacky_tui.i18n import phrase
from clacky_tui.tools.background import BackgroundTask
from clacky_tui.tools.base import Arguments, ToolContext, ToolResult
from clacky_tui.tools.file_access import display_path, resolve_path
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.terminal import results
from clacky_tui.tools.terminal.background_run import STOP_SECONDS, WAITING_SECONDS, keep
from clacky_tui.tools.terminal.command_kinds import is_quick, is_slow
from clacky_tui.tools.terminal.command_run import CommandRun, Stage
from clacky_tui.tools.terminal.guard import guard_of, save_before
from clacky_tui.tools.terminal.scripts import READ_ONLY_VARIABLES, Setting
from clacky_tui.tools.terminal.shell import Shell, ShellNotReady
from clacky_tui.tools.wording import one_line

if TYPE_CHECKING:
    from clacky_tui.trash.shell import ShellGuard

LIMIT_SECONDS = 60.0
QUIET_SECONDS = 10.0
"""Silence after some output that means: it waits for input."""
ANSWER_QUIET_SECONDS = 2.0
"""The same after something was typed: a prompt that comes again is the rule."""
DRAWING_SECONDS = 0.5
START_UP_SECONDS = 2.0
"""How long a background command is looked at, to see it fail at once."""
MAX_DURATION_SECONDS = 7200
INTERRUPT_SECONDS = 2.0
"""How long Ctrl-C may take before the processes are ended."""
TYPED_CHARACTERS = 30

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYS_ONLY = re.compile(r"(?:\\x[0-9A-Fa-f]{2}|\\[enrt])+")
"""Input written in escapes throughout, as models do for keys; anything else is meant literally."""


class Terminal:
    """Commands in the session's shells.

    Args:
        limit_seconds: how long a call waits for its command, which then goes on in the background.
        quiet_seconds, start_up_seconds, interrupt_seconds, waiting_seconds: see the figures above
            and in `background_run`.
        moves_slow_commands: whether what is known to take long goes to the background at once.
    """

    name = "terminal"
    verb = "$"

    def __init__(
        self,
        *,
        limit_seconds: float = LIMIT_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
        start_up_seconds: float = START_UP_SECONDS,
        interrupt_seconds: float = INTERRUPT_SECONDS,
        waiting_seconds: float = WAITING_SECONDS,
        moves_slow_commands: bool = True,
    ) -> None:
        self._limit_seconds = limit_seconds
        self._quiet_seconds = quiet_seconds
        self._start_up_seconds = start_up_seconds
        self._interrupt_seconds = interrupt_seconds
        self._waiting_seconds = waiting_seconds
        self._moves_slow_commands = moves_slow_commands

    def subject(self, arguments: Arguments, context: ToolContext) -> str:
        """The command; its line breaks are written ``\\n``, so nothing hides behind the first line.

        For a handle: what is done to it, and the command it stands for.
        """
        handle = str(arguments.get("handle_id") or "")
        if handle:
            return _handle_subject(one_line(handle), arguments, context)
        command = _on_one_line(str(arguments.get("command", "")))
        if arguments.get("async"):
            command = phrase("{command} (in the background)", command=command)
        cwd = str(arguments.get("cwd") or "")
        if not cwd or display_path(cwd, context) == ".":
            return command
        return phrase("{command} (in {cwd})", command=command, cwd=display_path(cwd, context))

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:
        if arguments.get("handle_id"):
            return await self._on_handle(str(arguments["handle_id"]).strip(), arguments, context)
        command = _command(arguments)
        in_background = bool(arguments.get("async"))
        if in_background and is_quick(command):
            raise refused(
                "This command is over at once; async is for servers, builds and other long work.",
                hint="Run it without async.",
            )
        in_background = in_background or (self._moves_slow_commands and is_slow(command))
        env = _variables(arguments.get("env") or {})
        cwd = await asyncio.to_thread(_folder, str(arguments.get("cwd") or ""), context)
        if in_background:
            _refuse_duplicate(command, cwd, context)
        guard = await guard_of(context)
        setting = Setting(cwd, env, guard.environment, guard.path_prefix)
        max_seconds = float(arguments.get("max_duration") or MAX_DURATION_SECONDS)
        if in_background:
            return await self._run_in_background(command, setting, guard, max_seconds, context)
        return await self._run_here(command, setting, guard, max_seconds, context)

    async def _run_here(
        self,
        command: str,
        setting: Setting,
        guard: ShellGuard,
        max_seconds: float,
        context: ToolContext,
    ) -> ToolResult:
        shell = await _acquire(setting.cwd, guard, context)
        run = await _started(shell, command, setting, context)
        try:
            stage = await run.wait(
                self._limit_seconds,
                quiet_seconds=self._quiet_seconds,
                drawing_seconds=DRAWING_SECONDS,
            )
            left_over = stage == "ended" and await run.left_processes()
        except asyncio.CancelledError:
            await self._interrupt(run, guard, context)
            raise
        if stage == "ended" and not left_over:
            result = await self._finished(run)
            await context.shells.release(shell)
        else:
            task = await keep(
                run,
                context,
                "waiting" if stage in ("quiet", "drawing") else "running",
                watched=stage == "timeout",
                max_seconds=max_seconds,
                waiting_seconds=self._waiting_seconds,
            )
            result = await self._going_on(run, task, stage)
        context.shells.warm(context.working_dir, guard.init_file)
        return result

    async def _run_in_background(
        self,
        command: str,
        setting: Setting,
        guard: ShellGuard,
        max_seconds: float,
        context: ToolContext,
    ) -> ToolResult:
        env = await _own_environment(setting.cwd, guard, context)
        try:
            init_file = guard.init_file
            shell = await context.shells.dedicated(setting.cwd, env, init_file)
        except ShellNotReady as error:
            raise _no_shell(error) from error
        run = await _started(shell, command, setting, context)
        try:
            stage = await run.wait(self._start_up_seconds)
            left_over = stage == "ended" and await run.left_processes()
        except asyncio.CancelledError:
            await run.stop(0.0, ask=False)
            raise
        if stage == "ended" and not left_over:
            result = await self._finished(run)
            await context.shells.discard(shell)
            return result
        task = await keep(
            run,
            context,
            "running",
            watched=not left_over,
            max_seconds=max_seconds,
            waiting_seconds=self._waiting_seconds,
        )
        return await self._going_on(run, task, stage)

    async def _on_handle(
        self, handle: str, arguments: Arguments, context: ToolContext
    ) -> ToolResult:
        task, run = context.background.get(handle), context.shells.runs.get(handle)
        if task is None or run is None:
            living = ", ".join(
                f"{t.handle} ({one_line(t.command)[:40]})" for t in context.background.alive
            )
            raise refused(
                f"There is no command with handle {one_line(handle)[:40]}.",
                hint=f"Running now: {living or 'none'}. Send command to start one.",
            )
        typed = arguments.get("input")
        if not arguments.get("kill") and typed is None:
            return await self._state(run, task)
        if not task.is_alive:
            raise refused(
                f"The command behind {handle} has ended already ({task.status}).",
                hint="Ask with handle_id alone for its output, or send command to start it again.",
            )
        if arguments.get("kill"):
            context.background.set_status(handle, "running", watched=False)
            await context.background.stop(handle)
            return await self._state(run, context.background.get(handle) or task)
        if typed == "":
            return await self._state(run, task)
        return await self._type(run, task, str(typed), context)

    async def _type(
        self, run: CommandRun, task: BackgroundTask, typed: str, context: ToolContext
    ) -> ToolResult:
        tasks = context.background
        tasks.set_status(task.handle, "running", watched=False)
        try:
            await run.type(keys_of(typed))
        except (OSError, TimeoutError) as error:
            tasks.set_status(task.handle, "running", watched=task.watched)
            raise refused(
                f"{task.handle} takes no input now.", hint="Ask again later, or kill it."
            ) from error
        stage = await run.wait(
            self._limit_seconds,
            quiet_seconds=min(ANSWER_QUIET_SECONDS, self._quiet_seconds),
            drawing_seconds=DRAWING_SECONDS,
        )
        if stage == "ended":
            result = await self._finished(run)
            tasks.finish(
                task.handle,
                "success" if run.exit_code == 0 else "failed",
                exit_code=run.exit_code,
                last_line=run.capture.last_line,
            )
            return result
        if stage == "timeout":
            tasks.set_status(task.handle, "running", watched=True)
        else:
            tasks.set_status(task.handle, "waiting")
        return await self._going_on(run, task, stage)

    async def _state(self, run: CommandRun, task: BackgroundTask) -> ToolResult:
        excerpt = await run.unread()
        return await asyncio.to_thread(
            results.result_of,
            run,
            excerpt,
            results.state_words(task),
            summary=task.status,
            state="running" if task.is_alive else "ended",
            handle=task.handle,
            exit_code=task.exit_code,
        )

    async def _finished(self, run: CommandRun) -> ToolResult:
        excerpt = await run.unread()
        code = run.exit_code
        return await asyncio.to_thread(
            results.result_of,
            run,
            excerpt,
            results.finished_words(code),
            summary=phrase("shell lost") if code is None else phrase("exit {code}", code=code),
            state="finished",
            exit_code=code,
        )

    async def _going_on(self, run: CommandRun, task: BackgroundTask, stage: Stage) -> ToolResult:
        excerpt = await run.unread()
        state: results.State = "waiting"
        summary = phrase("waiting for input ({handle})", handle=task.handle)
        match stage:
            case "quiet":
                ending = results.waiting_words(task.handle)
            case "drawing":
                ending = results.drawing_words(task.handle, run.command)
            case "ended":
                state = "running"
                summary = phrase("left processes ({handle})", handle=task.handle)
                ending = results.left_over_words(task, run.exit_code)
            case "timeout":
                state = "running"
                summary = phrase("in the background ({handle})", handle=task.handle)
                ending = results.background_words(task)
        return await asyncio.to_thread(
            results.result_of,
            run,
            excerpt,
            ending,
            summary=summary,
            state=state,
            handle=task.handle,
        )

    async def _interrupt(self, run: CommandRun, guard: ShellGuard, context: ToolContext) -> None:
        """End the command as Ctrl-C does, or else by force; a second interrupt forces it at once."""
        try:
            healthy = await run.interrupt(self._interrupt_seconds, STOP_SECONDS)
        except asyncio.CancelledError:
            await run.stop(0.0, ask=False)
            raise
        if healthy:
            await context.shells.release(run.shell)
        else:
            await context.shells.discard(run.shell)
            context.shells.warm(context.working_dir, guard.init_file)


def keys_of(typed: str) -> bytes:
    r"""What a terminal would send: newline is Enter; input all in escapes (``\x03``) is decoded."""
    if _KEYS_ONLY.fullmatch(typed):
        typed = re.sub(
            r"\\(?:x(..)|(.))",
            lambda key: chr(int(key[1], 16)) if key[1] else _NAMED_KEYS[key[2]],
            typed,
        )
    return typed.replace("\r\n", "\n").replace("\n", "\r").encode("utf-8", "surrogateescape")


_NAMED_KEYS = {"n": "\n", "r": "\r", "t": "\t", "e": "\x1b"}


async def _acquire(cwd: Path, guard: ShellGuard, context: ToolContext) -> Shell:
    try:
        return await context.shells.acquire(cwd, guard.init_file)
    except ShellNotReady as error:
        raise _no_shell(error) from error


async def _started(
    shell: Shell, command: str, setting: Setting, context: ToolContext
) -> CommandRun:
    """`command` started in `shell`, which does not survive a failure.

    What it endangers is saved first; the person is told at once what could not be.
    """
    try:
        unsaved = await save_before(command, setting.cwd, context)
        if unsaved:
            context.emit_output(f"{unsaved}\n")
        run = await CommandRun.start(shell, command, setting, context.emit_output)
    except asyncio.CancelledError:
        await context.shells.discard(shell, ask=False)
        raise
    except (OSError, TimeoutError) as error:
        await context.shells.discard(shell, ask=False)
        raise refused(
            f"The shell does not take the command: {error or 'no answer'}.", hint="Send it again."
        ) from error
    run.notices = [notice for notice in (context.shells.notice, unsaved) if notice]
    context.shells.notice = ""
    return run


async def _own_environment(
    cwd: Path, guard: ShellGuard, context: ToolContext
) -> dict[str, str] | None:
    """The variables of the user's own shell, with what earlier commands made of them."""
    shell = await _acquire(cwd, guard, context)
    try:
        env = await context.shells.environment(shell, cwd)
    except asyncio.CancelledError:
        await context.shells.discard(shell, ask=False)
        raise
    except (OSError, TimeoutError):
        await context.shells.discard(shell)
        return None
    await context.shells.release(shell)
    return env


def _no_shell(error: ShellNotReady) -> ToolError:
    return refused(
        f"No shell could be made ready: {error}.", hint="Check that bash works, then send it again."
    )


def _refuse_duplicate(command: str, cwd: Path, context: ToolContext) -> None:
    for task in context.background.alive:
        if (task.command, task.cwd) == (command, cwd):
            raise refused(
                f"This command runs already: handle {task.handle}.",
                code="duplicate_task",
                hint="Wait until you are told that it ended, or kill it first.",
            )


def _command(arguments: Arguments) -> str:
    command = str(arguments.get("command", ""))
    if not command.strip():
        raise refused(
            "There is no command and no handle_id.",
            hint="Send command, e.g. ls -la, or handle_id for one that is running.",
        )
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
        if not _NAME.fullmatch(name) or name in READ_ONLY_VARIABLES or "\0" in str(value):
            raise refused(
                f"{one_line(name) or 'An empty name'} cannot be set as an environment variable.",
                hint="Use plain names (letters, digits, _) and text values in env.",
            )
    return {name: str(value) for name, value in env.items()}


def _on_one_line(command: str) -> str:
    lines = [one_line(line) for line in command.splitlines()]
    return " \\n ".join(line for line in lines if line)


def _handle_subject(handle: str, arguments: Arguments, context: ToolContext) -> str:
    task = context.background.get(handle)
    target = f"{handle} ({_on_one_line(task.command)})" if task else handle
    if arguments.get("kill"):
        return phrase("stop {target}", target=target)
    typed = arguments.get("input")
    if not typed:
        return phrase("check {target}", target=target)
    keys = str(typed).encode("unicode_escape").decode()
    return phrase('type "{keys}" into {target}', keys=keys[:TYPED_CHARACTERS], target=target)
