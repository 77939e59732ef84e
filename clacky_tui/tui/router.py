"""From event to widget: one match statement. State lives in the widgets, not here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui import events
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.i18n import tr
from clacky_tui.paths import shorten_home
from clacky_tui.sessions.rows import SHORT_ID
from clacky_tui.tui.chat.composer import SHELL_SIGN
from clacky_tui.tui.telling import tell
from clacky_tui.wording import cache_words, format_cost

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from clacky_tui.tui.billing.tab import BillingTab
    from clacky_tui.tui.chat.approval import ApprovalPrompt
    from clacky_tui.tui.chat.composer import Composer
    from clacky_tui.tui.chat.feedback import FeedbackCard
    from clacky_tui.tui.chat.queue_strip import QueueStrip
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.chat.trust import TrustPrompt
    from clacky_tui.tui.context.tab import ContextTab
    from clacky_tui.tui.session_bar import SessionBar
    from clacky_tui.tui.sessions.tab import SessionsTab
    from clacky_tui.tui.tab_bar import TabBar
    from clacky_tui.tui.time_machine.menu import TimeMachineMenu
    from clacky_tui.tui.todo import TodoStrip

STALL_HINT_SECONDS = 6.0
"""A stall is told again every five seconds; the hint stays until then."""


@dataclass(slots=True)
class Parts:
    """The widgets events end up in."""

    tabs: TabBar
    transcript: Transcript
    approval: ApprovalPrompt
    feedback: FeedbackCard
    trust: TrustPrompt
    time_machine: TimeMachineMenu
    todos: TodoStrip
    bar: SessionBar
    queue: QueueStrip
    composer: Composer
    billing: BillingTab
    context: ContextTab
    sessions: SessionsTab


class Router:
    """Shows envelopes.

    `last_usage` is the newest money event, for `/cost`; `background` the commands for `/tasks`;
    `latencies` seconds to the first token by model, of the last request that had one, and `tested`
    how the last test of each went.
    """

    def __init__(self, parts: Parts, *, token_line: str = "full") -> None:
        self._parts = parts
        self._token_line = token_line
        self._simulated = False
        self._previewed = ""
        self.running = False
        self._compressing = False
        self.last_usage: events.UsageRecorded | None = None
        self.background: tuple[events.BackgroundTask, ...] = ()
        self.session_id = ""
        self.latencies: dict[str, float] = {}
        self.tested: dict[str, events.ModelTested] = {}
        self.closed: events.SessionClosed | None = None
        self._spent: Callable[[], str] = str
        """What the session bar says was spent, in the currency of the moment."""

    @property
    def busy(self) -> bool:
        """True while there is something to stop: a task, or a compression between tasks."""
        return self.running or self._compressing

    @property
    def compresses_idly(self) -> bool:
        """True while the conversation is compressed and no task runs."""
        return self._compressing and not self.running

    @property
    def idle(self) -> bool:
        """True while there is nothing to stop, work that only the session bar shows included."""
        return not self.busy and not self._parts.bar.is_active

    def show(self, envelope: events.Envelope) -> None:
        """Route one envelope to the widgets it concerns."""
        parts = self._parts
        tell(
            envelope.event,
            parts.transcript,
            simulated=self._simulated,
            token_line=self._token_line,
        )
        match envelope.event:
            case events.TextDelta(text=text):
                parts.transcript.append_text(text)
            case events.ReasoningDelta(text=text):
                parts.transcript.append_reasoning(text)
            case events.TextDone():
                parts.transcript.end_text()
            case events.ToolOutput(call_id=call_id, text=text):
                parts.transcript.append_tool_output(call_id, text)
            case events.ToolPreview(call_id=call_id):
                self._previewed = call_id
            case events.ApprovalAsked() as asked:
                self._ask(asked)
            case events.ApprovalGiven(request_id=request_id):
                parts.approval.withdraw(request_id)
                self._work()
            case events.UsageRecorded() as usage:
                self._count(usage, envelope.ts)
            case events.CacheMissed() as missed:
                parts.context.note_miss(missed, envelope.ts)
            case events.TaskStarted(text=text):
                self._start(envelope.task_id, text)
            case events.TaskEnded(outcome=outcome):
                self._end(outcome)
            case events.RequestStalled(seconds=seconds):
                parts.bar.set_hint(
                    tr("no answer for {seconds:.0f} s", seconds=seconds), STALL_HINT_SECONDS
                )
            case events.BackgroundTasksChanged(tasks=tasks):
                self._count_background(tasks)
            case events.TrustAsked(request_id=request_id, folder=folder, items=items):
                parts.trust.ask(request_id, shorten_home(folder), items)
            case events.TrustGiven(request_id=request_id):
                parts.trust.withdraw(request_id)
            case events.FeedbackAsked() as asked:
                parts.feedback.ask(asked.request_id, list(asked.options))
            case events.FeedbackAnswered(request_id=request_id):
                parts.feedback.withdraw(request_id)
            case events.TodosChanged(items=items):
                parts.todos.set_todos([(todo.id, todo.task, todo.status) for todo in items])
            case events.QueueChanged(waiting=waiting):
                self._show_queue(waiting)
            case events.QueueReturned(message=message):
                self._put_back(message)
            case events.SuggestionOffered(text=text):
                parts.composer.ghost = text
            case events.ModeChanged(mode=mode):
                parts.bar.set_mode(PermissionMode(mode).label)
            case events.ModelChanged() as changed:
                self._change_model(changed)
            case events.ReasoningLevelChanged(level=level):
                parts.bar.set_reasoning_level(level)
            case events.WorkingDirChanged(path=path):
                parts.bar.set_working_dir(shorten_home(path))
                parts.composer.set_working_dir(Path(path))
                parts.sessions.set_working_dir(path)
            case events.SessionTitled(name=name):
                parts.tabs.session_name = name
                parts.sessions.reload()
            case events.SessionOpened() as opened:
                self._open(opened)
                self.session_id = envelope.session_id
                parts.bar.set_session_id(envelope.session_id[:SHORT_ID])
                parts.sessions.start_session(envelope.session_id, opened.working_dir)
            case events.ModelTested() as tested:
                self.tested = {**self.tested, tested.model: tested}
                self._note_latency(tested.model, tested.time_to_first_token_seconds)
            case events.SessionClosed() as closed:
                self.closed = closed
            case events.ContextGauged() as gauge:
                parts.context.set_gauge(gauge)
            case events.Progress(handle=handle, text=text, done=done):
                parts.bar.set_activity(handle, text, done=done)
            case events.CompressionStarted():
                self._compressing = True
                parts.bar.set_activity("compression", tr("compressing"))
            case events.CompressionFinished(outcome=outcome):
                self._compressing = False
                parts.bar.set_activity("compression", "", done=True)
                if outcome == "done":
                    self._forget_prefix()
            case events.CompressionUndone():
                self._forget_prefix()
            case events.TasksListed() as listed:
                parts.time_machine.show_tasks(listed)
            case events.SwitchPlanned() as plan:
                parts.time_machine.show_plan(plan)
            case events.ChangeShown() as shown:
                parts.time_machine.show_change(shown)
            case events.TaskSwitched(restore=restore):
                parts.time_machine.dismiss()
                if restore != "files":
                    self._forget_prefix()
            case _:
                pass  # said in the chat and nowhere else

    def _open(self, opened: events.SessionOpened) -> None:
        parts = self._parts
        self._simulated, self.running, self._compressing = opened.simulated, False, False
        self.last_usage = None
        parts.bar.set_status("idle")
        parts.bar.set_working_dir(shorten_home(opened.working_dir))
        parts.composer.set_working_dir(Path(opened.working_dir))
        parts.bar.set_mode(PermissionMode(opened.mode).label)
        parts.bar.set_model(opened.model)
        parts.bar.set_latency(None)
        parts.bar.clear_activities()
        parts.time_machine.dismiss()
        parts.bar.set_tasks(opened.tasks)
        parts.feedback.dismiss()
        if asked := opened.question:
            parts.feedback.ask(asked.request_id, list(asked.options))
        self._count_background(())
        self._show_queue(())
        parts.composer.ghost = ""
        parts.bar.set_cache("")
        self._show_spent(opened.cost, opened.unpriced_requests, simulated=opened.simulated)
        parts.todos.set_todos([])
        parts.tabs.session_name = opened.name or ("demo" if opened.simulated else "")
        parts.billing.show_ledger(simulated=opened.simulated)
        parts.context.start_session(opened.model, simulated=opened.simulated)

    def _start(self, task_id: int, text: str) -> None:
        self.running = True
        parts = self._parts
        parts.time_machine.dismiss()
        if text:
            parts.feedback.dismiss()
        parts.bar.set_tasks(task_id)
        parts.todos.set_idle(False)
        self._work()

    def _work(self) -> None:
        if self.running:
            self._parts.bar.set_status("working")

    def _end(self, outcome: events.TaskOutcome) -> None:
        parts = self._parts
        self.running = False
        parts.todos.set_idle(True)
        failed = outcome in ("error", "budget")
        parts.bar.set_status("error" if failed else "idle")

    def _ask(self, asked: events.ApprovalAsked) -> None:
        parts = self._parts
        parts.approval.ask(
            asked.request_id,
            asked.question,
            asked.reason,
            asked.rule,
            has_diff=asked.call_id == self._previewed,
            danger=asked.danger,
        )
        parts.bar.set_status("waiting")

    def _show_queue(self, waiting: tuple[events.QueuedMessage, ...]) -> None:
        parts = self._parts
        parts.queue.set_waiting(waiting)
        parts.composer.has_waiting = bool(waiting)

    def _put_back(self, message: events.QueuedMessage) -> None:
        """A waiting message comes back to be written on, before what is being written."""
        composer = self._parts.composer
        text = SHELL_SIGN + message.text if message.is_shell else message.text
        composer.ghost = ""
        composer.load_draft("\n".join(filter(None, [text, composer.text])))
        for path in message.attachments:
            composer.attachments.attach(path)

    def _count_background(self, tasks: tuple[events.BackgroundTask, ...]) -> None:
        self.background = tasks
        running = sum(task.status in ("running", "waiting") for task in tasks)
        self._parts.bar.set_background(running)

    def _count(self, usage: events.UsageRecorded, ended_at: datetime) -> None:
        self.last_usage = usage
        parts = self._parts
        self._show_spent(
            usage.session_cost, usage.session_unpriced_requests, simulated=usage.simulated
        )
        parts.context.note_request(usage, ended_at)
        self._note_latency(usage.model, usage.time_to_first_token_seconds)
        if usage.purpose == "chat" and usage.time_to_first_token_seconds is not None:
            parts.bar.set_latency(usage.time_to_first_token_seconds)
        self._show_cache()
        parts.billing.reload()

    def _show_spent(self, cost: Decimal, unpriced_requests: int, *, simulated: bool) -> None:
        self._spent = partial(format_cost, cost, unpriced_requests, simulated=simulated)
        self._parts.bar.set_cost(self._spent())

    def speak_anew(self) -> None:
        """The language is another one: say again what the session bar says of cost and cache."""
        self._parts.bar.set_cost(self._spent())
        self._show_cache()

    def show_amounts_again(self) -> None:
        """The currency is another; the chat is the caller's."""
        parts = self._parts
        parts.bar.set_cost(self._spent())
        parts.billing.reload()
        parts.sessions.reload()
        parts.context.redraw()

    def _note_latency(self, model: str, seconds: float | None) -> None:
        if seconds is not None:
            self.latencies[model] = seconds

    def _show_cache(self) -> None:
        figures = self._parts.context.figures
        words = cache_words(figures.session_tokens) if figures.session_tokens else ""
        self._parts.bar.set_cache(words, figures.expires_at)

    def _change_model(self, changed: events.ModelChanged) -> None:
        parts = self._parts
        if changed.simulated != self._simulated:
            self._simulated = changed.simulated
            parts.billing.show_ledger(simulated=changed.simulated)
        parts.bar.set_model(changed.model)
        parts.bar.set_latency(self.latencies.get(changed.model))
        parts.context.set_model(changed.model, simulated=changed.simulated)
        self._show_cache()

    def _forget_prefix(self) -> None:
        self._parts.context.forget_prefix()
        self._show_cache()
