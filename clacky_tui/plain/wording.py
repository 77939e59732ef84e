"""What plain mode says, as sentences that can be read aloud: words instead of signs and columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from clacky_tui import __version__, events
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.money import format_tokens
from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.plain.state import SessionState
from clacky_tui.wording import cost_report, count_requests, format_cost, format_duration

MODE_WORDS = {
    PermissionMode.CONFIRM_SAFES: tr_noop("asks before edits and commands"),
    PermissionMode.CONFIRM_ALL: tr_noop("runs everything, and asks you its questions"),
    PermissionMode.AUTO_APPROVE: tr_noop("runs everything unasked"),
}
DEMO = tr_noop(
    "No API key is configured, so the built-in demo model answers: its answers are scripted and "
    "its costs simulated. Try: fix the failing test in the sample project."
)
HOW_TO_BEGIN = tr_noop("Type a message and press Enter. /help lists the commands, /exit leaves.")
NO_COMMAND = tr_noop("Type the command after the exclamation mark, for example !git status")
LEAVE_HINT = tr_noop("Press Ctrl+C again to leave.")
TOLD_SECONDS = 0.95
"""Shorter calls are told without their time."""
STOPPING = tr_noop("The agent is being stopped.")


def in_words(text: str) -> str:
    """A line made for the screen with its separating dots as commas."""
    return text.replace(" · ", ", ")


def opening(opened: events.SessionOpened) -> list[str]:
    """The first lines of a session."""
    folder, mode = shorten_home(opened.working_dir), MODE_WORDS[PermissionMode(opened.mode)]
    lines = [
        tr(
            "clacky {version} in {folder}, model {model}. It {mode}.",
            version=__version__,
            folder=folder,
            model=opened.model,
            mode=tr(mode),
        )
    ]
    if opened.restored:
        lines.append(
            tr_count(
                "{name} goes on after {n} task.",
                "{name} goes on after {n} tasks.",
                opened.tasks,
                name=opened.name or tr("Unnamed session"),
            )
        )
    elif opened.simulated:
        lines.append(tr(DEMO))
    return lines


_ENDINGS = {
    "done": tr_noop("Done"),
    "cancelled": tr_noop("Stopped"),
    "error": tr_noop("Failed"),
    "budget": tr_noop("Stopped by a budget"),
    "awaiting_feedback": tr_noop("Waiting for your answer"),
}


def task_end(ended: events.TaskEnded, *, simulated: bool) -> str:
    """How a task ended, how long it took, and what it cost."""
    duration = format_duration(ended.duration_seconds)
    parts = [tr("{how} after {duration}", how=tr(_ENDINGS[ended.outcome]), duration=duration)]
    if ended.requests:
        usage = ended.usage
        read = usage.input_tokens + usage.cache_read_tokens + usage.cache_creation_tokens
        parts.append(count_requests(ended.requests))
        parts.append(
            tr(
                "{read} tokens in, {written} out",
                read=format_tokens(read),
                written=format_tokens(usage.output_tokens),
            )
        )
        cost = format_cost(ended.cost, ended.unpriced_requests, simulated=simulated)
        parts.append(tr("cost {cost}", cost=cost))
    return tr("{sentence}.", sentence=tr(", ").join(parts))


def tool_result(done: events.ToolFinished, call: str) -> str:
    """How a tool call went, in one line; `call` names it where several run at once."""
    summary = done.summary or (tr("done") if done.ok else tr("failed"))
    if done.ok and done.name in ("edit", "write"):
        summary = tr("done")  # its diff was told
    parts = [f"{call}: {summary}" if call else summary]
    if not done.ok and "fail" not in summary and tr("failed") not in summary:
        parts.insert(0, tr("failed"))
    if done.duration_seconds >= TOLD_SECONDS:
        parts.append(format_duration(done.duration_seconds))
    return ", ".join(parts)


def todo_lines(items: Sequence[events.TodoItem]) -> list[str]:
    """How far the list is, then each item."""
    if not items:
        return [tr("the list is empty")]
    done = sum(item.status == "completed" for item in items)
    words = {
        "completed": tr_noop("{number}. done: {task}"),
        "pending": tr_noop("{number}. open: {task}"),
    }
    return [
        tr("{done} of {count} done", done=done, count=len(items)),
        *(tr(words[item.status], number=item.id, task=item.task) for item in items),
    ]


def switched(event: events.TaskSwitched) -> str:
    """Where the session stands now."""
    files = tr_count("{n} file restored", "{n} files restored", len(event.restored))
    text = tr(_SWITCHED[event.restore], where=place(event.to_task), files=files)
    if event.conflicts:
        text += tr(" Kept as they are: {conflicts}.", conflicts=", ".join(event.conflicts))
    return text


_SWITCHED = {
    "both": tr_noop("At {where}: {files}."),
    "files": tr_noop("Files of {where}: {files}. The conversation goes on."),
    "conversation": tr_noop("The conversation is at {where}. The files stay as they are."),
}


def place(task: int) -> str:
    """A task of the time machine as the end of a phrase; 0 is the start."""
    return tr("task {task}", task=task) if task else tr("the start")


def status(state: SessionState) -> list[str]:
    """The answer to `/status`."""
    usage = state.last_usage
    lines = [
        tr(
            "{name} {session_id}, in {folder}",
            name=state.name or tr("Unnamed session"),
            session_id=state.session_id[:8],
            folder=shorten_home(state.working_dir),
        ),
        tr(
            "Model {model}, reasoning {level}. It {mode}.",
            model=state.model,
            level=tr(state.reasoning_level),
            mode=tr(MODE_WORDS[PermissionMode(state.mode)]),
        ),
        tr("The agent works.") if state.busy else tr("The agent is idle."),
    ]
    if usage is not None:
        lines.append(tr("{sentence}.", sentence=cost_report(usage).splitlines()[0]))
    if state.gauge is not None:
        lines += context_lines(state.gauge)[:1]
    if state.waiting:
        lines.append(tr("Waiting messages: {count}.", count=len(state.waiting)))
    running = [task for task in state.background if task.status in ("running", "waiting")]
    if running:
        lines.append(
            tr("Commands in the background: {count}, /tasks lists them.", count=len(running))
        )
    if state.todos:
        lines.append(tr("Todo: {progress}.", progress=todo_lines(state.todos)[0]))
    return lines


def cost_lines(state: SessionState) -> list[str]:
    """The answer to `/cost`."""
    *lines, where = cost_report(state.last_usage).splitlines()
    if state.last_usage is None:
        return [where]
    return [" ".join(line.split()) for line in lines] + [tr("Days and models: clacky billing")]


def context_lines(gauge: events.ContextGauged | None) -> list[str]:
    """How full the model's window is, then by what."""
    if gauge is None:
        return [tr("Nothing has been sent to the model yet.")]
    used = sum(gauge.categories.values())
    if gauge.window_tokens:
        told = tr(
            "Context: {used} tokens of {window}, {percent:.0f} percent.",
            used=format_tokens(used),
            window=format_tokens(gauge.window_tokens),
            percent=100 * used / gauge.window_tokens,
        )
    else:
        told = tr("Context: {used} tokens.", used=format_tokens(used))
    return [
        told,
        *(f"{tr(name)}: {format_tokens(tokens)}" for name, tokens in gauge.categories.items()),
    ]


