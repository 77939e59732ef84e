"""What is said of events, line by line."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clacky_tui import commands, events
from clacky_tui.plain.state import SessionState
from clacky_tui.plain.teller import MAX_DIFF_LINES, Teller
from clacky_tui.plain.writer import LineWriter

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Sitting:
    """A teller and all that it said."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        self.state = SessionState()
        self.teller = Teller(LineWriter(self._out, lambda: None), self.state)
        self._seq = 0

    def show(self, *shown: events.Event) -> str:
        """Show events; returns what they made it say."""
        start = self._out.tell()
        for event in shown:
            self._seq += 1
            envelope = events.Envelope(
                seq=self._seq, ts=NOW, session_id="s" * 16, task_id=1, event=event
            )
            self.teller.show(envelope)
        self._out.seek(start)
        return self._out.read()


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    sitting = Sitting()
    sitting.show(events.SessionOpened(working_dir=str(tmp_path), model="m-1", mode="confirm_safes"))
    return sitting


def ended(outcome: events.TaskOutcome = "done", **more: object) -> events.TaskEnded:
    fields: dict[str, object] = {
        "outcome": outcome,
        "iterations": 2,
        "requests": 2,
        "duration_seconds": 12.0,
        "usage": events.TokenCounts(input_tokens=10, cache_read_tokens=1200, output_tokens=7),
        "cost": Decimal("0.0412"),
    }
    return events.TaskEnded.model_validate(fields | more)


def proposed(call: str, subject: str) -> events.ToolProposed:
    return events.ToolProposed(call_id=call, name="file_reader", verb="Read", subject=subject)


def finished(call: str, summary: str, *, ok: bool = True) -> events.ToolFinished:
    return events.ToolFinished(
        call_id=call, name="file_reader", ok=ok, summary=summary, duration_seconds=0.1
    )


def test_the_end_of_a_task_tells_time_tokens_and_cost(sitting: Sitting) -> None:
    said = sitting.show(ended())
    assert said == "Done after 12s, 2 requests, 1,210 tokens in, 7 out, cost $0.0412.\n"


def test_a_price_that_is_not_known_is_not_told_as_nothing(sitting: Sitting) -> None:
    assert "cost ?." in sitting.show(ended(cost=Decimal(0), unpriced_requests=2))
    assert "cost $0.0412+?." in sitting.show(ended(unpriced_requests=1))


def test_results_of_calls_side_by_side_say_whose_they_are(sitting: Sitting) -> None:
    said = sitting.show(
        events.TaskStarted(text="x"),
        proposed("1", "a.py"),
        proposed("2", "b.py"),
        finished("2", "7 lines"),
        finished("1", "no such file", ok=False),
        proposed("3", "c.py"),
        finished("3", "9 lines"),
    )
    assert said.splitlines() == [
        "tool: Read a.py",
        "tool: Read b.py",
        "result: Read b.py: 7 lines",
        "result: failed, Read a.py: no such file",
        "tool: Read c.py",
        "result: 9 lines",
    ]


def test_a_todo_list_is_told_when_it_changes(sitting: Sitting) -> None:
    items = (
        events.TodoItem(id=1, task="one", status="completed"),
        events.TodoItem(id=2, task="two", status="pending"),
    )
    said = sitting.show(events.TodosChanged(items=items))
    assert said == "todo: 1 of 2 done\n  1. done: one\n  2. open: two\n"
    assert sitting.show(events.TodosChanged(items=items)) == ""


def test_a_long_diff_is_cut_and_says_so(sitting: Sitting) -> None:
    diff = "".join(f"+line {number}\n" for number in range(MAX_DIFF_LINES + 5))
    preview = events.ToolPreview(
        call_id="1", path="a.py", diff=diff, added_lines=205, removed_lines=0, new_file=True
    )
    said = sitting.show(preview)
    assert said.startswith("diff: new file of a.py, lines added: 205, removed: 0\n  +line 0\n")
    assert said.endswith("+line 199\n  (5 more lines are not shown)\n")


def test_a_question_of_the_model_is_put_when_its_task_has_ended(sitting: Sitting) -> None:
    asked = events.FeedbackAsked(request_id="q", question="Which?", options=("a", "b"))
    assert sitting.show(events.TaskStarted(text="x"), asked) == ""
    said = sitting.show(ended("awaiting_feedback"))
    assert said.index("Waiting for your answer") < said.index("question: Which?\n  1 a\n  2 b")
    question = sitting.teller.questions.current
    assert question is not None
    assert (choice := question.answer(" 2 ")) is not None
    assert choice.command == commands.AnswerFeedback(request_id="q", text="b")


def test_a_question_that_was_answered_by_itself_is_not_put(sitting: Sitting) -> None:
    said = sitting.show(
        events.TaskStarted(text="x"),
        events.FeedbackAsked(request_id="q", question="Which?"),
        events.FeedbackAnswered(request_id="q", text="nobody", automatic=True),
        ended(),
    )
    assert "Which?" not in said
    assert sitting.teller.questions.current is None


