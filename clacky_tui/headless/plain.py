"""Plain mode: one task from `-m`, told line by line on stdout (spec/tui-cli.md 3)."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TextIO

from clacky_tui import commands, events
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import ExitCode
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.wording import budget_warning

VALUE_CHARACTERS = 41
TAIL_LINES = 6
"""Lines of a command's output that are shown; the model gets more."""

DEMO_WARNING = tr_noop(
    "No API key is configured: this is the built-in demo model, its answers are scripted and its "
    "costs simulated. Set CLACKY_API_KEY and CLACKY_BASE_URL, or add a model to "
    "~/.clacky/config.yml."
)


class PlainFrontEnd:
    """Prints envelopes. `exit_code` says how the task ended."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self.exit_code = ExitCode.FAILURE
        self.task_over = asyncio.Event()
        self._has_begun = False

    def show(self, envelope: events.Envelope) -> None:
        """Print what `envelope` says, if plain mode says anything about it."""
        match envelope.event:
            case events.TextDone(text=text) if text.strip():
                self._print(text)
            case events.ToolProposed() as call:
                self._print(f"[tool] {_call_line(call)}")
            case events.ToolFinished(name="terminal", ok=ok, summary=summary, output=output):
                lines = [line for line in output.splitlines() if line.strip()]
                self._print_indented("\n".join(lines[-TAIL_LINES:]))
                self._print_indented(f"{'✓' if ok else '✗'} {summary}")
            case events.ToolFinished(ok=True, summary=summary):
                self._print_indented(summary)
            case events.ToolFinished(output=output, summary=summary):
                self._print(f"[error] {output or summary}")
            case events.ToolPreview(path=path, new_file=new_file):
                self._print(f"[file] {'create' if new_file else 'edit'}: {path}")
            case events.FeedbackAsked() as question:
                self._print_question(question)
            case events.RequestRetried(cause=cause, attempt=attempt, of=of, wait_seconds=wait):
                again = tr(
                    "Trying again in {wait_seconds:.0f} s ({attempt}/{of}).",
                    wait_seconds=wait,
                    attempt=attempt,
                    of=of,
                )
                self._print(f"[warn] {cause} {again}")
            case events.Notice(level=level, text=text):
                prefix = {"warning": "warn", "success": "ok"}.get(level, level)
                self._print(f"[{prefix}] {text}")
            case events.BudgetWarned() as warned:
                self._err.write(tr("Warning: {told}", told=budget_warning(warned)) + "\n")
            case events.Failed(message=message, hint=hint):
                self._err.write(tr("Error: {told}", told=f"{message} {hint}".rstrip()) + "\n")
            case events.TaskStarted():
                self._has_begun = True
            case events.TaskEnded() as ended if self._has_begun:
                self._finish(ended)

    def _finish(self, ended: events.TaskEnded) -> None:
        cost = f" cost=${ended.cost:.4f}"
        if ended.unpriced_requests:
            cost += f" ({ended.unpriced_requests} requests without a known price)"
        duration = f" duration={ended.duration_seconds:.1f}s"
        self._print(f"[done] iterations={ended.iterations}{cost}{duration}")
        if ended.outcome in ("done", "awaiting_feedback"):
            self.exit_code = ExitCode.OK
        elif ended.outcome == "cancelled":
            self._err.write(tr("Interrupted.") + "\n")
            self.exit_code = ExitCode.INTERRUPTED
        self.task_over.set()

    def _print_question(self, asked: events.FeedbackAsked) -> None:
        if asked.context:
            self._print(f"**Context:** {asked.context}\n")
        self._print(f"**Question:** {asked.question}")
        for number, option in enumerate(asked.options, start=1):
            self._print(f"{number}. {option}")

    def _print_indented(self, text: str) -> None:
        if text.strip():
            self._print("\n".join(f"  {line}" for line in text.rstrip("\n").split("\n")))

    def _print(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


async def run_once(
    text: str,
    settings: Settings,
    entry: ModelEntry | None,
    working_dir: Path,
    *,
    attachments: tuple[str, ...] = (),
    resume: Path | None = None,
    entry_chosen: bool = False,
) -> int:
    """Run one task without asking anything and return the process exit code.

    Args:
        text: what to do.
        settings: models and budgets.
        entry: the model to use; None is the demo model.
        working_dir: where the agent works.
        attachments: paths of files to send along.
        resume: journal of the session to go on with; None begins one.
        entry_chosen: whether the person asked for `entry`.
    """
    front_end = PlainFrontEnd(sys.stdout, sys.stderr)
    if entry is None:
        sys.stderr.write(f"[warn] {tr(DEMO_WARNING)}\n")
    worker = AgentWorker(
        settings,
        front_end.show,
        working_dir=working_dir,
        mode=PermissionMode.AUTO_APPROVE,
        entry=entry,
        attended=False,
        resume=resume,
        entry_chosen=entry_chosen,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, worker.send, commands.Interrupt())
    serving = asyncio.create_task(worker.run())
    worker.send(commands.Submit(text=text, attachments=attachments))
    await front_end.task_over.wait()
    worker.send(commands.Shutdown())
    await serving
    return int(front_end.exit_code)


def _call_line(call: events.ToolProposed) -> str:
    arguments = call.arguments
    match call.name:
        case "terminal":
            return f"$ {arguments.get('command') or 'terminal'}"
        case "write" | "edit":
            return f"{call.name.capitalize()} → {arguments.get('path', '')}"
        case _:
            pairs = (f"{key}={_cut(str(value))}" for key, value in arguments.items())
            return f"{call.name}({', '.join(pairs)})"


def _cut(value: str) -> str:
    flat = " ".join(value.split())
    return flat if len(flat) <= VALUE_CHARACTERS else flat[: VALUE_CHARACTERS - 1] + "…"
