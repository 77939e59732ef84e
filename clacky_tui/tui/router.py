"""From event to widget: one match statement. State lives in the widgets, not here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clacky_tui import events
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.paths import shorten_home
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.time_machine.wording import switched_notice
from clacky_tui.tui.wording import (
    budget_warning,
    cache_words,
    completion_line,
    compression_end,
    compression_start,
    compression_undone,
    format_cost,
    miss_notice,
    model_test_line,
)

if TYPE_CHECKING:
    from datetime import datetime

    from clacky_tui.tui.billing.tab import BillingTab
    from clacky_tui.tui.chat.approval import ApprovalPrompt
    from clacky_tui.tui.chat.composer import Composer
    from clacky_tui.tui.chat.entries import Level
    from clacky_tui.tui.chat.feedback import FeedbackCard
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.chat.trust import TrustPrompt
    from clacky_tui.tui.context.tab import ContextTab
    from clacky_tui.tui.session_bar import SessionBar
    from clacky_tui.tui.tab_bar import TabBar
    from clacky_tui.tui.time_machine.menu import TimeMachineMenu
    from clacky_tui.tui.todo import TodoStrip

SUMMARY_HINT = "ctrl+o shows what is kept · /undo-compact takes it back"
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
    composer: Composer
    billing: BillingTab
    context: ContextTab


class Router:
    """Shows envelopes.

    `last_usage` is the newest money event, for `/cost`; `background` the commands for `/tasks`.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._simulated = False
        self._previewed = ""
        self.running = False
        self._compressing = False
        self.last_usage: events.UsageRecorded | None = None
        self.background: tuple[events.BackgroundTask, ...] = ()
        self.closed: events.SessionClosed | None = None

    @property
    def busy(self) -> bool:
        """True while there is something to stop: a task, or a compression between tasks."""
        return self.running or self._compressing

    @property
    def idle(self) -> bool:
        """True while there is nothing to stop, work that only the session bar shows included."""
        return not self.busy and not self._parts.bar.is_active

    def show(self, envelope: events.Envelope) -> None:
        """Route one envelope to the widgets it concerns."""
        parts = self._parts
        match envelope.event:
            case events.TextDelta(text=text):
                parts.transcript.append_text(text)
            case events.ReasoningDelta(text=text):
                parts.transcript.append_reasoning(text)
            case events.TextDone():
                parts.transcript.end_text()
            case events.ToolOutput(call_id=call_id, text=text):
                parts.transcript.append_tool_output(call_id, text)
            case events.ToolProposed(call_id=call_id, verb=verb, subject=subject):
                parts.transcript.add_tool(call_id, verb, subject)
            case events.ToolPreview() as preview:
                self._preview(preview)
            case events.ApprovalAsked() as asked:
                self._ask(asked)
            case events.ApprovalGiven(request_id=request_id):
                parts.approval.withdraw(request_id)
                self._work()
            case events.ToolStarted(call_id=call_id):
                parts.transcript.set_tool_running(call_id)
            case events.ToolFinished() as done:
                parts.transcript.finish_tool(
                    done.call_id, done.ok, done.summary, done.duration_seconds, done.output
                )
            case events.UsageRecorded() as usage:
                self._count(usage, envelope.ts)
            case events.CacheMissed() as missed:
                self._explain(missed, envelope.ts)
            case events.ModelTested() as tested:
                self._tell_test(tested)
            case events.TaskStarted(text=text):
                self._start(envelope.task_id, text)
            case events.SteerAccepted(text=text):
                parts.transcript.add_user(text)
            case events.TaskEnded() as ended:
                self._end(ended)
            case events.RequestRetried() as retried:
                self._retry(retried)
            case events.RequestStalled(seconds=seconds):
                parts.bar.set_hint(f"no answer for {seconds:.0f} s", STALL_HINT_SECONDS)
            case events.BackgroundTasksChanged(tasks=tasks):
                self._count_background(tasks)
            case events.TrustAsked(request_id=request_id, folder=folder, items=items):
                parts.trust.ask(request_id, shorten_home(folder), items)
            case events.TrustGiven(request_id=request_id):
                parts.trust.withdraw(request_id)
            case events.FeedbackAsked() as asked:
                parts.transcript.add_question(asked.question, asked.context, list(asked.options))
                parts.feedback.ask(asked.request_id, asked.question, list(asked.options))
            case events.FeedbackAnswered(request_id=request_id):
                parts.feedback.withdraw(request_id)
            case events.TodosChanged(items=items):
                parts.todos.set_todos([(todo.id, todo.task, todo.status) for todo in items])
            case events.QueueChanged(waiting=waiting):
                parts.bar.set_queued(len(waiting))
            case events.ModeChanged(mode=mode):
                parts.bar.set_mode(PermissionMode(mode).label)
            case events.ModelChanged() as changed:
                self._change_model(changed)
            case events.ReasoningLevelChanged(level=level):
                parts.bar.set_reasoning_level(level)
            case events.WorkingDirChanged(path=path):
                parts.bar.set_working_dir(shorten_home(path))
            case events.SessionTitled(name=name):
                parts.tabs.session_name = name
            case events.SessionOpened() as opened:
                self._open(opened)
            case events.SessionClosed() as closed:
                self.closed = closed
            case events.BudgetWarned() as warned:
                parts.transcript.add_notice("warning", budget_warning(warned))
            case events.ContextGauged() as gauge:
                parts.context.set_gauge(gauge)
            case events.Progress(handle=handle, text=text, done=done):
                parts.bar.set_activity(handle, text, done=done)
            case events.CompressionStarted() as started:
                self._compressing = True
                parts.bar.set_activity("compression", "compressing")
                parts.transcript.add_notice("info", compression_start(started))
            case events.CompressionFinished() as finished:
                self._end_compression(finished)
            case events.CompressionUndone() as undone:
                self._undo_compression(undone)
            case events.TasksListed() as listed:
                parts.time_machine.show_tasks(listed)
            case events.SwitchPlanned() as plan:
                parts.time_machine.show_plan(plan)
            case events.TaskSwitched() as switched:
                self._tell_switch(switched)
            case events.Notice(level=level, text=text):
                parts.transcript.add_notice(level, text)
            case events.Failed(message=message, hint=hint):
                parts.transcript.add_notice("error", message, hint)
            case _:
                pass  # events of parts that this version of the screen does not have yet

    def _open(self, opened: events.SessionOpened) -> None:
        parts = self._parts
        self._simulated, self.running, self._compressing = opened.simulated, False, False
        self.last_usage = None
        parts.bar.set_status("idle")
        parts.bar.set_working_dir(shorten_home(opened.working_dir))
        parts.bar.set_mode(PermissionMode(opened.mode).label)
        parts.bar.set_model(opened.model)
        parts.bar.clear_activities()
        parts.time_machine.dismiss()
        parts.bar.set_tasks(0)
        self._count_background(())
        parts.bar.set_cache("")
        parts.bar.set_cost("$0.0000 demo" if opened.simulated else "$0.0000")
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
            parts.transcript.add_user(text)
        parts.bar.set_tasks(task_id)
        parts.todos.set_idle(False)
        self._work()

    def _work(self) -> None:
        if self.running:
            self._parts.bar.set_status("working")

    def _end(self, ended: events.TaskEnded) -> None:
        parts = self._parts
        self.running = False
        parts.todos.set_idle(True)
        parts.transcript.end_text()
        parts.transcript.add_completion(
            completion_line(ended, simulated=self._simulated),
            ok=ended.outcome in ("done", "awaiting_feedback"),
        )
        failed = ended.outcome in ("error", "budget")
        parts.bar.set_status("error" if failed else "idle")

    def _preview(self, preview: events.ToolPreview) -> None:
        self._previewed = preview.call_id
        self._parts.transcript.set_tool_preview(
            preview.call_id,
            preview.path,
            preview.diff,
            preview.added_lines,
            preview.removed_lines,
            preview.new_file,
        )

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

    def _count_background(self, tasks: tuple[events.BackgroundTask, ...]) -> None:
        self.background = tasks
        running = sum(task.status in ("running", "waiting") for task in tasks)
        self._parts.bar.set_background(running)

    def _count(self, usage: events.UsageRecorded, ended_at: datetime) -> None:
        self.last_usage = usage
        parts = self._parts
        cost = format_cost(
            usage.session_cost, usage.session_unpriced_requests, simulated=usage.simulated
        )
        parts.bar.set_cost(cost)
        parts.context.note_request(usage, ended_at)
        self._show_cache()
        parts.billing.reload()

    def _show_cache(self) -> None:
        figures = self._parts.context.figures
        words = cache_words(figures.session_tokens) if figures.session_tokens else ""
        self._parts.bar.set_cache(words, figures.expires_at)

    def _explain(self, missed: events.CacheMissed, at: datetime) -> None:
        text, why = miss_notice(missed, simulated=self._simulated)
        self._parts.transcript.add_notice("warning", text, why)
        self._parts.context.note_miss(missed, at)

    def _tell_test(self, tested: events.ModelTested) -> None:
        level: Level = "success" if tested.ok else "error"
        self._parts.transcript.add_notice(
            level, model_test_line(tested, simulated=self._simulated), tested.message
        )

    def _change_model(self, changed: events.ModelChanged) -> None:
        parts = self._parts
        if changed.simulated != self._simulated:
            self._simulated = changed.simulated
            parts.billing.show_ledger(simulated=changed.simulated)
        parts.bar.set_model(changed.model)
        parts.transcript.add_notice("info", f"From here on {changed.model} answers.")
        parts.context.set_model(changed.model, simulated=changed.simulated)
        self._show_cache()

    def _end_compression(self, finished: events.CompressionFinished) -> None:
        parts = self._parts
        self._compressing = False
        parts.bar.set_activity("compression", "", done=True)
        level: Level = "warning" if finished.outcome == "failed" else "info"
        text = compression_end(finished, simulated=self._simulated)
        if finished.summary:
            parts.transcript.add_folded_note(level, text, SUMMARY_HINT, finished.summary)
        else:
            parts.transcript.add_notice(level, text)
        if finished.outcome == "done":
            parts.context.forget_prefix()
            self._show_cache()

    def _undo_compression(self, undone: events.CompressionUndone) -> None:
        parts = self._parts
        text, hint = compression_undone(undone, simulated=self._simulated)
        parts.transcript.add_notice("info", text, hint)
        parts.context.forget_prefix()
        self._show_cache()

    def _tell_switch(self, switched: events.TaskSwitched) -> None:
        parts = self._parts
        parts.time_machine.dismiss()
        parts.transcript.add_notice(*switched_notice(switched, current_glyphs()))
        if switched.restore != "files":
            parts.context.forget_prefix()
            self._show_cache()

    def _retry(self, retried: events.RequestRetried) -> None:
        self._parts.transcript.cut_text("cut off here, the reply starts anew")
        again = f"Trying again in {retried.wait_seconds:.0f} s ({retried.attempt}/{retried.of})."
        self._parts.transcript.add_notice("warning", retried.cause, again)