def background_lines(tasks: Sequence[events.BackgroundTask], now: datetime) -> list[str]:
    """The answer to `/tasks`."""
    if not tasks:
        return [tr("Nothing runs in the background.")]
    lines = []
    for task in tasks:
        age = format_duration(((task.ended_at or now) - task.started_at).total_seconds())
        lines.append(
            tr(
                "{handle}: {how} after {age}: {command}",
                handle=task.handle,
                how=_standing(task),
                age=age,
                command=task.command,
            )
        )
    return [*lines, tr("/kill HANDLE stops one.")]


def _standing(task: events.BackgroundTask) -> str:
    if task.exit_code is not None:
        return tr("exit {code}", code=task.exit_code)
    return tr(_STANDINGS[task.status])


_STANDINGS = {
    "running": tr_noop("running"),
    "waiting": tr_noop("waiting"),
    "success": tr_noop("success"),
    "failed": tr_noop("failed"),
    "cancelled": tr_noop("cancelled"),
    "error": tr_noop("error"),
}


def ended_background(
    before: Iterable[events.BackgroundTask], tasks: Iterable[events.BackgroundTask]
) -> list[str]:
    """A sentence for each command that has ended since `before`."""
    ran = {task.handle for task in before if task.ended_at is None}
    return [
        tr(
            "The background command {command} has ended: {how}.",
            command=task.command,
            how=_standing(task),
        )
        for task in tasks
        if task.handle in ran and task.ended_at is not None
    ]
