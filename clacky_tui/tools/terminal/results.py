"""What the model and the person read about a command: its output, then its state in brackets."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from clacky_tui.tools.background import BackgroundTask
from clacky_tui.tools.base import ToolResult
from clacky_tui.tools.terminal.capture import Excerpt
from clacky_tui.tools.terminal.command_run import CommandRun
from clacky_tui.tools.terminal.limit import head_bytes, limit_output, tail_bytes

PERSON_OUTPUT_BYTES = 32 * 1024
CARD_PREVIEW_CHARACTERS = 800

State = Literal["finished", "waiting", "running", "ended"]

KEYS = r"\n is Enter, \x03 Ctrl-C, \x04 Ctrl-D"
DO_NOT_POLL = "You will be told when it ends; do not poll."


def waiting_words(handle: str) -> str:
    """For a command that went quiet after some output."""
    return f"[waiting for input: handle {handle}. Send input ({KEYS}) or kill it]"


def drawing_words(handle: str, command: str) -> str:
    """For a full-screen program."""
    return (
        f"[{head_bytes(command, 40)}: a full-screen program has the terminal, what it draws is not"
        f" shown: handle {handle}. Send its keys as input (q leaves less and top, \\x1b:q!\\n leaves"
        " vim) or kill it, and prefer a command that prints and ends]"
    )


def background_words(task: BackgroundTask, begin: str = "still running in the background") -> str:
    """For a command that goes on."""
    return f"[{begin}: handle {task.handle}{_file_words(task)}. {DO_NOT_POLL}]"


def left_over_words(task: BackgroundTask, exit_code: int | None) -> str:
    """For a command whose children go on."""
    return (
        f"[exit code {exit_code}] [processes it started go on in the background: handle"
        f" {task.handle}{_file_words(task)}; kill it when they are not needed any more]"
    )


def state_words(task: BackgroundTask) -> str:
    """For a question about a handle."""
    seconds = ((task.ended_at or datetime.now().astimezone()) - task.started_at).total_seconds()
    match task.status:
        case "running":
            advice = DO_NOT_POLL if task.watched else "Kill it when it is not needed any more."
            return f"[{task.handle}: running for {seconds:.0f} s{_file_words(task)}. {advice}]"
        case "waiting":
            return waiting_words(task.handle)
        case status:
            code = "" if task.exit_code is None else f", exit code {task.exit_code}"
            stopped = f", {task.last_line}" if status == "error" else ""
            return (
                f"[{task.handle}: {status} after {seconds:.0f} s{code}{stopped}{_file_words(task)}]"
            )


def finished_words(exit_code: int | None) -> str:
    """For a command that ended."""
    return f"[exit code {'unknown: the shell was lost' if exit_code is None else exit_code}]"


def result_of(
    run: CommandRun,
    excerpt: Excerpt,
    ending: str,
    *,
    summary: str,
    state: State,
    handle: str = "",
    exit_code: int | None = None,
) -> ToolResult:
    """`excerpt` cut to what the model may read, then `ending` and the run's notices. Blocking."""
    text = excerpt.text.strip("\n")
    failed = state == "finished" and exit_code != 0
    limited = limit_output(
        text, failed=failed, size_bytes=excerpt.size_bytes, save=run.capture.save
    )
    person_text = text
    if len(text.encode()) > PERSON_OUTPUT_BYTES:
        half = PERSON_OUTPUT_BYTES // 2
        person_text = f"{head_bytes(text, half)}\n…\n{tail_bytes(text, half)}"
    notices, run.notices = [f"[{notice}]" for notice in run.notices], []
    return ToolResult(
        content="\n".join([limited.text or "(no output)", ending, *notices]),
        summary=summary,
        ok=not failed,
        output=person_text,
        card={
            "type": "terminal",
            "command": run.command,
            "exit_code": exit_code,
            "output_preview": text[:CARD_PREVIEW_CHARACTERS],
            "output_truncated": limited.truncated,
            "full_output_file": str(limited.full_file or ""),
            "status": state,
            "handle": handle,
        },
    )


def _file_words(task: BackgroundTask) -> str:
    return f", output in {task.output_file}" if task.output_file else ""
