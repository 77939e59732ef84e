"""From event to widget: one match statement. State lives in the widgets, not here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clacky_tui import events
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.paths import shorten_home
from clacky_tui.tui.wording import completion_line, format_cost, format_hit_rate

if TYPE_CHECKING:
    from clacky_tui.tui.billing.tab import BillingTab
    from clacky_tui.tui.chat.approval import ApprovalPrompt
    from clacky_tui.tui.chat.composer import Composer
    from clacky_tui.tui.chat.feedback import FeedbackCard
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.session_bar import SessionBar
    from clacky_tui.tui.tab_bar import TabBar
    from clacky_tui.tui.todo import TodoStrip


@dataclass(slots=True)
class Parts:
    """The widgets events end up in."""

    tabs: TabBar
    transcript: Transcript
    approval: ApprovalPrompt
    feedback: FeedbackCard
    todos: TodoStrip
    bar: SessionBar
    composer: Composer
    billing: BillingTab


class Router:
    """Shows envelopes. `last_usage` is the newest money event, for `/cost`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._simulated = False
        self._previewed = ""
        self.running = False
        self.last_usage: events.UsageRecorded | None = None
        self.closed: events.SessionClosed | None = None

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
                self._count(usage)
            case events.TaskStarted(text=text):
                self._start(envelope.task_id, text)
            case events.SteerAccepted(text=text):
                parts.transcript.add_user(text)
            case events.TaskEnded() as ended:
                self._end(ended)
            case events.RequestRetried() as retried:
                self._retry(retried)
            case events.RequestStalled(seconds=seconds):
                parts.bar.set_hint(f"no answer for {seconds:.0f} s")
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
            case events.ModelChanged(model=model):
                parts.bar.set_model(model)
            case events.WorkingDirChanged(path=path):
                parts.bar.set_working_dir(shorten_home(path))
            case events.SessionTitled(name=name):
                parts.tabs.session_name = name
            case events.SessionOpened() as opened:
                self._open(opened)
            case events.SessionClosed() as closed:
                self.closed = closed
            case events.BudgetWarned(scope=scope, spent=spent, limit=limit):
                text = f"{spent} of the {scope} budget of {limit} is used."
                parts.transcript.add_notice("warning", text)
            case events.Notice(level=level, text=text):
                parts.transcript.add_notice(level, text)
            case events.Failed(message=message, hint=hint):
                parts.transcript.add_notice("error", message, hint)
            case _:
                pass  # events of parts that this version of the screen does not have yet

    def _open(self, opened: events.SessionOpened) -> None:
        parts = self._parts
        self._simulated, self.running = opened.simulated, False
        self.last_usage = None
        parts.bar.set_status("idle")
        parts.bar.set_working_dir(shorten_home(opened.working_dir))
        parts.bar.set_mode(PermissionMode(opened.mode).label)
        parts.bar.set_model(opened.model)
        parts.bar.set_tasks(0)
        parts.bar.set_cache("")
        parts.bar.set_cost("$0.0000 demo" if opened.simulated else "$0.0000")
        parts.todos.set_todos([])
        parts.tabs.session_name = opened.name or ("demo" if opened.simulated else "")
        parts.billing.show_ledger(simulated=opened.simulated)

    def _start(self, task_id: int, text: str) -> None:
        self.running = True
        parts = self._parts
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
            asked.session_rule,
            has_diff=asked.call_id == self._previewed,
        )
        parts.bar.set_status("waiting")

    def _count(self, usage: events.UsageRecorded) -> None:
        self.last_usage = usage
        parts = self._parts
        cost = format_cost(
            usage.session_cost, usage.session_unpriced_requests, simulated=usage.simulated
        )
        parts.bar.set_cost(cost)
        hit_rate = format_hit_rate(usage.session_tokens)
        parts.bar.set_cache(f"cache {hit_rate}" if hit_rate else "")
        parts.billing.reload()

    def _retry(self, retried: events.RequestRetried) -> None:
        self._parts.transcript.cut_text("cut off here, the reply starts anew")
        again = f"Trying again in {retried.wait_seconds:.0f} s ({retried.attempt}/{retried.of})."
        self._parts.transcript.add_notice("warning", retried.cause, again)
