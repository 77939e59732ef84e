"""One batch of tool calls: name, arguments, preview, approval, execution, result, in call order."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from clacky_tui import events
from clacky_tui.agent.history import INTERRUPTED_RESULT
from clacky_tui.agent.questions import Questions, new_request_id
from clacky_tui.agent.session import Session
from clacky_tui.domain.messages import Message, Origin, ToolCall
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.permissions import judge, rules_of
from clacky_tui.domain.todos import TodoList
from clacky_tui.domain.verdict import Decision, Verdict
from clacky_tui.errors import ToolError
from clacky_tui.tools.arguments import parse_arguments
from clacky_tui.tools.base import PreviewingTool, Tool, ToolResult
from clacky_tui.tools.disk_scope import disk_scope
from clacky_tui.tools.registry import get_tool, resolve_name, unknown_tool
from clacky_tui.tools.request_user_feedback import feedback_request
from clacky_tui.tools.schema import tool_schema

FEEDBACK_TOOL = "request_user_feedback"
NOBODY_THERE = "Nobody is there to answer. Decide sensibly yourself, say what you chose, and go on."
_PREVIEWING = frozenset({"edit", "write"})


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """How a batch ended. `denied` with `feedback` goes on, without it the task stops.

    `asked`: the model put a question to the person, and the task pauses until the answer.
    """

    denied: bool = False
    feedback: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True)
class _Denied:
    feedback: str


class ToolCalls:
    """Runs batches for one session."""

    def __init__(self, session: Session, questions: Questions) -> None:
        self._session = session
        self._questions = questions

    async def run(self, calls: tuple[ToolCall, ...]) -> BatchOutcome:
        """Run `calls` in order and append exactly one result for each to the conversation.

        A refusal refuses the rest of the batch; after a question to the person the rest is put off.
        An interrupt gives every unfinished call a result that says so, then propagates.
        """
        outcome = BatchOutcome()
        done = 0
        try:
            for call in calls:
                if outcome.denied:
                    reason = outcome.feedback or "an earlier call of this turn was refused"
                    self._skip(call, denial(reason), "Not run: an earlier step was refused.")
                elif outcome.asked:
                    text = "Not run: the question to the user comes first."
                    self._skip(call, _error(text), text)
                else:
                    outcome = await self._run_one(call)
                done += 1
        except asyncio.CancelledError:
            for call in calls[done:]:
                self._append_result(call, INTERRUPTED_RESULT)
            raise
        return outcome

    async def _run_one(self, call: ToolCall) -> BatchOutcome:
        name = resolve_name(call.name)
        if name is None:
            self._propose(call, call.name, call.name, "", {})
            self._finish(call, call.name, _failure(unknown_tool(call.name).message, "unknown tool"))
            return BatchOutcome()
        tool = get_tool(name)
        try:
            arguments = parse_arguments(tool_schema(name), call.arguments)
        except ToolError as error:
            self._propose(call, name, tool.verb, "", {})
            self._finish(call, name, _failure(error.message, "bad arguments"))
            return BatchOutcome()
        subject = tool.subject(arguments, self._session.tools)
        self._propose(call, name, tool.verb, subject, arguments)
        verdict = await self._verdict(name, arguments)
        if name in _PREVIEWING:
            try:
                await self._preview(call, cast(PreviewingTool, tool), arguments)
            except ToolError as error:
                self._finish(call, name, _failure(error.message, "refused"))
                return BatchOutcome()
        if verdict.decision is Decision.DENY:
            self._finish(call, name, _failure(verdict.why, "refused"))
            return BatchOutcome()
        if verdict.asks:
            denied = await self._ask(call, f"{tool.verb} {subject}?", verdict)
            if denied is not None:
                self._finish(call, name, _refusal(denied.feedback))
                return BatchOutcome(denied=True, feedback=denied.feedback)
        return await self._execute(call, name, tool, arguments)

    async def _execute(
        self, call: ToolCall, name: str, tool: Tool, arguments: Mapping[str, Any]
    ) -> BatchOutcome:
        session = self._session
        session.emit(events.ToolStarted(call_id=call.id))
        session.tools.emit_output = lambda text: session.emit(
            events.ToolOutput(call_id=call.id, text=text)
        )
        todos_before = session.tools.todos
        started = time.monotonic()
        try:
            result = await tool.run(arguments, session.tools)
        except ToolError as error:
            result = _failure(error.message, "error")
        except asyncio.CancelledError:
            result = ToolResult(
                INTERRUPTED_RESULT, "interrupted", ok=False, output="Stopped before it was done."
            )
            self._finish_event(call, name, result, time.monotonic() - started)
            raise
        except Exception as error:  # noqa: BLE001  a broken tool must not end the session
            result = _failure(f"{name} failed: {type(error).__name__}: {error}", "error")
        if session.tools.todos is not todos_before:
            session.emit(todos_event(session.tools.todos))
        asked = False
        if name == FEEDBACK_TOOL and result.ok:
            asked = self._put_question(arguments)
            if not asked:
                result = ToolResult(NOBODY_THERE, "answered automatically")
        self._finish(call, name, result, time.monotonic() - started)
        return BatchOutcome(asked=asked)

    def _put_question(self, arguments: Mapping[str, Any]) -> bool:
        """Ask the person; False when nobody is there and the question answers itself."""
        request_id = new_request_id()
        session = self._session
        asked = feedback_request(arguments)
        session.emit(
            events.FeedbackAsked(
                request_id=request_id,
                question=asked.question,
                context=asked.context,
                options=asked.options,
            )
        )
        if session.mode is PermissionMode.AUTO_APPROVE:
            answer = events.FeedbackAnswered(
                request_id=request_id, text=NOBODY_THERE, automatic=True
            )
            session.emit(answer)
            return False
        return True

    async def _preview(
        self, call: ToolCall, tool: PreviewingTool, arguments: Mapping[str, Any]
    ) -> None:
        preview = await tool.preview(arguments, self._session.tools)
        self._session.emit(
            events.ToolPreview(
                call_id=call.id,
                path=self._shown(preview.path),
                diff=preview.diff,
                added_lines=preview.added_lines,
                removed_lines=preview.removed_lines,
                new_file=preview.new_file,
            )
        )

    async def _verdict(self, name: str, arguments: Mapping[str, Any]) -> Verdict:
        """Whether the call asks, judged by where its path really leads."""
        session = self._session
        scope = disk_scope(
            session.working_dir, session.mode, allowed_rules=frozenset(session.allowed_rules)
        )
        return await asyncio.to_thread(judge, name, arguments, scope)

    async def _ask(
        self,
        call: ToolCall,
        question: str,
        verdict: Verdict,
    ) -> _Denied | None:
        """Wait for the person; None means go ahead."""
        session = self._session
        request_id, future = self._questions.open()
        session.emit(
            events.ApprovalAsked(
                request_id=request_id,
                call_id=call.id,
                question=question,
                reason=verdict.why,
                rule=verdict.rule,
            )
        )
        try:
            answer = await future
        except asyncio.CancelledError:
            self._given(request_id, call, "cancelled")
            raise
        match answer.answer:
            case "yes":
                self._given(request_id, call, "approved")
            case "yes_session" if verdict.rule:
                session.allowed_rules |= rules_of(verdict.rule)
                self._given(request_id, call, "approved", scope="session")
            case "yes_session":
                self._given(request_id, call, "approved")
            case "feedback" if answer.feedback.strip():
                self._given(request_id, call, "feedback", feedback=answer.feedback)
                return _Denied(answer.feedback)
            case "cancel":
                self._given(request_id, call, "cancelled")
                return _Denied("")
            case _:
                self._given(request_id, call, "denied")
                return _Denied("")
        return None

    def _given(
        self,
        request_id: str,
        call: ToolCall,
        decision: events.ApprovalDecision,
        *,
        scope: str = "once",
        feedback: str = "",
    ) -> None:
        self._session.emit(
            events.ApprovalGiven.model_validate(
                {
                    "request_id": request_id,
                    "call_id": call.id,
                    "decision": decision,
                    "scope": scope,
                    "feedback": feedback,
                }
            )
        )

    def _propose(
        self, call: ToolCall, name: str, verb: str, subject: str, arguments: Mapping[str, Any]
    ) -> None:
        self._session.emit(
            events.ToolProposed(
                call_id=call.id, name=name, verb=verb, subject=subject, arguments=dict(arguments)
            )
        )

    def _skip(self, call: ToolCall, content: str, shown: str) -> None:
        """A call that is not run because of what happened earlier in its batch."""
        name = resolve_name(call.name) or call.name
        self._propose(call, name, call.name, "", {})
        self._finish(call, name, ToolResult(content, "not run", ok=False, output=shown))

    def _finish(
        self, call: ToolCall, name: str, result: ToolResult, duration_seconds: float = 0.0
    ) -> None:
        self._append_result(call, result.content)
        self._finish_event(call, name, result, duration_seconds)

    def _finish_event(
        self, call: ToolCall, name: str, result: ToolResult, duration_seconds: float
    ) -> None:
        self._session.emit(
            events.ToolFinished(
                call_id=call.id,
                name=name,
                ok=result.ok,
                summary=result.summary,
                duration_seconds=duration_seconds,
                output=result.output or result.content,
                card=dict(result.card) if result.card is not None else None,
            )
        )

    def _append_result(self, call: ToolCall, content: str) -> None:
        self._session.append(
            Message(
                role="tool",
                content=content,
                origin=Origin.TOOL,
                tool_call_id=call.id,
                task_id=self._session.task_id,
            )
        )

    def _shown(self, path: Path) -> str:
        try:
            return str(path.relative_to(self._session.working_dir))
        except ValueError:
            return str(path)


def todos_event(todos: TodoList) -> events.TodosChanged:
    """The whole list as an event."""
    return events.TodosChanged(
        items=tuple(
            events.TodoItem(id=todo.id, task=todo.task, status=todo.status) for todo in todos.items
        )
    )


def denial(feedback: str) -> str:
    """The result of a call the person refused, as the model reads it."""
    return json.dumps(
        {
            "error": "The user refused this call. It was NOT performed.",
            "action_performed": False,
            "user_feedback": feedback or None,
        },
        ensure_ascii=False,
    )


def _error(message: str) -> str:
    return json.dumps({"error": message}, ensure_ascii=False)


def _refusal(feedback: str) -> ToolResult:
    shown = f"You refused: {feedback}" if feedback else "You refused this step."
    return ToolResult(denial(feedback), "not run", ok=False, output=shown)


def _failure(message: str, summary: str) -> ToolResult:
    return ToolResult(_error(message), summary, ok=False, output=message)
