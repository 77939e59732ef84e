"""What plain mode says, as sentences that can be read aloud: words instead of signs and columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from clacky_tui import __version__, events
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.money import format_tokens
from clacky_tui.paths import shorten_home
from clacky_tui.plain.state import SessionState
from clacky_tui.wording import cost_report, count_requests, format_cost, format_duration

MODE_WORDS = {
    PermissionMode.CONFIRM_SAFES: "asks before edits and commands",
    PermissionMode.CONFIRM_ALL: "runs everything, and asks you its questions",
    PermissionMode.AUTO_APPROVE: "runs everything unasked",
}
DEMO = (
    "No API key is configured, so the built-in demo model answers: its answers are scripted and "
    "its costs simulated. Try: fix the failing test in the sample project."
)
HOW_TO_BEGIN = "Type a message and press Enter. /help lists the commands, /exit leaves."
NO_COMMAND = "Type the command after the exclamation mark, for example !git status"
LEAVE_HINT = "Press Ctrl+C again to leave."
TOLD_SECONDS = 0.95
"""Shorter calls are told without their time."""
STOPPING = "The agent is being stopped."


def in_words(text: str) -> str:
    """A line made for the screen with its separating dots as commas."""
    return text.replace(" · ", ", ")


def opening(opened: events.SessionOpened) -> list[str]:
    """The first lines of a session."""
    folder, mode = shorten_home(opened.working_dir), MODE_WORDS[PermissionMode(opened.mode)]
    lines = [f"clacky {__version__} in {folder}, model {opened.model}. It {mode}."]
    if opened.restored:
        count = f"{opened.tasks:,} task{'' if opened.tasks == 1 else 's'}"
        lines.append(f"{opened.name or 'Unnamed session'} goes on after {count}.")
    elif opened.simulated:
        lines.append(DEMO)
    return lines


def task_end(ended: events.TaskEnded, *, simulated: bool) -> str:
    """How a task ended, how long it took, and what it cost."""
    how = {
        "done": "Done",
        "cancelled": "Stopped",
        "error": "Failed",
        "budget": "Stopped by a budget",
        "awaiting_feedback": "Waiting for your answer",
    }[ended.outcome]
    parts = [f"{how} after {format_duration(ended.duration_seconds)}"]
    if ended.requests:
        usage = ended.usage
        read = usage.input_tokens + usage.cache_read_tokens + usage.cache_creation_tokens
        parts.append(count_requests(ended.requests))
        parts.append(f"{format_tokens(read)} tokens in, {format_tokens(usage.output_tokens)} out")
        cost = format_cost(ended.cost, ended.unpriced_requests, simulated=simulated)
        parts.append(f"cost {cost}")
    return ", ".join(parts) + "."


def tool_result(done: events.ToolFinished, call: str) -> str:
    """How a tool call went, in one line; `call` names it where several run at once."""
    summary = done.summary or ("done" if done.ok else "failed")
    if done.ok and done.name in ("edit", "write"):
        summary = "done"  # its diff was told
    parts = [f"{call}: {summary}" if call else summary]
    if not done.ok and "fail" not in summary:
        parts.insert(0, "failed")
    if done.duration_seconds >= TOLD_SECONDS:
        parts.append(format_duration(done.duration_seconds))
    return ", ".join(parts)


def todo_lines(items: Sequence[events.TodoItem]) -> list[str]:
    """How far the list is, then each item."""
    if not items:
        return ["the list is empty"]
    done = sum(item.status == "completed" for item in items)
    words = {"completed": "done", "pending": "open"}
    return [
        f"{done} of {len(items)} done",
        *(f"{item.id}. {words[item.status]}: {item.task}" for item in items),
    ]


def switched(event: events.TaskSwitched) -> str:
    """Where the session stands now."""
    where = f"task {event.to_task}" if event.to_task else "the start"
    count = len(event.restored)
    files = f"{count} file{'' if count == 1 else 's'} restored"
    text = {
        "both": f"At {where}: {files}.",
        "files": f"Files of {where}: {files}. The conversation goes on.",
        "conversation": f"The conversation is at {where}. The files stay as they are.",
    }[event.restore]
    if event.conflicts:
        text += f" Kept as they are: {', '.join(event.conflicts)}."
    return text


def status(state: SessionState) -> list[str]:
    """The answer to `/status`."""
    usage = state.last_usage
    lines = [
        f"{state.name or 'Unnamed session'} {state.session_id[:8]}, in "
        f"{shorten_home(state.working_dir)}",
        f"Model {state.model}, reasoning {state.reasoning_level}. "
        f"It {MODE_WORDS[PermissionMode(state.mode)]}.",
        "The agent works." if state.busy else "The agent is idle.",
    ]
    if usage is not None:
        lines.append(cost_report(usage).splitlines()[0] + ".")
    if state.gauge is not None:
        lines += context_lines(state.gauge)[:1]
    if state.waiting:
        lines.append(f"Waiting messages: {len(state.waiting)}.")
    running = [task for task in state.background if task.status in ("running", "waiting")]
    if running:
        lines.append(f"Commands in the background: {len(running)}, /tasks lists them.")
    if state.todos:
        lines.append(f"Todo: {todo_lines(state.todos)[0]}.")
    return lines


def cost_lines(state: SessionState) -> list[str]:
    """The answer to `/cost`."""
    *lines, where = cost_report(state.last_usage).splitlines()
    if state.last_usage is None:
        return [where]
    return [" ".join(line.split()) for line in lines] + ["Days and models: clacky billing"]


def context_lines(gauge: events.ContextGauged | None) -> list[str]:
    """How full the model's window is, then by what."""
    if gauge is None:
        return ["Nothing has been sent to the model yet."]
    used = sum(gauge.categories.values())
    share = f"{format_tokens(used)} tokens"
    if gauge.window_tokens:
        window = format_tokens(gauge.window_tokens)
        share += f" of {window}, {100 * used / gauge.window_tokens:.0f} percent"
    return [
        f"Context: {share}.",
        *(f"{name}: {format_tokens(tokens)}" for name, tokens in gauge.categories.items()),
    ]


def background_lines(tasks: Sequence[events.BackgroundTask], now: datetime) -> list[str]:
    """The answer to `/tasks`."""
    if not tasks:
        return ["Nothing runs in the background."]
    lines = []
    for task in tasks:
        age = format_duration(((task.ended_at or now) - task.started_at).total_seconds())
        how = task.status if task.exit_code is None else f"exit {task.exit_code}"
        lines.append(f"{task.handle}: {how} after {age}: {task.command}")
    return [*lines, "/kill HANDLE stops one."]


def ended_background(
    before: Iterable[events.BackgroundTask], tasks: Iterable[events.BackgroundTask]
) -> list[str]:
    """A sentence for each command that has ended since `before`."""
    ran = {task.handle for task in before if task.ended_at is None}
    return [
        f"The background command {task.command} has ended: "
        f"{task.status if task.exit_code is None else f'exit {task.exit_code}'}."
        for task in tasks
        if task.handle in ran and task.ended_at is not None
    ]