def test_questions_are_told_one_after_the_other(sitting: Sitting) -> None:
    trust = events.TrustAsked(request_id="t", folder="/shop", items=("make test",))
    approval = events.ApprovalAsked(
        request_id="a", call_id="1", question="Edit a.py?", reason="edits ask in this mode"
    )
    said = sitting.show(trust, approval)
    assert "Edit a.py?" not in said
    said = sitting.show(events.TrustGiven(request_id="t", decision="later"))
    assert "question: Edit a.py?\n  It asks because edits ask in this mode." in said


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("1", "yes"),
        ("Y", "yes"),
        ("2", "no"),
        ("3", "yes_session"),
        ("4", "yes_always"),
        ("use tabs", "feedback"),
        ("", None),
        ("9", None),
    ],
)
def test_an_approval_is_given_by_number_word_or_text(
    sitting: Sitting, typed: str, answer: str | None
) -> None:
    sitting.show(
        events.ApprovalAsked(
            request_id="a", call_id="1", question="Edit?", reason="", rule="edits in /shop"
        )
    )
    question = sitting.teller.questions.current
    assert question is not None
    choice = question.answer(typed)
    if answer is None:
        assert choice is None
    else:
        assert choice is not None and isinstance(choice.command, commands.Approve)
        assert choice.command.answer == answer


def test_trust_is_never_given_by_enter_or_in_words(sitting: Sitting) -> None:
    sitting.show(events.TrustAsked(request_id="t", folder="/shop", items=("make test",)))
    question = sitting.teller.questions.current
    assert question is not None
    assert [question.answer(typed) for typed in ("", "y", "yes", "sure", "0")] == [None] * 5


def test_files_that_would_be_lost_can_only_be_overwritten_on_purpose(sitting: Sitting) -> None:
    plan = events.SwitchPlanned(
        plan_id="p",
        to_task=2,
        direction="undo",
        files=(events.PlannedFile(path="a.py", action="modify", conflict="you changed it"),),
    )
    said = sitting.show(plan)
    assert "modify a.py (conflict: you changed it)" in said
    question = sitting.teller.questions.current
    assert question is not None
    overwriting = [
        choice.number
        for choice in question.choices
        if isinstance(choice.command, commands.SwitchTask)
        and choice.command.conflicts == "overwrite"
    ]
    assert overwriting == ["4", "5"]


def test_a_stall_is_told_once_for_a_request(sitting: Sitting) -> None:
    stall = events.RequestStalled(seconds=5)
    said = sitting.show(events.IterationStarted(), stall, stall, events.IterationStarted(), stall)
    assert said.count("No answer for 5 seconds.") == 2


def test_text_of_a_reply_that_is_not_streamed_is_told_whole(sitting: Sitting) -> None:
    assert sitting.show(events.TextDone(text="all at once")) == "all at once\n"
    said = sitting.show(events.TextDelta(text="in pie"), events.TextDelta(text="ces"))
    assert said + sitting.show(events.TextDone(text="in pieces")) == "in pieces\n"


def test_changes_and_trouble_begin_with_a_word_that_says_what_they_are(sitting: Sitting) -> None:
    usage = events.TokenCounts(input_tokens=5)
    said = sitting.show(
        events.Notice(level="warning", text="careful"),
        events.Failed(code="x", message="It broke.", hint="Mend it."),
        events.BudgetWarned(scope="day", unit="usd", spent=Decimal(8), limit=Decimal(10)),
        events.CacheMissed(
            expected_tokens=9, got_tokens=1, cause="gone", first_difference="", extra_cost=None
        ),
        events.CompressionStarted(tokens=9, messages=2, reason="asked"),
        events.CompressionFinished(outcome="done", before_tokens=9, after_tokens=1),
        events.CompressionUndone(before_tokens=1, after_tokens=9, messages=2, cold_cost=None),
        events.ModelTested(model="m", ok=True, duration_seconds=1, cost=Decimal(0)),
        events.ModelChanged(model="m-2"),
        events.ModeChanged(mode="auto_approve"),
        events.ReasoningLevelChanged(level="high"),
        events.WorkingDirChanged(path="/shop"),
        events.SessionTitled(name="orders"),
        events.TaskSwitched(direction="undo", to_task=0, restored=("a",)),
        events.RequestRetried(attempt=1, of=3, wait_seconds=2, cause="Busy."),
        events.UsageRecorded(
            record_id="r",
            model="m",
            provider="p",
            outcome="ok",
            tokens=usage,
            cost=None,
            cost_source="unknown",
            duration_seconds=1,
            session_tokens=usage,
            session_cost=Decimal(0),
            session_requests=1,
            session_unpriced_requests=1,
        ),
    )
    lines = said.splitlines()
    assert "warning: careful" in lines
    assert "error: It broke. Mend it." in lines
    assert "warning: Busy. Trying again in 2 seconds, attempt 1 of 3." in lines
    assert "note: At the start: 1 file restored." in lines
    assert "note: From here on m-2 answers." in lines
    assert {line.split(":")[0] for line in lines} == {"note", "ok", "warning", "error"}
    assert sitting.state.last_usage is not None
