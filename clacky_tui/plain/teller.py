"""From event to lines: one match statement. What is not said here is answered when asked for."""

from __future__ import annotations

from pathlib import Path

from clacky_tui import events
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.plain import questions, wording
from clacky_tui.plain.questions import Question, Questions
from clacky_tui.plain.state import SessionState
from clacky_tui.plain.writer import LineWriter
from clacky_tui.sessions.backwards import read_events_backwards
from clacky_tui.wording import (
    budget_warning,
    compression_end,
    compression_start,
    compression_undone,
    miss_notice,
    model_test_line,
)

MAX_DIFF_LINES = 200
MAX_LAST_LINES = 40
"""Of the last answer of a session that goes on."""
_LAST_EVENTS = 200
_LABELS = {"info": "note", "success": "ok", "warning": "warning", "error": "error"}


_WAITS = {
    "next_task": tr_noop("Your message waits until the task ends. /unsend takes it back."),
    "safe_point": tr_noop("Your message waits until the next safe point. /unsend takes it back."),
}


class Teller:
    """Says each event once, in the order they come, and puts the agent's questions."""

    def __init__(self, writer: LineWriter, state: SessionState) -> None:
        self._writer = writer
        self._state = state
        self._has_text = False
        self._stalled = False
        self._calls: dict[str, str] = {}
        """Those that are not finished, as they were said."""
        self._side_by_side = False
        self._waited: set[str] = set()
        """Messages that were typed while the agent worked; they are said again when they begin."""
        self._asked: Question | None = None
        """Of the model, put when its task has ended; until then nobody could answer it."""
        self.questions = Questions(self._put)

    def show(self, envelope: events.Envelope) -> None:
        """Say what `envelope` tells."""
        before = self._state.background, self._state.todos, self._state.waiting
        self._state.note(envelope)
        writer, simulated = self._writer, self._state.simulated
        match envelope.event:
            case events.SessionOpened() as opened:
                self._open(opened)
            case events.TextDelta(text=text):
                self._has_text = True
                writer.text(text)
            case events.TextDone(text=text):
                if not self._has_text and text.strip():
                    writer.text(text)
                self._has_text = False
                writer.end_text()
            case events.TaskStarted(text=text, client_id=client_id):
                if not text:
                    writer.line(tr("The agent goes on by itself."), "note")
                elif client_id in self._waited:
                    writer.line(text, "now")
            case events.SteerAccepted(text=text):
                writer.line(text, "joined the task")
            case events.TaskEnded() as ended:
                writer.line(wording.task_end(ended, simulated=simulated))
                if self._asked is not None:
                    self.questions.ask(self._asked)
                    self._asked = None
            case events.IterationStarted():
                self._stalled = False
            case events.ToolProposed(verb=verb, subject=subject) as proposed:
                self._side_by_side = bool(self._calls)
                self._calls[proposed.call_id] = " ".join(f"{tr(verb)} {subject}".split())
                writer.line(self._calls[proposed.call_id], "tool")
            case events.ToolPreview() as preview:
                self._show_diff(preview)
            case events.ToolOutput(text=text) if not self._state.running:
                self._has_text = True
                writer.text(text)  # of a command of the person's own
            case events.ToolFinished() as done:
                self._finish_tool(done)
            case events.ApprovalAsked() as asked:
                self.questions.ask(questions.approval(asked))
            case events.ApprovalGiven(request_id=request_id):
                self.questions.withdraw(request_id)
            case events.TrustAsked() as asked:
                self.questions.ask(questions.trust(asked))
            case events.TrustGiven(request_id=request_id):
                self.questions.withdraw(request_id)
            case events.FeedbackAsked() as asked:
                self._asked = questions.feedback(asked)
            case events.FeedbackAnswered(request_id=request_id):
                self._asked = None
                self.questions.withdraw(request_id)
            case events.TasksListed() as listed:
                self.questions.ask(questions.task_choice(listed))
            case events.SwitchPlanned() as plan:
                self.questions.ask(questions.switch_choice(plan))
            case events.TaskSwitched() as switched:
                writer.line(wording.switched(switched), "note")
            case events.TodosChanged(items=items) if items != before[1]:
                writer.line("\n".join(wording.todo_lines(items)), "todo")
            case events.BackgroundTasksChanged(tasks=tasks):
                for sentence in wording.ended_background(before[0], tasks):
                    writer.line(sentence, "note")
            case events.QueueChanged(waiting=waiting):
                self._tell_queue(before[2], waiting)
            case events.RequestStalled(seconds=seconds) if not self._stalled:
                self._stalled = True
                writer.line(tr("No answer for {seconds:.0f} seconds.", seconds=seconds), "note")
            case events.RequestRetried() as retried:
                again = tr(
                    "Trying again in {seconds:.0f} seconds, attempt {attempt} of {of}.",
                    seconds=retried.wait_seconds,
                    attempt=retried.attempt,
                    of=retried.of,
                )
                writer.line(f"{retried.cause} {again}", "warning")
            case _:
                self._tell_change(envelope.event)

    def _tell_change(self, event: events.Event) -> None:
        """What has changed, and what went wrong."""
        writer, simulated = self._writer, self._state.simulated
        match event:
            case events.Notice(level=level, text=text):
                writer.line(text, _LABELS[level])
            case events.Failed(message=message, hint=hint):
                writer.line(f"{message} {hint}".rstrip(), "error")
            case events.BudgetWarned() as warned:
                writer.line(budget_warning(warned), "warning")
            case events.CacheMissed() as missed:
                text, why = miss_notice(missed, simulated=simulated)
                writer.line(f"{text}. {why.splitlines()[0]}", "warning")
            case events.CompressionStarted() as started:
                writer.line(compression_start(started), "note")
            case events.CompressionFinished() as finished:
                line = compression_end(finished, simulated=simulated)
                label = "warning" if finished.outcome == "failed" else "note"
                writer.line(wording.in_words(line), label)
            case events.CompressionUndone() as undone:
                writer.line(". ".join(compression_undone(undone, simulated=simulated)), "note")
            case events.ModelTested() as tested:
                line = wording.in_words(model_test_line(tested, simulated=simulated))
                writer.line(f"{line} {tested.message}".rstrip(), "ok" if tested.ok else "error")
            case events.ModelChanged(model=model):
                writer.line(tr("From here on {model} answers.", model=model), "note")
            case events.ModeChanged(mode=mode):
                words = tr(wording.MODE_WORDS[PermissionMode(mode)])
                writer.line(tr("From here on the agent {words}.", words=words), "note")
            case events.ReasoningLevelChanged(level=level):
                writer.line(tr("Reasoning is {level}.", level=tr(level)), "note")
            case events.WorkingDirChanged(path=path):
                writer.line(tr("The agent works in {folder}.", folder=shorten_home(path)), "note")
            case events.SessionTitled(name=name) if not self._state.busy:
                writer.line(tr("The session is called {name}.", name=name), "note")
            case _:
                pass

    def _open(self, opened: events.SessionOpened) -> None:
        self.questions.forget()
        self._waited.clear()
        for line in wording.opening(opened):
            self._writer.line(line)
        if opened.restored:
            self._recall(Path(opened.journal_path), opened.journal_bytes)
        self._writer.line(tr(wording.HOW_TO_BEGIN))
        if opened.question is not None:
            self.questions.ask(questions.feedback(opened.question))

    def _recall(self, journal: Path, end: int) -> None:
        """Say what was said last in a session that goes on."""
        try:
            page = read_events_backwards(journal, end, _LAST_EVENTS)
        except OSError as error:
            self._writer.line(
                tr("What was said before cannot be read: {strerror}.", strerror=error.strerror),
                "warning",
            )
            return
        told = [envelope.event for envelope in reversed(page.events)]
        asked = next((e for e in told if isinstance(e, events.TaskStarted) and e.text), None)
        answer = next((e for e in told if isinstance(e, events.TextDone)), None)
        if asked is not None:
            self._writer.line(asked.text, "you said last")
        if answer is not None:
            lines = answer.text.strip().split("\n")
            more = [tr("(the beginning is left out)")] if len(lines) > MAX_LAST_LINES else []
            self._writer.line("\n".join([*more, *lines[-MAX_LAST_LINES:]]), "the last answer")

    def _show_diff(self, preview: events.ToolPreview) -> None:
        lines = preview.diff.rstrip("\n").split("\n") if preview.diff else []
        head = tr(
            "new file of {path}, lines added: {added}, removed: {removed}"
            if preview.new_file
            else "change of {path}, lines added: {added}, removed: {removed}",
            path=preview.path,
            added=preview.added_lines,
            removed=preview.removed_lines,
        )
        shown = lines[:MAX_DIFF_LINES]
        if len(lines) > MAX_DIFF_LINES:
            shown.append(
                tr("({count} more lines are not shown)", count=len(lines) - MAX_DIFF_LINES)
            )
        self._writer.line("\n".join([head, *shown]), "diff")

    def _finish_tool(self, done: events.ToolFinished) -> None:
        if not self._state.running:
            if not self._has_text and done.output.strip():
                self._writer.text(done.output)
            self._has_text = False
        call = self._calls.pop(done.call_id, "")
        line = wording.tool_result(done, call if self._side_by_side else "")
        self._writer.line(line, "result")

    def _tell_queue(
        self,
        before: tuple[events.QueuedMessage, ...],
        waiting: tuple[events.QueuedMessage, ...],
    ) -> None:
        self._waited |= {message.client_id for message in waiting}
        known = {message.client_id for message in before}
        for message in waiting:
            if message.client_id not in known:
                self._writer.line(tr(_WAITS[message.when]), "note")

    def _put(self, question: Question) -> None:
        choices = [f"{c.number} {c.meaning}" for c in question.choices if c.number]
        free = [question.free_hint] if question.free_hint else []
        self._writer.line("\n".join([*question.lines, *choices, *free]), "question")

    def lost(self, error: Exception) -> None:
        """Say that the worker could not start, or died."""
        told = error.told if isinstance(error, ClackyError) else str(error)
        self._writer.line(tr("The agent is not running: {error}", error=told), "error")
